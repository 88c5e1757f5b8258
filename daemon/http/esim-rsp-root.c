/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-rsp-root.h"
#include "esim-error.h"
#include "esim-rsp-known.h"

#include <openssl/err.h>
#include <string.h>

char *
esim_rsp_root_dup_hex (const guint8 *octets, gsize length)
{
  GString *text = g_string_sized_new (2 * length);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02X", octets[i]);
  return g_string_free (text, FALSE);
}

/* SHA-1 of the public key (RFC 5280 4.2.1.2). */
static char *
dup_key_hash (X509 *certificate)
{
  const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr (certificate);
  g_autoptr (GChecksum) sha1 = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize length = sizeof digest;

  g_checksum_update (sha1, ASN1_STRING_get0_data (key), ASN1_STRING_length (key));
  g_checksum_get_digest (sha1, digest, &length);
  return esim_rsp_root_dup_hex (digest, length);
}

char *
esim_rsp_root_dup_key_id (X509 *certificate)
{
  const ASN1_OCTET_STRING *id = X509_get0_subject_key_id (certificate);

  if (id != NULL && ASN1_STRING_length (id) > 0)
    return esim_rsp_root_dup_hex (ASN1_STRING_get0_data (id), (gsize) ASN1_STRING_length (id));
  return dup_key_hash (certificate);
}

char *
esim_rsp_root_dup_name (X509_NAME *name)
{
  int at = X509_NAME_get_index_by_NID (name, NID_commonName, -1);
  g_autoptr (BIO) out = BIO_new (BIO_s_mem ());
  char *text = NULL;
  long length;

  if (at >= 0)
    ASN1_STRING_print_ex (out, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (name, at)),
                          ASN1_STRFLGS_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  else
    X509_NAME_print_ex (out, name, 0, XN_FLAG_ONELINE);
  length = BIO_get_mem_data (out, &text);
  if (length <= 0)
    return g_strdup ("(no name)");
  return g_utf8_make_valid (text, MIN (length, 128));
}

static char *
dup_fingerprint (X509 *certificate)
{
  guint8 *encoded = NULL;
  int length = i2d_X509 (certificate, &encoded);
  g_autofree char *lower =
      length > 0 ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, encoded, (gsize) length) : NULL;

  OPENSSL_free (encoded);
  return lower != NULL ? g_ascii_strup (lower, -1) : g_strdup ("");
}

static char *
dup_curve (X509 *certificate)
{
  EVP_PKEY *key = X509_get0_pubkey (certificate);
  char name[64] = "";
  gsize length;

  if (key == NULL || EVP_PKEY_get_group_name (key, name, sizeof name, &length) != 1)
    return g_strdup ("");
  return g_strdup (strcmp (name, "prime256v1") == 0 ? "P-256" : name);
}

static gboolean
check_known (X509 *certificate, const char *key_id, const char *fingerprint, GError **error)
{
  const EsimRspKnown *known = esim_rsp_known_find (key_id);
  g_autofree char *key_hash = NULL;

  if (known == NULL)
    return TRUE;
  if (known->sha256 != NULL && strcmp (fingerprint, known->sha256) != 0) {
    g_set_error (
        error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
        "it has the key id of \"%s\" and is not that certificate (SHA-256 %s, expected %s); remove it",
        known->name, fingerprint, known->sha256);
    return FALSE;
  }
  key_hash = dup_key_hash (certificate);
  if (strcmp (key_hash, known->key_id) == 0)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
               "it has the key id of \"%s\" and is not that certificate: its key is another one; remove it",
               known->name);
  return FALSE;
}

EsimRspRoot *
esim_rsp_root_new (X509 *certificate, const char *file, GError **error)
{
  g_autofree char *key_id = esim_rsp_root_dup_key_id (certificate);
  g_autofree char *fingerprint = dup_fingerprint (certificate);
  EsimRspRoot *self;

  if (X509_self_signed (certificate, 1) != 1 || X509_check_ca (certificate) == 0) {
    ERR_clear_error ();
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                         "it is no root: a root is self-signed and a certification authority");
    return NULL;
  }
  if (!check_known (certificate, key_id, fingerprint, error))
    return NULL;
  self = g_new0 (EsimRspRoot, 1);
  X509_up_ref (certificate);
  self->certificate = certificate;
  self->key_id = g_steal_pointer (&key_id);
  self->name = esim_rsp_root_dup_name (X509_get_subject_name (certificate));
  self->fingerprint = g_steal_pointer (&fingerprint);
  self->curve = dup_curve (certificate);
  self->file = g_strdup (file);
  return self;
}

void
esim_rsp_root_free (EsimRspRoot *self)
{
  X509_free (self->certificate);
  g_free (self->key_id);
  g_free (self->name);
  g_free (self->fingerprint);
  g_free (self->curve);
  g_free (self->file);
  g_free (self);
}
