/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-curl.h"
#include "esim-error.h"

#include <openssl/crypto.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What stands before each block: how long it is. */
typedef union {
  gsize size;
  max_align_t alignment;
} Head;

static void *
take (size_t size)
{
  Head *head = size <= G_MAXSIZE - sizeof *head ? malloc (sizeof *head + size) : NULL;

  if (head == NULL)
    return NULL;
  head->size = size;
  return head + 1;
}

static void
give_back (void *block)
{
  Head *head = block;

  if (block == NULL)
    return;
  head--;
  OPENSSL_cleanse (block, head->size);
  free (head);
}

/* The C library's own would leave what a moved block held. */
static void *
take_other (void *block, size_t size)
{
  void *other = take (size);

  if (other == NULL || block == NULL)
    return other;
  memcpy (other, block, MIN (size, ((Head *) block - 1)->size));
  give_back (block);
  return other;
}

static char *
take_copy (const char *text)
{
  gsize size = strlen (text) + 1;
  char *copy = take (size);

  return copy != NULL ? memcpy (copy, text, size) : NULL;
}

static void *
take_zeroed (size_t count, size_t size)
{
  void *block = size == 0 || count <= G_MAXSIZE / size ? take (count * size) : NULL;

  return block != NULL ? memset (block, 0, count * size) : NULL;
}

static gpointer
begin_curl (gpointer unused)
{
  const curl_version_info_data *info;

  if (curl_global_init_mem (CURL_GLOBAL_DEFAULT, take, give_back, take_other, take_copy, take_zeroed) !=
      CURLE_OK)
    return NULL;
  info = curl_version_info (CURLVERSION_NOW);
  /* Another backend hands SSL_CTX_FUNCTION something else than an SSL_CTX. */
  if (info->ssl_version == NULL || !g_str_has_prefix (info->ssl_version, "OpenSSL/"))
    return NULL;
  return GINT_TO_POINTER (1);
}

gboolean
esim_curl_ensure (GError **error)
{
  static GOnce once = G_ONCE_INIT;

  if (g_once (&once, begin_curl, NULL) != NULL)
    return TRUE;
  g_set_error_literal (
      error, ESIM_ERROR, ESIM_ERROR_FAILED,
      "libcurl of this machine cannot be used: it must be the one that is built with OpenSSL");
  return FALSE;
}
