/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-rsp-verify.h"
#include "esim-error.h"
#include "esim-http.h"
#include "esim-rsp-root.h"

#include <openssl/err.h>
#include <string.h>

#define DEPTH_MAX 8
#define AUTH_LEVEL 2 /* 112 bits */

struct _EsimRspPolicy {
  gatomicrefcount refs;
  EsimRspTrust *trust;
  GPtrArray *roots; /* of EsimRspRoot: as they were when it was made */
  char *role;
  GHashTable *card_key_ids; /* set, upper case */
  char *key;
};

/* What is being looked at, for the words of an error. */
typedef struct {
  EsimRspPolicy *policy;
  const char *host;
  X509 *leaf;
  STACK_OF (X509) * others;
} Server;

EsimRspPolicy *
esim_rsp_policy_new (EsimRspTrust *trust, const char *role, const char *const *card_key_ids)
{
  EsimRspPolicy *self = g_new0 (EsimRspPolicy, 1);
  g_autoptr (GList) sorted = NULL;
  GString *key = g_string_new (role);
  guint generation;

  g_atomic_ref_count_init (&self->refs);
  self->trust = esim_rsp_trust_ref (trust);
  self->roots = esim_rsp_trust_dup_roots (trust, &generation);
  self->role = g_strdup (role);
  self->card_key_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; card_key_ids != NULL && card_key_ids[i] != NULL; i++) {
    char *key_id = esim_rsp_trust_normalize (card_key_ids[i]);

    if (key_id != NULL)
      g_hash_table_add (self->card_key_ids, key_id);
  }
  sorted = g_list_sort (g_hash_table_get_keys (self->card_key_ids), (GCompareFunc) strcmp);
  for (GList *l = sorted; l != NULL; l = l->next)
    g_string_append_printf (key, " %s", (const char *) l->data);
  /* What was verified while other roots were installed is verified anew. */
  g_string_append_printf (key, " #%u", generation);
  self->key = g_string_free (key, FALSE);
  return self;
}

EsimRspPolicy *
esim_rsp_policy_ref (EsimRspPolicy *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_rsp_policy_unref (EsimRspPolicy *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  esim_rsp_trust_unref (self->trust);
  g_ptr_array_unref (self->roots);
  g_hash_table_unref (self->card_key_ids);
  g_free (self->role);
  g_free (self->key);
  g_free (self);
}

const char *
esim_rsp_policy_get_key (EsimRspPolicy *self)
{
  return self->key;
}

static gboolean
counts (EsimRspPolicy *self, const char *key_id)
{
  return g_hash_table_contains (self->card_key_ids, key_id) ||
         esim_rsp_trust_is_also_trusted (self->trust, key_id);
}

static void G_GNUC_PRINTF (4, 5)
    refuse (GError **error, const Server *server, const char *key_id, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
               "the server %s is not trusted, and nothing was sent to it: %s", server->host, why);
  if (error != NULL && key_id != NULL)
    esim_error_set_detail (*error, ESIM_DETAIL_ROOT_KEY_ID, g_variant_new_string (key_id));
}

/* Whether certificatePolicies names @oid. @unreadable: it is there and is no such extension, or twice. */
static gboolean
has_role (X509 *certificate, const char *oid, gboolean *unreadable)
{
  int critical = -1;
  g_autoptr (CERTIFICATEPOLICIES) policies =
      X509_get_ext_d2i (certificate, NID_certificate_policies, &critical, NULL);

  *unreadable = policies == NULL && critical != -1;
  for (int i = 0; policies != NULL && i < sk_POLICYINFO_num (policies); i++) {
    char text[80];

    OBJ_obj2txt (text, sizeof text, sk_POLICYINFO_value (policies, i)->policyid, 1);
    if (strcmp (text, oid) == 0)
      return TRUE;
  }
  return FALSE;
}

