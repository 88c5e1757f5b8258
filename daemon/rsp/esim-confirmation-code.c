/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-confirmation-code.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <string.h>

static void
wipe_and_free (gpointer data)
{
  OPENSSL_cleanse (data, SHA256_DIGEST_LENGTH);
  g_free (data);
}

GBytes *
esim_hash_confirmation_code (const char *code, GBytes *transaction_id)
{
  gsize id_length = 0;
  const guint8 *id = g_bytes_get_data (transaction_id, &id_length);
  const gsize length = SHA256_DIGEST_LENGTH + id_length;
  guint8 *inner = g_malloc (length);
  guint8 *outer = g_malloc (SHA256_DIGEST_LENGTH);

  SHA256 ((const guint8 *) code, strlen (code), inner);
  if (id_length > 0)
    memcpy (inner + SHA256_DIGEST_LENGTH, id, id_length);
  SHA256 (inner, length, outer);
  OPENSSL_cleanse (inner, length);
  g_free (inner);
  return g_bytes_new_with_free_func (outer, SHA256_DIGEST_LENGTH, wipe_and_free, outer);
}
