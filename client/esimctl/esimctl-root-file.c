/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-root-file.h"

#include <glib/gi18n.h>
#include <gio/gio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "esimctl-context.h"

#define KEY_ID_LEAST 8 /* digits of it by which a person may name a root */
#define FILE_MAX 65536
#define FILES_MAX 256
#define ROLE_CI "2.23.146.1.2.1.0" /* id-rspRole-ci, SGP.22 */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free)

void
esimctl_root_file_free (EsimctlRootFile *root)
{
  g_free (root->key_id);
  g_free (root->name);
  g_free (root->fingerprint);
  g_free (root->curve);
  g_free (root->until);
  g_free (root->pem);
  g_free (root);
}

static char *
to_hex (const guint8 *octets, gsize length)
{
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02X", octets[i]);
  return g_string_free (text, FALSE);
}

/* Returns: (nullable): the only certificate in @data. */
static X509 *
only_certificate (const char *data, gsize size)
{
  g_autoptr (BIO) in = BIO_new_mem_buf (data, (int) size);
  const unsigned char *der = (const unsigned char *) data;
  g_autoptr (X509) first = NULL, second = NULL;

  if (g_strstr_len (data, (gssize) size, "-----BEGIN") == NULL) {
    first = d2i_X509 (NULL, &der, (long) size);
    if (der != (const unsigned char *) data + size)
      g_clear_pointer (&first, X509_free);
  } else {
    first = PEM_read_bio_X509 (in, NULL, NULL, NULL);
    second = first != NULL ? PEM_read_bio_X509 (in, NULL, NULL, NULL) : NULL;
  }
  ERR_clear_error ();
  return second == NULL ? g_steal_pointer (&first) : NULL;
}

static X509 *
load (const char *path, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autofree char *data = g_malloc0 (FILE_MAX + 2);
  gsize size = 0;
  X509 *certificate;

  if (stream == NULL ||
      !g_input_stream_read_all (G_INPUT_STREAM (stream), data, FILE_MAX + 1, &size, NULL, error))
    return NULL;
  certificate = size > 0 && size <= FILE_MAX ? only_certificate (data, size) : NULL;
  if (certificate == NULL)
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_FAILED,
                 _ ("“%s” does not hold one certificate (PEM or DER)"), path);
  return certificate;
}

static gboolean
has_role (X509 *certificate)
{
  g_autoptr (CERTIFICATEPOLICIES) policies =
      X509_get_ext_d2i (certificate, NID_certificate_policies, NULL, NULL);

  for (int i = 0; policies != NULL && i < sk_POLICYINFO_num (policies); i++) {
    char oid[64] = "";

    OBJ_obj2txt (oid, sizeof oid, sk_POLICYINFO_value (policies, i)->policyid, 1);
    if (strcmp (oid, ROLE_CI) == 0)
      return TRUE;
  }
  return FALSE;
}

static char *
curve_of (X509 *certificate)
{
  char name[64] = "";
  gsize length = 0;

  if (EVP_PKEY_get_group_name (X509_get0_pubkey (certificate), name, sizeof name, &length) != 1)
    ERR_clear_error ();
  return g_strdup (strcmp (name, "prime256v1") == 0 ? "P-256" : name);
}

/* Returns: (nullable): why it is no root of an eSIM issuer. */
static const char *
find_fault (X509 *certificate, const char *curve)
{
  const ASN1_OCTET_STRING *id = X509_get0_subject_key_id (certificate);

  if (X509_self_signed (certificate, 1) != 1)
    return _ ("it is not signed by its own key: a root is");
  if (X509_check_ca (certificate) == 0)
    return _ ("it is no certification authority");
  if (id == NULL || ASN1_STRING_length (id) == 0)
    return _ ("it has no key id");
  if (!has_role (certificate))
    return _ ("it does not say that it is an issuer of eSIM certificates (SGP.22)");
  if (!g_strv_contains ((const char *const[]){"P-256", "brainpoolP256r1", "FRP256v1", NULL}, curve))
    return _ ("its key is of a kind that no eUICC knows");
  if (X509_cmp_current_time (X509_get0_notAfter (certificate)) <= 0)
    return _ ("it is out of date");
  return NULL;
}

