/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-verify.h"

#include <glib/gi18n.h>
#include <inttypes.h>
#include <openssl/bio.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "esimctl-context.h"
#include "esimctl-metadata.h"

/* The roles of certificates, SGP.22 annex H: id-rspRole-ci, -euicc, -eum. */
#define ROLE_CI "2.23.146.1.2.1.0"
#define ROLE_EUICC "2.23.146.1.2.1.1"
#define ROLE_EUM "2.23.146.1.2.1.2"

#define RAW_SIGNATURE_LENGTH 64
#define MAX_ROOT_FILE (256 * 1024)
#define MAX_ROOTS 256

struct _EsimctlRoots {
  X509_STORE *store;
  guint count;
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ECDSA_SIG, ECDSA_SIG_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509_STORE_CTX, X509_STORE_CTX_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CERTIFICATEPOLICIES, CERTIFICATEPOLICIES_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NAME_CONSTRAINTS, NAME_CONSTRAINTS_free)

static gboolean G_GNUC_PRINTF (2, 3) refuse (GError **error, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_GENUINE, message);
  ERR_clear_error ();
  return FALSE;
}

static gboolean
has_role (X509 *certificate, const char *role)
{
  g_autoptr (CERTIFICATEPOLICIES) policies =
      X509_get_ext_d2i (certificate, NID_certificate_policies, NULL, NULL);

  for (int i = 0; policies != NULL && i < sk_POLICYINFO_num (policies); i++) {
    char oid[64] = "";

    OBJ_obj2txt (oid, sizeof oid, sk_POLICYINFO_value (policies, i)->policyid, 1);
    if (strcmp (oid, role) == 0)
      return TRUE;
  }
  return FALSE;
}

static X509 *
certificate_from_bytes (GBytes *bytes)
{
  gsize size = 0;
  const unsigned char *p = g_bytes_get_data (bytes, &size);
  const unsigned char *end = p + size;
  g_autoptr (X509) certificate = size > 0 ? d2i_X509 (NULL, &p, (long) size) : NULL;

  return certificate != NULL && p == end ? g_steal_pointer (&certificate) : NULL;
}

static void
add_root (EsimctlRoots *roots, X509 *certificate)
{
  if (roots->count >= MAX_ROOTS || !has_role (certificate, ROLE_CI))
    return;
  if (X509_STORE_add_cert (roots->store, certificate) == 1)
    roots->count++;
}

static void
add_file (EsimctlRoots *roots, const char *path)
{
  g_autofree char *data = NULL;
  gsize size = 0;
  g_autoptr (BIO) bio = NULL;
  X509 *certificate;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents (path, &data, &size, NULL) ||
      size > MAX_ROOT_FILE)
    return;
  bio = BIO_new_mem_buf (data, (int) size);
  if (g_strstr_len (data, (gssize) size, "-----BEGIN") == NULL) {
    g_autoptr (X509) der = d2i_X509_bio (bio, NULL);

    if (der != NULL)
      add_root (roots, der);
    ERR_clear_error ();
    return;
  }
  while ((certificate = PEM_read_bio_X509 (bio, NULL, NULL, NULL)) != NULL) {
    add_root (roots, certificate);
    X509_free (certificate);
  }
  ERR_clear_error ();
}

EsimctlRoots *
esimctl_roots_new (const char *const *folders)
{
  EsimctlRoots *roots = g_new0 (EsimctlRoots, 1);

  roots->store = X509_STORE_new ();
  for (gsize i = 0; folders[i] != NULL; i++) {
    g_autoptr (GDir) dir = g_dir_open (folders[i], 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
      g_autofree char *path = g_build_filename (folders[i], name, NULL);

      add_file (roots, path);
    }
  }
  return roots;
}

void
esimctl_roots_free (EsimctlRoots *roots)
{
  X509_STORE_free (roots->store);
  g_free (roots);
}

guint
esimctl_roots_get_count (EsimctlRoots *roots)
{
  return roots->count;
}

void
esimctl_facts_clear (EsimctlFacts *facts)
{
  g_clear_pointer (&facts->root, g_free);
}

