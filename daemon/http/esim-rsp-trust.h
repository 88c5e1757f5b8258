/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimRspTrust:
 *
 * The roots of remote SIM provisioning that are installed here: X.509 certificates, PEM or DER, from folders.
 * Shared between threads. The files are read when they are asked for, and again when one has come, gone or
 * changed since: a root that an administrator adds counts from then on, and one that is taken away no longer,
 * without a restart. A daemon that does nothing has no use for OpenSSL's memory.
 */
typedef struct _EsimRspTrust EsimRspTrust;

/* @folders: those that are not there are passed over; a file that is no root certificate is passed over with
 * a warning that names it. @also_trust: (nullable): key ids (hexadecimal, colons allowed) of installed roots
 * that count although a card does not list them. */
EsimRspTrust *esim_rsp_trust_new (const char *const *folders, const char *const *also_trust);
EsimRspTrust *esim_rsp_trust_ref (EsimRspTrust *self);
void esim_rsp_trust_unref (EsimRspTrust *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimRspTrust, esim_rsp_trust_unref)

/* How many roots are installed. */
guint esim_rsp_trust_get_size (EsimRspTrust *self);

/* Whether a root with this key id (hexadecimal, either case) is installed. */
gboolean esim_rsp_trust_has (EsimRspTrust *self, const char *key_id);

/* Returns: (nullable) (transfer full): the name of the root with this key id, installed or only known: for
 * words to a person. */
char *esim_rsp_trust_dup_name (EsimRspTrust *self, const char *key_id);

/* Whether @key_id is among also_trust. */
gboolean esim_rsp_trust_is_also_trusted (EsimRspTrust *self, const char *key_id);

/**
 * esim_rsp_trust_dup_roots:
 * @generation: (out) (optional): another number for other roots
 *
 * Returns: (element-type EsimRspRoot) (transfer full): the installed roots as they are now. Never changed: a
 * later change makes another array.
 */
GPtrArray *esim_rsp_trust_dup_roots (EsimRspTrust *self, guint *generation);

/* For a person to look at. */
typedef struct {
  char *name;
  char *key_id;      /* hexadecimal, upper case */
  char *fingerprint; /* SHA-256 of the certificate, hexadecimal, upper case; "" = there are several over one
                        key */
  char *file;        /* where it is installed; "" = it is not */
  char *curve;       /* "P-256", "brainpoolP256r1", …; "" = no such key */
  gboolean test;     /* known to be of a test system */
  gboolean also_trusted; /* counts although a card does not list it */
  gboolean installed;
} EsimRspTrustEntry;

/* Returns: (element-type EsimRspTrustEntry) (transfer full): the installed roots, and behind them those that
 * the daemon knows and that are not installed. From any thread; reads the files if they were not. */
GPtrArray *esim_rsp_trust_list (EsimRspTrust *self);

/* Lets go of what was read; it is read again when it is asked for. */
void esim_rsp_trust_rest (EsimRspTrust *self);

/* The folders, for words: "/etc/esimd/trust or /usr/share/esimd/trust". */
char *esim_rsp_trust_dup_folders (EsimRspTrust *self);

/* @key_id without colons and blanks, in upper case; NULL if it is not hexadecimal. */
char *esim_rsp_trust_normalize (const char *key_id);

G_END_DECLS
