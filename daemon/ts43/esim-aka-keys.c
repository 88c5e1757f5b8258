/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-aka-keys.h"

/* The compression function of SHA-1 by itself has no other name in OpenSSL than this deprecated one. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <string.h>

#define STEP 20
#define MATERIAL 160 /* K_encr, K_aut, MSK, EMSK */

G_STATIC_ASSERT (ESIM_AKA_MASTER_KEY == SHA_DIGEST_LENGTH && STEP == SHA_DIGEST_LENGTH);

/* G (t, c) of FIPS 186-2, appendix 3.3: one block, no padding of a message and no length. */
static void
compress (const guint8 value[STEP], guint8 result[STEP])
{
  guint8 block[SHA_CBLOCK] = {0};
  SHA_CTX sha;
  const SHA_LONG *words[] = {&sha.h0, &sha.h1, &sha.h2, &sha.h3, &sha.h4};

  memcpy (block, value, STEP);
  (void) SHA1_Init (&sha);
  SHA1_Transform (&sha, block);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    guint32 word = GUINT32_TO_BE ((guint32) *words[i]);

    memcpy (result + i * sizeof word, &word, sizeof word);
  }
  OPENSSL_cleanse (&sha, sizeof sha);
  OPENSSL_cleanse (block, sizeof block);
}

/* key = (1 + key + addend) mod 2^160 */
static void
add_and_one (guint8 key[STEP], const guint8 addend[STEP])
{
  guint carry = 1;

  for (int i = STEP - 1; i >= 0; i--) {
    carry += (guint) key[i] + addend[i];
    key[i] = carry & 0xFF;
    carry >>= 8;
  }
}

void
esim_aka_expand (const guint8 master_key[ESIM_AKA_MASTER_KEY], guint8 *output, gsize length)
{
  guint8 key[STEP];

  g_return_if_fail (length % (2 * STEP) == 0);
  memcpy (key, master_key, STEP);
  for (gsize done = 0; done < length; done += STEP) {
    compress (key, output + done);
    add_and_one (key, output + done);
  }
  OPENSSL_cleanse (key, sizeof key);
}

void
esim_aka_keys_derive (EsimAkaKeys *self, const char *identity, const guint8 integrity[ESIM_AKA_KEY],
                      const guint8 cipher[ESIM_AKA_KEY])
{
  guint8 master_key[ESIM_AKA_MASTER_KEY], material[MATERIAL];
  SHA_CTX sha;

  (void) SHA1_Init (&sha);
  (void) SHA1_Update (&sha, identity, strlen (identity));
  (void) SHA1_Update (&sha, integrity, ESIM_AKA_KEY);
  (void) SHA1_Update (&sha, cipher, ESIM_AKA_KEY);
  (void) SHA1_Final (master_key, &sha);
  esim_aka_expand (master_key, material, sizeof material);
  memcpy (self->encryption, material, ESIM_AKA_KEY);
  memcpy (self->authentication, material + ESIM_AKA_KEY, ESIM_AKA_KEY);
  OPENSSL_cleanse (&sha, sizeof sha);
  OPENSSL_cleanse (master_key, sizeof master_key);
  OPENSSL_cleanse (material, sizeof material);
}

void
esim_aka_keys_clear (EsimAkaKeys *self)
{
  OPENSSL_cleanse (self, sizeof *self);
}
