/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-rsp-check.h"

#include <string.h>

#define GROUPS "X25519:P-256:P-384:brainpoolP256r1"

static int ex_data_index;

EsimRspCheck *
esim_rsp_check_new (EsimRspPolicy *policy, const char *host)
{
  EsimRspCheck *self = g_new0 (EsimRspCheck, 1);

  g_atomic_ref_count_init (&self->refs);
  self->policy = esim_rsp_policy_ref (policy);
  self->host = g_strdup (host);
  return self;
}

EsimRspCheck *
esim_rsp_check_ref (EsimRspCheck *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
esim_rsp_check_unref (EsimRspCheck *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  esim_rsp_policy_unref (self->policy);
  g_free (self->host);
  g_free (self->root_key_id);
  g_clear_error (&self->error);
  g_free (self);
}

static void
free_ex_data (void *parent, void *data, CRYPTO_EX_DATA *all, int index, long argl, void *argp)
{
  if (data != NULL)
    esim_rsp_check_unref (data);
}

static gpointer
make_index (gpointer unused)
{
  ex_data_index = SSL_CTX_get_ex_new_index (0, NULL, NULL, NULL, free_ex_data);
  return NULL;
}

static int
on_verify (X509_STORE_CTX *ctx, void *data)
{
  EsimRspCheck *self = data;
  gboolean trusted;

  /* A second address of the same server may be tried after a first. */
  g_clear_error (&self->error);
  g_clear_pointer (&self->root_key_id, g_free);
  trusted = esim_rsp_policy_verify (self->policy, self->host, X509_STORE_CTX_get0_cert (ctx),
                                    X509_STORE_CTX_get0_untrusted (ctx), &self->root_key_id, &self->error);
  X509_STORE_CTX_set_error (ctx, trusted ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
  return trusted;
}

gboolean
esim_rsp_check_install (EsimRspCheck *self, SSL_CTX *context)
{
  static GOnce once = G_ONCE_INIT;
  X509_STORE *empty = X509_STORE_new ();

  g_once (&once, make_index, NULL);
  if (empty == NULL)
    return FALSE;
  SSL_CTX_set_cert_store (context, empty);
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_cert_verify_callback (context, on_verify, self);
  /* Whatever SSLKEYLOGFILE in the environment says. */
  SSL_CTX_set_keylog_callback (context, NULL);
  /* A resumed session would skip the certificate, a renegotiation would ask for it amid a transfer. */
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options (context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  if (ex_data_index < 0 || SSL_CTX_set_min_proto_version (context, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set1_groups_list (context, GROUPS) != 1)
    return FALSE;
  if (SSL_CTX_set_ex_data (context, ex_data_index, esim_rsp_check_ref (self)) != 1) {
    esim_rsp_check_unref (self);
    return FALSE;
  }
  return TRUE;
}

const char *
esim_rsp_check_get_root_of (EsimRspCheck *self, SSL *ssl)
{
  const EsimRspCheck *made =
      ex_data_index > 0 ? SSL_CTX_get_ex_data (SSL_get_SSL_CTX (ssl), ex_data_index) : NULL;

  if (made == NULL || g_ascii_strcasecmp (made->host, self->host) != 0 ||
      strcmp (esim_rsp_policy_get_key (made->policy), esim_rsp_policy_get_key (self->policy)) != 0)
    return NULL;
  return made->root_key_id;
}
