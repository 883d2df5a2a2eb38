// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: no kernel header: it is in the way of the C library's <stdlib.h>, which declares
// functions that are macros here.
#pragma push_macro("abs")
#undef abs
#include_next <stdlib.h>
#pragma pop_macro("abs")
