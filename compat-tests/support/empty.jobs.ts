// SPDX-License-Identifier: GPL-2.0-only
//
// A module without functions.
export const nothing = 1;