/* Returns: (transfer full) (nullable): the only value of @nid in @name as UTF-8. */
static char *
name_value (const X509_NAME *name, int nid)
{
  int at = X509_NAME_get_index_by_NID (name, nid, -1);
  unsigned char *utf8 = NULL;
  char *value;

  if (at < 0 || X509_NAME_get_index_by_NID (name, nid, at) >= 0)
    return NULL;
  if (ASN1_STRING_to_UTF8 (&utf8, X509_NAME_ENTRY_get_data (X509_NAME_get_entry (name, at))) < 0)
    return NULL;
  value = g_strdup ((const char *) utf8);
  OPENSSL_free (utf8);
  return value;
}

static gboolean
check_signature (X509 *euicc, GBytes *signed_bytes, GBytes *raw)
{
  gsize size = 0;
  const unsigned char *data = g_bytes_get_data (raw, &size);
  g_autoptr (ECDSA_SIG) signature = ECDSA_SIG_new ();
  g_autoptr (EVP_MD_CTX) digest = EVP_MD_CTX_new ();
  g_autofree unsigned char *der = NULL;
  unsigned char *p;
  EVP_PKEY *key = X509_get0_pubkey (euicc);
  int der_size;

  if (size != RAW_SIGNATURE_LENGTH || key == NULL || EVP_PKEY_get_base_id (key) != EVP_PKEY_EC)
    return FALSE;
  if (ECDSA_SIG_set0 (signature, BN_bin2bn (data, 32, NULL), BN_bin2bn (data + 32, 32, NULL)) != 1)
    return FALSE;
  der_size = i2d_ECDSA_SIG (signature, NULL);
  if (der_size <= 0)
    return FALSE;
  p = der = g_malloc ((gsize) der_size);
  i2d_ECDSA_SIG (signature, &p);
  return EVP_DigestVerifyInit (digest, NULL, EVP_sha256 (), NULL, key) == 1 &&
         EVP_DigestVerify (digest, der, (gsize) der_size, g_bytes_get_data (signed_bytes, NULL),
                           g_bytes_get_size (signed_bytes)) == 1;
}

/* One permitted subtree of an EUM: each attribute must be the eUICC's; its serial number is the beginning of
 * the EID. */
static gboolean
subtree_admits (const X509_NAME *subtree, const X509_NAME *subject)
{
  for (int i = 0; i < X509_NAME_entry_count (subtree); i++) {
    int nid = OBJ_obj2nid (X509_NAME_ENTRY_get_object (X509_NAME_get_entry (subtree, i)));
    g_autofree char *wanted = name_value (subtree, nid);
    g_autofree char *had = name_value (subject, nid);

    if (wanted == NULL || had == NULL)
      return FALSE;
    if (nid == NID_serialNumber ? !g_str_has_prefix (had, wanted) : strcmp (had, wanted) != 0)
      return FALSE;
  }
  return X509_NAME_entry_count (subtree) > 0;
}

/*
 * The name constraints of an EUM hold the beginning of an EID as a serial number, which X.509 would compare
 * whole; so they are checked here (SGP.22, 4.5.2.1.0.2), and the verdict of OpenSSL on this one point is not
 * used.
 */
static gboolean
check_name_constraints (X509 *eum, X509 *euicc)
{
  g_autoptr (NAME_CONSTRAINTS) constraints = X509_get_ext_d2i (eum, NID_name_constraints, NULL, NULL);
  const X509_NAME *subject = X509_get_subject_name (euicc);

  if (constraints == NULL) {
    g_autofree char *a = name_value (X509_get_subject_name (eum), NID_organizationName);
    g_autofree char *b = name_value (subject, NID_organizationName);

    return a != NULL && g_strcmp0 (a, b) == 0;
  }
  for (int i = 0; i < sk_GENERAL_SUBTREE_num (constraints->permittedSubtrees); i++) {
    const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value (constraints->permittedSubtrees, i)->base;

    if (base->type == GEN_DIRNAME && subtree_admits (base->d.directoryName, subject))
      return TRUE;
  }
  return FALSE;
}

static int
on_chain_problem (int ok, X509_STORE_CTX *context)
{
  if (!ok && X509_STORE_CTX_get_error (context) == X509_V_ERR_PERMITTED_VIOLATION &&
      X509_STORE_CTX_get_error_depth (context) == 0)
    return 1;
  return ok;
}

static char *
common_name (X509 *certificate)
{
  const X509_NAME *name = X509_get_subject_name (certificate);
  char *value = name_value (name, NID_commonName);

  return value != NULL ? value : name_value (name, NID_organizationName);
}