static char *
name_of (X509 *certificate)
{
  X509_NAME *name = X509_get_subject_name (certificate);
  int at = X509_NAME_get_index_by_NID (name, NID_commonName, -1);
  unsigned char *text = NULL;
  int length =
      at >= 0 ? ASN1_STRING_to_UTF8 (&text, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (name, at))) : -1;
  g_autofree char *copy = length > 0 ? g_strndup ((const char *) text, (gsize) length) : g_strdup ("");

  OPENSSL_free (text);
  return esim_text_clean (copy);
}

static char *
last_day (X509 *certificate)
{
  struct tm tm = {0};

  if (ASN1_TIME_to_tm (X509_get0_notAfter (certificate), &tm) != 1)
    return g_strdup ("");
  return g_strdup_printf ("%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static char *
to_pem (X509 *certificate)
{
  g_autoptr (BIO) out = BIO_new (BIO_s_mem ());
  char *text = NULL;
  long length;

  PEM_write_bio_X509 (out, certificate);
  length = BIO_get_mem_data (out, &text);
  return g_strndup (text, (gsize) length);
}

static char *
key_id_of (X509 *certificate)
{
  const ASN1_OCTET_STRING *id = X509_get0_subject_key_id (certificate);

  return id != NULL ? to_hex (ASN1_STRING_get0_data (id), (gsize) ASN1_STRING_length (id)) : g_strdup ("");
}

/* RFC 5280, 4.2.1.2 (1): SHA-1 of the key. */
static gboolean
is_key_id_true (X509 *certificate, const char *key_id)
{
  guint8 digest[20];
  unsigned int length = sizeof digest;
  g_autofree char *made = NULL;

  if (X509_pubkey_digest (certificate, EVP_sha1 (), digest, &length) != 1)
    return FALSE;
  made = to_hex (digest, length);
  return strcmp (made, key_id) == 0;
}

EsimctlRootFile *
esimctl_root_file_read (const char *path, GError **error)
{
  g_autoptr (X509) certificate = load (path, error);
  g_autoptr (EsimctlRootFile) root = g_new0 (EsimctlRootFile, 1);
  guint8 digest[32];
  unsigned int length = sizeof digest;
  const char *fault;

  if (certificate == NULL)
    return NULL;
  root->curve = curve_of (certificate);
  fault = find_fault (certificate, root->curve);
  ERR_clear_error ();
  if (fault != NULL || X509_digest (certificate, EVP_sha256 (), digest, &length) != 1) {
    g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_GENUINE, _ ("“%s” is not to be trusted: %s"), path,
                 fault != NULL ? fault : "SHA-256");
    return NULL;
  }
  root->key_id = key_id_of (certificate);
  root->fingerprint = to_hex (digest, length);
  root->is_key_id_true = is_key_id_true (certificate, root->key_id);
  root->name = name_of (certificate);
  root->until = last_day (certificate);
  root->pem = to_pem (certificate);
  return g_steal_pointer (&root);
}

char *
esimctl_root_file_normalize (const char *text)
{
  g_autoptr (GString) clean = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    if (*p != ':' && !g_ascii_isspace (*p))
      g_string_append_c (clean, g_ascii_toupper (*p));
  return g_string_free (g_steal_pointer (&clean), FALSE);
}

GPtrArray *
esimctl_root_file_find (const char *folder, const char *key_id, char **whole)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *wanted = esimctl_root_file_normalize (key_id);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  *whole = NULL;
  if (strlen (wanted) < KEY_ID_LEAST)
    return found;

  for (guint i = 0; dir != NULL && i < FILES_MAX && (name = g_dir_read_name (dir)) != NULL; i++) {
    g_autofree char *path = g_build_filename (folder, name, NULL);
    g_autoptr (X509) certificate = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? load (path, NULL) : NULL;
    g_autofree char *here = certificate != NULL ? key_id_of (certificate) : NULL;

    if (here == NULL || !g_str_has_prefix (here, wanted))
      continue;
    if (*whole != NULL && strcmp (*whole, here) != 0) {
      g_clear_pointer (whole, g_free);
      g_ptr_array_set_size (found, 0);
      break;
    }
    if (*whole == NULL)
      *whole = g_steal_pointer (&here);
    g_ptr_array_add (found, g_steal_pointer (&path));
  }
  return found;
}
