/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-web-trust.h"
#include "esim-error.h"
#include "esim-openssl.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

/* A system's folder of roots has some 300 entries, and each certificate in it three times. */
#define FILES_MAX 2048
#define FILE_OCTETS_MAX (4 * 1024 * 1024)
#define ALL_OCTETS_MAX (8 * 1024 * 1024)

static gboolean
refuse (const char *path, const char *why, GError **error)
{
  g_autofree char *name = g_filename_display_name (path);

  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
               "group [network] of the configuration: web-trust: %s: %s", name, why);
  return FALSE;
}

/* Appends the certificates of @text to @all. Returns: FALSE: one of them is none */
static gboolean
take_certificates (const char *text, gsize length, BIO *all, guint *n)
{
  g_autoptr (BIO) in = BIO_new_mem_buf (text, (int) length);
  gboolean good = in != NULL;

  while (good) {
    g_autoptr (X509) certificate = PEM_read_bio_X509 (in, NULL, NULL, NULL);

    if (certificate == NULL) {
      good = ERR_GET_REASON (ERR_peek_last_error ()) == PEM_R_NO_START_LINE;
      break;
    }
    good = PEM_write_bio_X509 (all, certificate) == 1;
    ++*n;
  }
  ERR_clear_error ();
  return good;
}

static gboolean
take_file (const char *path, BIO *all, guint *n, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, &local))
    return refuse (path, local->message, error);
  if (length > FILE_OCTETS_MAX || BIO_pending (all) > ALL_OCTETS_MAX)
    return refuse (path, "too long", error);
  if (!take_certificates (text, length, all, n))
    return refuse (path, "a certificate in it cannot be read", error);
  return TRUE;
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static gboolean
take_folder (const char *path, BIO *all, guint *n, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &local);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (dir == NULL)
    return refuse (path, local->message, error);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (path, name, NULL);

    if (files->len == FILES_MAX)
      return refuse (path, "too many files", error);
    if (g_file_test (file, G_FILE_TEST_IS_REGULAR))
      g_ptr_array_add (files, g_steal_pointer (&file));
  }
  g_ptr_array_sort (files, compare_names);
  for (guint i = 0; i < files->len; i++)
    if (!take_file (files->pdata[i], all, n, error))
      return FALSE;
  return TRUE;
}

GBytes *
esim_web_trust_load (const char *path, GError **error)
{
  g_autoptr (BIO) all = BIO_new (BIO_s_mem ());
  gboolean folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  guint n = 0;
  char *pem = NULL;
  long length;

  if (all == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_FAILED, "no memory for certificates");
    return NULL;
  }
  if (!(folder ? take_folder : take_file) (path, all, &n, error))
    return NULL;
  length = BIO_get_mem_data (all, &pem);
  if (n > 0)
    return g_bytes_new (pem, (gsize) length);
  (void) refuse (path, "there is no certificate in PEM form in it", error);
  return NULL;
}