/* Looks whether the chain ends at one of the roots; only "no such root" is no error. */
static gboolean
check_anchor (X509 *euicc, X509 *eum, EsimctlRoots *roots, EsimctlFacts *facts, GError **error)
{
  STACK_OF (X509) *untrusted = sk_X509_new_null ();
  g_autoptr (X509_STORE_CTX) context = X509_STORE_CTX_new ();
  int problem;

  sk_X509_push (untrusted, eum);
  X509_STORE_CTX_init (context, roots->store, euicc, untrusted);
  X509_STORE_CTX_set_flags (context, X509_V_FLAG_NO_CHECK_TIME);
  X509_STORE_CTX_set_verify_cb (context, on_chain_problem);
  facts->anchored = X509_verify_cert (context) == 1;
  problem = X509_STORE_CTX_get_error (context);
  if (facts->anchored) {
    STACK_OF (X509) *chain = X509_STORE_CTX_get0_chain (context);

    facts->root = common_name (sk_X509_value (chain, sk_X509_num (chain) - 1));
  }
  sk_X509_free (untrusted);
  ERR_clear_error ();
  if (facts->anchored || problem == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
      problem == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT)
    return TRUE;
  return refuse (error, _ ("The chain of certificates is broken: %s"),
                 X509_verify_cert_error_string (problem));
}

static gboolean
is_in_time (X509 *certificate)
{
  return X509_cmp_current_time (X509_get0_notBefore (certificate)) < 0 &&
         X509_cmp_current_time (X509_get0_notAfter (certificate)) > 0;
}

static gboolean
check_certificates (X509 *euicc, X509 *eum, const char *eid, GError **error)
{
  g_autofree char *serial = name_value (X509_get_subject_name (euicc), NID_serialNumber);

  if (g_strcmp0 (serial, eid) != 0)
    return refuse (error, _ ("The certificate is that of another eUICC: its EID is %s"),
                   serial != NULL ? serial : "?");
  if (!has_role (euicc, ROLE_EUICC))
    return refuse (error, _ ("The certificate of the eUICC has not the role of one"));
  if (!has_role (eum, ROLE_EUM) || X509_check_ca (eum) == 0)
    return refuse (error, _ ("The certificate of the eUICC's maker has not the role of one"));
  if (X509_verify (euicc, X509_get0_pubkey (eum)) != 1)
    return refuse (error, _ ("The certificate of the eUICC was not made by its maker's"));
  if (!check_name_constraints (eum, euicc))
    return refuse (error, _ ("The maker's certificate is not for eUICCs of this organisation and EID"));
  return TRUE;
}

static gboolean
check_metadata (const EsimctlClaim *claim, GError **error)
{
  g_auto (EsimctlMetadata) metadata = {0};

  if (!esimctl_metadata_parse (claim->metadata, &metadata))
    return refuse (error, _ ("What was signed is not a notification"));
  if (metadata.event != ESIMCTL_EVENT_DELETE)
    return refuse (error, _ ("What was signed is not a deletion"));
  if (metadata.sequence != claim->sequence)
    return refuse (error, _ ("What was signed has another number: %" PRIu64), metadata.sequence);
  if (strcmp (metadata.address, claim->address) != 0)
    return refuse (error, _ ("What was signed is for another server: %s"), metadata.address);
  if (strcmp (metadata.iccid, claim->iccid) != 0)
    return refuse (error, _ ("What was signed is about another profile: %s"), metadata.iccid);
  return TRUE;
}

gboolean
esimctl_verify_claim (const EsimctlClaim *claim, EsimctlRoots *roots, EsimctlFacts *facts, GError **error)
{
  g_autoptr (X509) euicc = certificate_from_bytes (claim->euicc_certificate);
  g_autoptr (X509) eum = certificate_from_bytes (claim->eum_certificate);

  if (euicc == NULL || eum == NULL)
    return refuse (error, _ ("A certificate cannot be read"));
  if (!check_metadata (claim, error) || !check_certificates (euicc, eum, claim->eid, error))
    return FALSE;
  if (!check_signature (euicc, claim->metadata, claim->signature))
    return refuse (error, _ ("The signature does not belong to what it is said to sign"));
  facts->in_time = is_in_time (euicc) && is_in_time (eum);
  return check_anchor (euicc, eum, roots, facts, error);
}
