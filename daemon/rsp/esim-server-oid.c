/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-server-oid.h"
#include "esim-error.h"
#include "esim-server-object.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#define OID_TEXT_MAX 128

G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GENERAL_NAMES, GENERAL_NAMES_free)

static gboolean
names_oid (X509 *certificate, const char *oid)
{
  g_autoptr (GENERAL_NAMES) names = X509_get_ext_d2i (certificate, NID_subject_alt_name, NULL, NULL);

  for (int i = 0; i < sk_GENERAL_NAME_num (names); i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);
    char text[OID_TEXT_MAX + 1];

    if (name->type != GEN_RID)
      continue;
    if (OBJ_obj2txt (text, sizeof text, name->d.registeredID, 1) < (int) sizeof text &&
        strcmp (text, oid) == 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
esim_server_oid_check (GBytes *certificate, const char *oid, GError **error)
{
  gsize length = 0;
  const guint8 *start = g_bytes_get_data (certificate, &length);
  const guint8 *next = start;
  g_autoptr (X509) parsed = NULL;
  gboolean names;

  /* What OpenSSL finds wrong with it stays in its queue, which is not ours to fill. */
  ERR_set_mark ();
  parsed = d2i_X509 (NULL, &next, (long) length);
  names = parsed != NULL && names_oid (parsed, oid);
  ERR_pop_to_mark ();
  if (parsed == NULL || next != start + length)
    return esim_server_object_refuse ("serverCertificate", error);
  if (names)
    return TRUE;
  g_set_error_literal (
      error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
      "The server is not the one that the activation code names: its certificate has another "
      "OID. Check the code, and ask the operator for a new one.");
  return FALSE;
}
