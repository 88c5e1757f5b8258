/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-rsp-root.h"
#include "esim-error.h"

#include <openssl/err.h>

typedef struct {
  const char *key_id;
  const char *sha256; /* of the certificate; NULL: there are several over one key */
  const char *name;
} KnownRoot;

/* Computed from the certificates as they are published. Those of GSMA's test specification SGP.26 are there
 * so that an error can name them: their private keys are public. */
static const KnownRoot known_roots[] = {
    {"81370F5125D0B1D408D4C3B232E6D25E795BEBFB",
     "5E3E91FD454327C3AF5D32A7A73BBC59FE43AA7D85FD32D5DB44423F80A56BB3", "GSM Association - RSP2 Root CI1"},
    {"4C27967AD20C14B391E9601E41E604AD57C0222F",
     "9C9FA2E94602C260137122D9704D79993A6EF6D067CE0999EC2F4C109DD7A1A2", "OISTE GSMA CI G1"},
    {"16704B7F351E3607F18C4B70005C3A003DFD414A",
     "94457E185C7059DDD484FBA87F86D10C2EE89E95571982C4DF3DE67E8F52007C",
     "Entrust eSIM Certification Authority"},
    {"665A1433D67C1A2C5DB8B52C967F10A057BA5CB2",
     "7DDAC82323BA95973B2DA726162206E93DDDF0FBF69CC31647F78592D7B86D7D", "Symantec RSP Test Root CA"},
    {"F54172BDF98A95D65CBEB88A38A1C11D800A85C3", NULL, "GSMA Test CI (SGP.26, NIST P-256)"},
    {"C0BC70BA36929D43B467FF57570530E57AB8FCD8", NULL, "GSMA Test CI (SGP.26, Brainpool)"},
    {"34EECF13156518D48D30BDF06853404D115F955D",
     "DB01E5C88878EBD792832EDD45E649EC0A8AF7A5CCFBA8E41F12A023EC40F198", "Test CI (2058, NIST P-256)"},
    {"2209F61CD9EC5C9C854E787341FF83ECF9776A5B",
     "235280C8FC1C8502CF9F52C6240E4473197FAD4AF2C61B3C941D528CBF3D7AA9", "Test CI (2058, Brainpool)"},
};

static const KnownRoot *
find_known (const char *key_id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (known_roots); i++)
    if (g_ascii_strcasecmp (known_roots[i].key_id, key_id) == 0)
      return &known_roots[i];
  return NULL;
}

const char *
esim_rsp_root_get_known_name (const char *key_id)
{
  const KnownRoot *known = find_known (key_id);

  return known != NULL ? known->name : NULL;
}

char *
esim_rsp_root_dup_hex (const guint8 *octets, gsize length)
{
  GString *text = g_string_sized_new (2 * length);

  for (gsize i = 0; i < length; i++)
    g_string_append_printf (text, "%02X", octets[i]);
  return g_string_free (text, FALSE);
}

char *
esim_rsp_root_dup_key_id (X509 *certificate)
{
  const ASN1_OCTET_STRING *id = X509_get0_subject_key_id (certificate);
  const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr (certificate);
  g_autoptr (GChecksum) sha1 = NULL;
  guint8 digest[20];
  gsize length = sizeof digest;

  if (id != NULL && ASN1_STRING_length (id) > 0)
    return esim_rsp_root_dup_hex (ASN1_STRING_get0_data (id), (gsize) ASN1_STRING_length (id));
  sha1 = g_checksum_new (G_CHECKSUM_SHA1);
  g_checksum_update (sha1, ASN1_STRING_get0_data (key), ASN1_STRING_length (key));
  g_checksum_get_digest (sha1, digest, &length);
  return esim_rsp_root_dup_hex (digest, length);
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

static gboolean
check_fingerprint (X509 *certificate, const char *key_id, GError **error)
{
  const KnownRoot *known = find_known (key_id);
  g_autofree char *fingerprint = NULL;
  guint8 *encoded = NULL;
  int length;

  if (known == NULL || known->sha256 == NULL)
    return TRUE;
  length = i2d_X509 (certificate, &encoded);
  if (length > 0)
    fingerprint = g_compute_checksum_for_data (G_CHECKSUM_SHA256, encoded, (gsize) length);
  OPENSSL_free (encoded);
  if (fingerprint != NULL && g_ascii_strcasecmp (fingerprint, known->sha256) == 0)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
               "it has the key id of \"%s\" and is not that certificate (SHA-256 %s, expected %s); remove it",
               known->name, fingerprint, known->sha256);
  return FALSE;
}

EsimRspRoot *
esim_rsp_root_new (X509 *certificate, GError **error)
{
  g_autofree char *key_id = esim_rsp_root_dup_key_id (certificate);
  EsimRspRoot *self;

  if (X509_self_signed (certificate, 1) != 1 || X509_check_ca (certificate) == 0) {
    ERR_clear_error ();
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                         "it is no root: a root is self-signed and a certification authority");
    return NULL;
  }
  if (!check_fingerprint (certificate, key_id, error))
    return NULL;
  self = g_new0 (EsimRspRoot, 1);
  X509_up_ref (certificate);
  self->certificate = certificate;
  self->key_id = g_steal_pointer (&key_id);
  self->name = esim_rsp_root_dup_name (X509_get_subject_name (certificate));
  return self;
}

void
esim_rsp_root_free (EsimRspRoot *self)
{
  X509_free (self->certificate);
  g_free (self->key_id);
  g_free (self->name);
  g_free (self);
}