/* An eUICC manufacturer can make a certificate with any name under its own; those are for eUICCs (SGP.22
 * 2.6.6.2), and a server that shows one has got hold of a card maker's key. */
static gboolean
check_no_manufacturer (const Server *server, STACK_OF (X509) * chain, GError **error)
{
  for (int i = 1; i < sk_X509_num (chain); i++) {
    gboolean unreadable;
    g_autofree char *name = NULL;

    if (!has_role (sk_X509_value (chain, i), ESIM_ROLE_EUM, &unreadable) && !unreadable)
      continue;
    name = esim_rsp_root_dup_name (X509_get_subject_name (sk_X509_value (chain, i)));
    refuse (
        error, server, NULL,
        "its certificate was issued by the eUICC manufacturer \"%s\", who may certify cards and no server. "
        "This looks like an attack: tell the operator",
        name);
    return FALSE;
  }
  return TRUE;
}

static char *
time_to_text (const ASN1_TIME *time)
{
  struct tm tm;

  if (ASN1_TIME_to_tm (time, &tm) != 1)
    return g_strdup ("an unreadable date");
  return g_strdup_printf ("%04d-%02d-%02d %02d:%02d UTC", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                          tm.tm_hour, tm.tm_min);
}

static void
explain_dates (const Server *server, X509 *certificate, gboolean expired, GError **error)
{
  g_autofree char *name = esim_rsp_root_dup_name (X509_get_subject_name (certificate));
  g_autofree char *date =
      time_to_text (expired ? X509_get0_notAfter (certificate) : X509_get0_notBefore (certificate));

  if (expired)
    refuse (
        error, server, NULL,
        "the certificate \"%s\" has expired: it was valid until %s. The operator must renew it, unless this "
        "machine's clock is wrong",
        name, date);
  else
    refuse (error, server, NULL,
            "the certificate \"%s\" is not valid yet: it will be from %s. Look at this machine's clock", name,
            date);
}

/* @roots_that_count: only those of the policy, or all that are installed */
static X509_STORE *
make_store (EsimRspPolicy *self, gboolean roots_that_count)
{
  GPtrArray *roots = self->roots;
  X509_STORE *store = X509_STORE_new ();

  for (guint i = 0; store != NULL && i < roots->len; i++) {
    EsimRspRoot *root = roots->pdata[i];

    if (!roots_that_count || counts (self, root->key_id))
      X509_STORE_add_cert (store, root->certificate);
  }
  return store;
}

/* Returns: (nullable): the verified or half-built chain with its result in it */
static X509_STORE_CTX *
build_chain (const Server *server, gboolean roots_that_count, gboolean *verified)
{
  g_autoptr (X509_STORE) store = make_store (server->policy, roots_that_count);
  g_autoptr (X509_STORE_CTX) ctx = X509_STORE_CTX_new ();
  X509_VERIFY_PARAM *param;

  if (store == NULL || ctx == NULL || X509_STORE_CTX_init (ctx, store, server->leaf, server->others) != 1)
    return NULL;
  param = X509_STORE_CTX_get0_param (ctx);
  X509_VERIFY_PARAM_set_purpose (param, X509_PURPOSE_SSL_SERVER);
  X509_VERIFY_PARAM_set_depth (param, DEPTH_MAX);
  X509_VERIFY_PARAM_set_auth_level (param, AUTH_LEVEL);
  X509_VERIFY_PARAM_set_flags (param, X509_V_FLAG_TRUSTED_FIRST);
  *verified = X509_verify_cert (ctx) == 1 && X509_STORE_CTX_get_error (ctx) == X509_V_OK;
  return g_steal_pointer (&ctx);
}

static char *
dup_last_key_id (STACK_OF (X509) * chain)
{
  return esim_rsp_root_dup_key_id (sk_X509_value (chain, sk_X509_num (chain) - 1));
}

