// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: no kernel header: it is in the way of the C library's <sched.h>, which declares a
// function that is a macro in <linux/sched.h>.
#pragma push_macro("sched_setscheduler")
#undef sched_setscheduler
#include_next <sched.h>
#pragma pop_macro("sched_setscheduler")
