// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <generated/utsrelease.h>.
#ifndef PADATA_GENERATED_UTSRELEASE_H
#define PADATA_GENERATED_UTSRELEASE_H

#define UTS_RELEASE "4.18.0-padata"

#endif
