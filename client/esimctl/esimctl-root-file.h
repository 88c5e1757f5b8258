/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* EsimctlRootFile: a root certificate, as it goes into a trust folder. */
typedef struct {
  char *key_id;      /* hexadecimal, capital letters */
  char *name;        /* whose it says it is; cleaned */
  char *fingerprint; /* SHA-256, hexadecimal, capital letters */
  char *curve;       /* as OpenSSL calls it */
  char *until;       /* its last day */
  char *pem;
  gboolean is_key_id_true; /* it is SHA-1 of the key, as with every known root */
} EsimctlRootFile;

/*
 * Reads the one certificate of the file @path, PEM or DER, and looks whether it is a root of an eSIM issuer:
 * self-signed by its own key, a certification authority with the role of one, on a curve that eUICCs know,
 * and not out of date.
 *
 * Returns: (transfer full): what it says; %NULL with @error set.
 */
EsimctlRootFile *esimctl_root_file_read (const char *path, GError **error);
void esimctl_root_file_free (EsimctlRootFile *root);

/* Returns: (transfer full): @text as key ids are written here: capital letters, without colons and blanks. */
char *esimctl_root_file_normalize (const char *text);

/*
 * @key_id: its beginning does, from eight digits on, where it is of one root alone.
 * @whole: (out) (transfer full) (nullable): all of it, where one was found
 *
 * Returns: (transfer full) (element-type filename): the files of @folder that hold that root and nothing
 * else; empty also where it is of several roots.
 */
GPtrArray *esimctl_root_file_find (const char *folder, const char *key_id, char **whole);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimctlRootFile, esimctl_root_file_free)

G_END_DECLS