/* The chain does not end at a root that counts: says which root it asks for and why that does not count. */
static void
explain_root (const Server *server, STACK_OF (X509) * chain, GError **error)
{
  X509 *top = sk_X509_value (chain, sk_X509_num (chain) - 1);
  gboolean complete = X509_self_signed (top, 0) == 1;
  const ASN1_OCTET_STRING *issuer_id = X509_get0_authority_key_id (top);
  g_autofree char *folders = esim_rsp_trust_dup_folders (server->policy->trust);
  g_autofree char *claimed =
      esim_rsp_root_dup_name (complete ? X509_get_subject_name (top) : X509_get_issuer_name (top));
  g_autofree char *key_id = NULL;
  g_autofree char *name = NULL;

  if (complete)
    key_id = esim_rsp_root_dup_key_id (top);
  else if (issuer_id != NULL)
    key_id =
        esim_rsp_root_dup_hex (ASN1_STRING_get0_data (issuer_id), (gsize) ASN1_STRING_length (issuer_id));
  if (key_id != NULL)
    name = esim_rsp_trust_dup_name (server->policy->trust, key_id);
  if (key_id != NULL && esim_rsp_trust_has (server->policy->trust, key_id))
    refuse (
        error, server, key_id,
        "its certificate names the installed root \"%s\" (key id %s) and was not made by it. This looks like "
        "an attack: tell the operator",
        name, key_id);
  else
    refuse (
        error, server, key_id,
        "its certificate comes from the root \"%s\" (key id %s), which is not installed. If you trust that "
        "root, get its certificate from its owner and put it into %s",
        name != NULL ? name : claimed, key_id != NULL ? key_id : "not given", folders);
}

/* Returns: whether it was that */
static gboolean
explain_card_list (const Server *server, GError **error)
{
  gboolean verified = FALSE;
  g_autoptr (X509_STORE_CTX) ctx = build_chain (server, FALSE, &verified);
  g_autofree char *key_id = NULL, *name = NULL;

  if (ctx == NULL || !verified)
    return FALSE;
  key_id = dup_last_key_id (X509_STORE_CTX_get0_chain (ctx));
  name = esim_rsp_trust_dup_name (server->policy->trust, key_id);
  refuse (error, server, key_id,
          "its root \"%s\" (key id %s) is installed and is not on this card's list of roots. An "
          "administrator who "
          "trusts it for this all the same adds the key id to also-trust in the configuration",
          name, key_id);
  return TRUE;
}

static gboolean
check_leaf_role (const Server *server, GError **error)
{
  gboolean unreadable;
  guint32 flags = X509_get_extension_flags (server->leaf);

  if ((flags & EXFLAG_CA) != 0) {
    refuse (error, server, NULL, "its certificate is a certification authority's and no server's");
    return FALSE;
  }
  if ((flags & EXFLAG_XKUSAGE) == 0 || (X509_get_extended_key_usage (server->leaf) & XKU_SSL_SERVER) == 0) {
    refuse (error, server, NULL,
            "its certificate is not one for TLS servers (extended key usage). Tell the operator");
    return FALSE;
  }
  if (has_role (server->leaf, server->policy->role, &unreadable))
    return TRUE;
  refuse (error, server, NULL,
          "its certificate does not have the role that is needed here (%s in certificatePolicies): it is a "
          "certificate for something else. Tell the operator",
          server->policy->role);
  return FALSE;
}

