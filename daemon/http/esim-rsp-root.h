/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: those who use it need no OpenSSL. */
#pragma once

#include "esim-openssl.h"

G_BEGIN_DECLS

/**
 * EsimRspRoot:
 *
 * One installed root certificate.
 */
typedef struct {
  X509 *certificate;
  char *key_id;      /* hexadecimal, upper case */
  char *name;        /* its common name */
  char *fingerprint; /* SHA-256 of the certificate, hexadecimal, upper case */
  char *curve; /* of its key, as X.509's world calls it: "P-256", "brainpoolP256r1"; "" = another kind */
  char *file;  /* where it was read */
} EsimRspRoot;

/**
 * esim_rsp_root_new:
 * @certificate: self-signed, with a signature that verifies, and a CA; a reference is taken
 * @file: where it was read
 *
 * A certificate that has the key id of a root known to the daemon and is another certificate is refused, so
 * that a file cannot pass for one.
 */
EsimRspRoot *
esim_rsp_root_new (X509 *certificate, const char *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_rsp_root_free (EsimRspRoot *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimRspRoot, esim_rsp_root_free)

/* The subject key identifier, or else SHA-1 of the public key (RFC 5280 4.2.1.2): hexadecimal, upper case. */
char *esim_rsp_root_dup_key_id (X509 *certificate);

/* Octets as hexadecimal, upper case. */
char *esim_rsp_root_dup_hex (const guint8 *octets, gsize length);

/* The common name in @name, or the whole name on one line. */
char *esim_rsp_root_dup_name (X509_NAME *name);

G_END_DECLS
