/* SPDX-License-Identifier: GPL-2.0-only
 *
 * AES-128-GCM, for callers with whatever headers: no types but C's own.
 */
#ifndef ESP_GCM_H
#define ESP_GCM_H

#include <stddef.h>

struct gcm;

/*
 * A context of its own for each CPU: they are not to be shared. NULL if there is no memory or no
 * such cipher.
 */
struct gcm *gcm_new(const unsigned char key[16]);
void gcm_free(struct gcm *gcm);

/* Encrypt the text in place. 0, or -1 if the library refuses. */
int gcm_seal(struct gcm *gcm, const unsigned char nonce[12], const unsigned char *aad,
	     size_t aad_length, unsigned char *text, size_t length, unsigned char icv[16]);

#endif
