// SPDX-License-Identifier: GPL-2.0-only
//
// AES-128-GCM with OpenSSL. A file of its own, without a kernel header: OpenSSL's headers bring the
// C library's.
//
// node has an OpenSSL in it and exports its functions, and then it is that one which is called.
// Nothing here depends on which.
#include <openssl/evp.h>

#include "gcm.h"

// struct gcm is never defined: a pointer to it is a context of OpenSSL.
static EVP_CIPHER_CTX *context(struct gcm *gcm)
{
	return (EVP_CIPHER_CTX *)gcm;
}

struct gcm *gcm_new(const unsigned char key[16])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	// 12 bytes of nonce are the default of GCM.
	if (ctx && EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, NULL) != 1) {
		EVP_CIPHER_CTX_free(ctx);
		ctx = NULL;
	}
	return (struct gcm *)ctx;
}

void gcm_free(struct gcm *gcm)
{
	EVP_CIPHER_CTX_free(context(gcm));
}

int gcm_seal(struct gcm *gcm, const unsigned char nonce[12], const unsigned char *aad,
	     size_t aad_length, unsigned char *text, size_t length, unsigned char icv[16])
{
	EVP_CIPHER_CTX *ctx = context(gcm);
	int n;

	// The key stays from gcm_new(): its schedule is made once for each CPU, not for each
	// packet.
	if (EVP_EncryptInit_ex(ctx, NULL, NULL, NULL, nonce) != 1 ||
	    EVP_EncryptUpdate(ctx, NULL, &n, aad, (int)aad_length) != 1 ||
	    EVP_EncryptUpdate(ctx, text, &n, text, (int)length) != 1 ||
	    EVP_EncryptFinal_ex(ctx, text + n, &n) != 1 ||
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, icv) != 1)
		return -1;
	return 0;
}