static void
explain_failure (const Server *server, X509_STORE_CTX *ctx, GError **error)
{
  STACK_OF (X509) *chain = X509_STORE_CTX_get0_chain (ctx);
  int code = X509_STORE_CTX_get_error (ctx);
  X509 *at = X509_STORE_CTX_get_current_cert (ctx);

  if (chain == NULL || sk_X509_num (chain) == 0) {
    refuse (error, server, NULL, "its certificate cannot be looked at: %s",
            X509_verify_cert_error_string (code));
    return;
  }
  if (!check_no_manufacturer (server, chain, error))
    return;
  switch (code) {
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    refuse (
        error, server, NULL,
        "its certificate is self-signed. Servers of remote SIM provisioning have one that leads to a root of "
        "the GSMA's; tell the operator");
    return;
  case X509_V_ERR_CERT_HAS_EXPIRED:
  case X509_V_ERR_CERT_NOT_YET_VALID:
    explain_dates (server, at, code == X509_V_ERR_CERT_HAS_EXPIRED, error);
    return;
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    if (!explain_card_list (server, error))
      explain_root (server, chain, error);
    return;
  case X509_V_ERR_INVALID_PURPOSE:
    if (check_leaf_role (server, error))
      refuse (error, server, NULL,
              "a certificate of its chain may not be used for that (key usage). Tell the operator");
    return;
  default:
    refuse (error, server, NULL, "its certificate does not verify: %s. Tell the operator",
            X509_verify_cert_error_string (code));
    return;
  }
}

/* The DNS names of @leaf, for words: what a stranger wrote, so bounded. */
static char *
dup_dns_names (X509 *leaf)
{
  GENERAL_NAMES *names = X509_get_ext_d2i (leaf, NID_subject_alt_name, NULL, NULL);
  GString *text = g_string_new (NULL);

  for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num (names) && text->len < 200; i++) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value (names, i);
    g_autofree char *valid = NULL;

    if (name->type != GEN_DNS)
      continue;
    valid = g_utf8_make_valid ((const char *) ASN1_STRING_get0_data (name->d.dNSName),
                               MIN (ASN1_STRING_length (name->d.dNSName), 100));
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", valid);
  }
  GENERAL_NAMES_free (names);
  return g_string_free (text, FALSE);
}

static gboolean
check_name (const Server *server, GError **error)
{
  const guint flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  g_autofree char *names = NULL;

  if (X509_check_host (server->leaf, server->host, strlen (server->host), flags, NULL) == 1)
    return TRUE;
  names = dup_dns_names (server->leaf);
  refuse (error, server, NULL,
          "its certificate is for %s, and %s was asked for. Check the address, or tell the operator",
          names[0] != '\0' ? names : "no name", server->host);
  return FALSE;
}

/* What X509_verify_cert() promises of the chain's end, once more, by hand. */
static gboolean
check_end (const Server *server, STACK_OF (X509) * chain, GError **error)
{
  GPtrArray *roots = server->policy->roots;
  X509 *end = sk_X509_value (chain, sk_X509_num (chain) - 1);

  for (guint i = 0; sk_X509_num (chain) >= 2 && i < roots->len; i++) {
    EsimRspRoot *root = roots->pdata[i];

    if (X509_cmp (root->certificate, end) == 0 && counts (server->policy, root->key_id))
      return TRUE;
  }
  refuse (error, server, NULL, "its certificate does not lead to an installed root");
  return FALSE;
}

gboolean
esim_rsp_policy_verify (EsimRspPolicy *self, const char *host, X509 *leaf, STACK_OF (X509) * others,
                        char **root_key_id, GError **error)
{
  const Server server = {self, host, leaf, others};
  gboolean verified = FALSE;
  g_autoptr (X509_STORE_CTX) ctx = build_chain (&server, TRUE, &verified);
  STACK_OF (X509) * chain;

  if (ctx == NULL) {
    refuse (error, &server, NULL, "its certificate could not be looked at: no memory");
    return FALSE;
  }
  if (!verified) {
    explain_failure (&server, ctx, error);
    ERR_clear_error ();
    return FALSE;
  }
  chain = X509_STORE_CTX_get0_chain (ctx);
  if (!check_end (&server, chain, error) || !check_no_manufacturer (&server, chain, error) ||
      !check_leaf_role (&server, error) || !check_name (&server, error))
    return FALSE;
  *root_key_id = dup_last_key_id (chain);
  return TRUE;
}
