/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Certificates made at run time: good ones and each kind of bad one. */
#pragma once

#include <glib.h>
#include <openssl/x509.h>

typedef struct {
  X509 *certificate;
  EVP_PKEY *key;
} Identity;

typedef struct {
  const char *name;
  const char *curve;      /* NULL: P-256 */
  const Identity *issuer; /* NULL: self-signed */
  gboolean ca;
  const char *role;   /* NULL: no certificatePolicies */
  const char *dns;    /* NULL: no subjectAltName */
  const char *usage;  /* extendedKeyUsage; NULL: none */
  const char *key_id; /* hexadecimal with colons; NULL: from the key */
  int from_days;      /* from now */
  int to_days;        /* 0: 30 */
} IdentitySpec;

Identity *identity_new (const IdentitySpec *spec);
void identity_free (Identity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Identity, identity_free)

void identity_write_pem (const Identity *identity, const char *path);
void identity_write_der (const Identity *identity, const char *path);
