/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pki.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static void
add_extension (X509 *certificate, const Identity *issuer, int nid, const char *value)
{
  X509V3_CTX ctx;
  X509_EXTENSION *extension;

  if (value == NULL)
    return;
  X509V3_set_ctx (&ctx, issuer != NULL ? issuer->certificate : certificate, certificate, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &ctx, nid, value);
  g_assert_nonnull (extension);
  g_assert_cmpint (X509_add_ext (certificate, extension, -1), ==, 1);
  X509_EXTENSION_free (extension);
}

static void
add_role (X509 *certificate, const char *role)
{
  CERTIFICATEPOLICIES *policies = CERTIFICATEPOLICIES_new ();
  POLICYINFO *policy = POLICYINFO_new ();

  policy->policyid = OBJ_txt2obj (role, 1);
  sk_POLICYINFO_push (policies, policy);
  g_assert_cmpint (X509_add1_ext_i2d (certificate, NID_certificate_policies, policies, 1, 0), ==, 1);
  CERTIFICATEPOLICIES_free (policies);
}

static void
add_extensions (X509 *certificate, const IdentitySpec *spec)
{
  g_autofree char *dns = spec->dns != NULL ? g_strconcat ("DNS:", spec->dns, NULL) : NULL;

  add_extension (certificate, spec->issuer, NID_subject_key_identifier,
                 spec->key_id != NULL ? spec->key_id : "hash");
  if (spec->issuer != NULL)
    add_extension (certificate, spec->issuer, NID_authority_key_identifier, "keyid");
  add_extension (certificate, spec->issuer, NID_basic_constraints, spec->ca ? "critical,CA:TRUE" : NULL);
  add_extension (certificate, spec->issuer, NID_key_usage,
                 spec->ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  if (spec->role != NULL)
    add_role (certificate, spec->role);
  add_extension (certificate, spec->issuer, NID_ext_key_usage, spec->usage);
  add_extension (certificate, spec->issuer, NID_subject_alt_name, dns);
}

Identity *
identity_new (const IdentitySpec *spec)
{
  static int serial = 1;
  Identity *self = g_new0 (Identity, 1);
  X509 *certificate = X509_new ();
  X509_NAME *name = X509_get_subject_name (certificate);
  const Identity *issuer = spec->issuer != NULL ? spec->issuer : self;
  const long day = 24 * 60 * 60;

  self->certificate = certificate;
  self->key = EVP_EC_gen (spec->curve != NULL ? spec->curve : "P-256");
  g_assert_nonnull (self->key);
  X509_set_version (certificate, X509_VERSION_3);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), serial++);
  X509_gmtime_adj (X509_getm_notBefore (certificate), spec->from_days != 0 ? spec->from_days * day : -60);
  X509_gmtime_adj (X509_getm_notAfter (certificate), (spec->to_days != 0 ? spec->to_days : 30) * day);
  X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guchar *) spec->name, -1, -1, 0);
  X509_set_issuer_name (certificate, X509_get_subject_name (issuer->certificate));
  X509_set_pubkey (certificate, self->key);
  add_extensions (certificate, spec);
  g_assert_cmpint (X509_sign (certificate, issuer->key, EVP_sha256 ()), >, 0);
  return self;
}

void
identity_free (Identity *identity)
{
  X509_free (identity->certificate);
  EVP_PKEY_free (identity->key);
  g_free (identity);
}

void
identity_write_pem (const Identity *identity, const char *path)
{
  BIO *out = BIO_new_file (path, "ab");

  g_assert_cmpint (PEM_write_bio_X509 (out, identity->certificate), ==, 1);
  BIO_free (out);
}

void
identity_write_der (const Identity *identity, const char *path)
{
  BIO *out = BIO_new_file (path, "wb");

  g_assert_cmpint (i2d_X509_bio (out, identity->certificate), ==, 1);
  BIO_free (out);
}
