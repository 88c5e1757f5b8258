/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-web-check.h"
#include "esim-error.h"
#include "esim-rsp-root.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <string.h>

#define PIN_PREFIX "sha256//"
#define PINS_MAX 32
#define PIN_BASE64_LENGTH 44 /* 32 octets */

struct _EsimWebCheck {
  char *host;
  GPtrArray *pins; /* of guint8[32] */
  gboolean passed;
  GError *error;
};

/* Returns: (nullable): 32 octets */
static guint8 *
read_hex (const char *text)
{
  guint8 *octets = g_malloc (SHA256_DIGEST_LENGTH);

  for (gsize i = 0; i < 2 * SHA256_DIGEST_LENGTH; i++) {
    int digit = g_ascii_xdigit_value (text[i]);

    if (digit < 0) {
      g_free (octets);
      return NULL;
    }
    octets[i / 2] = (guint8) (i % 2 == 0 ? digit << 4 : octets[i / 2] | digit);
  }
  return octets;
}

static guint8 *
read_pin (const char *pin)
{
  g_autofree guchar *octets = NULL;
  g_autofree char *again = NULL;
  gsize length;

  if (strlen (pin) == 2 * SHA256_DIGEST_LENGTH)
    return read_hex (pin);
  if (g_str_has_prefix (pin, PIN_PREFIX))
    pin += strlen (PIN_PREFIX);
  if (strlen (pin) != PIN_BASE64_LENGTH)
    return NULL;
  octets = g_base64_decode (pin, &length);
  /* GLib's reader passes over what is not base64. */
  again = g_base64_encode (octets, length);
  if (length != SHA256_DIGEST_LENGTH || strcmp (again, pin) != 0)
    return NULL;
  return g_steal_pointer (&octets);
}

EsimWebCheck *
esim_web_check_new (const char *host, const char *const *pins, GError **error)
{
  g_autoptr (EsimWebCheck) self = g_new0 (EsimWebCheck, 1);

  self->host = g_strdup (host);
  self->pins = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; pins != NULL && pins[i] != NULL; i++) {
    guint8 *pin = i < PINS_MAX ? read_pin (pins[i]) : NULL;

    if (pin == NULL) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                   "a pin of %s is not the SHA-256 of a key in base64 or hexadecimal, or there are more than "
                   "%d: correct the carrier's entry",
                   host, PINS_MAX);
      return NULL;
    }
    g_ptr_array_add (self->pins, pin);
  }
  return g_steal_pointer (&self);
}

void
esim_web_check_free (EsimWebCheck *self)
{
  g_free (self->host);
  g_ptr_array_unref (self->pins);
  g_clear_error (&self->error);
  g_free (self);
}

static void G_GNUC_PRINTF (2, 3) refuse (EsimWebCheck *self, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_clear_error (&self->error);
  self->error = g_error_new (ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
                             "the server %s is not trusted, and nothing was sent to it: %s", self->host, why);
}

static void
explain_failure (EsimWebCheck *self, X509_STORE_CTX *ctx)
{
  int code = X509_STORE_CTX_get_error (ctx);
  X509 *at = X509_STORE_CTX_get_current_cert (ctx);
  g_autofree char *name = NULL;

  switch (code) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
    refuse (self, "its certificate, or one above it, has expired. The carrier must renew it, unless this "
                  "machine's clock is wrong");
    return;
  case X509_V_ERR_CERT_NOT_YET_VALID:
    refuse (self, "its certificate, or one above it, is not valid yet. Look at this machine's clock");
    return;
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    refuse (self, "its certificate is self-signed. Nobody vouches for it; tell the carrier");
    return;
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    name = at != NULL ? esim_rsp_root_dup_name (X509_get_issuer_name (at)) : g_strdup ("nobody");
    refuse (self,
            "its certificate leads to \"%s\", which is none of this machine's certification authorities for "
            "the web. On a network with a login page, log in first",
            name);
    return;
  default:
    refuse (self, "its certificate does not verify: %s. Tell the carrier",
            X509_verify_cert_error_string (code));
    return;
  }
}

static gboolean
check_name (EsimWebCheck *self, X509 *leaf)
{
  const guint flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;

  if (X509_check_host (leaf, self->host, strlen (self->host), flags, NULL) == 1)
    return TRUE;
  refuse (self, "its certificate is for another name. On a network with a login page, log in first; else "
                "tell the carrier");
  return FALSE;
}

static gboolean
has_pin (EsimWebCheck *self, X509 *certificate)
{
  guint8 digest[SHA256_DIGEST_LENGTH];
  guint8 *der = NULL;
  int length = i2d_X509_PUBKEY (X509_get_X509_PUBKEY (certificate), &der);
  gboolean found = FALSE;

  if (length <= 0)
    return FALSE;
  SHA256 (der, (gsize) length, digest);
  OPENSSL_free (der);
  for (guint i = 0; !found && i < self->pins->len; i++)
    found = memcmp (self->pins->pdata[i], digest, sizeof digest) == 0;
  return found;
}

static gboolean
check_pins (EsimWebCheck *self, STACK_OF (X509) * chain)
{
  for (int i = 0; self->pins->len > 0 && i < sk_X509_num (chain); i++)
    if (has_pin (self, sk_X509_value (chain, i)))
      return TRUE;
  if (self->pins->len == 0)
    return TRUE;
  refuse (self, "its certificate verifies, but none of the keys that the carrier's entry names (pins) is in "
                "its chain. Either the carrier changed them, or somebody is between");
  return FALSE;
}

static int
on_verify (X509_STORE_CTX *ctx, void *data)
{
  EsimWebCheck *self = data;
  gboolean good;

  g_clear_error (&self->error);
  self->passed = FALSE;
  good = X509_verify_cert (ctx) == 1 && X509_STORE_CTX_get_error (ctx) == X509_V_OK;
  if (!good) {
    explain_failure (self, ctx);
    return 0;
  }
  self->passed =
      check_name (self, X509_STORE_CTX_get0_cert (ctx)) && check_pins (self, X509_STORE_CTX_get0_chain (ctx));
  if (!self->passed)
    X509_STORE_CTX_set_error (ctx, X509_V_ERR_CERT_UNTRUSTED);
  return self->passed;
}

gboolean
esim_web_check_install (EsimWebCheck *self, SSL_CTX *context)
{
  self->passed = FALSE;
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER, NULL);
  SSL_CTX_set_cert_verify_callback (context, on_verify, self);
  /* Whatever SSLKEYLOGFILE in the environment says. */
  SSL_CTX_set_keylog_callback (context, NULL);
  /* A resumed session would skip the certificate, a renegotiation would ask for it amid a transfer. */
  SSL_CTX_set_session_cache_mode (context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options (context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  return SSL_CTX_set_min_proto_version (context, TLS1_2_VERSION) == 1;
}

gboolean
esim_web_check_has_passed (EsimWebCheck *self)
{
  return self->passed;
}

const GError *
esim_web_check_get_error (EsimWebCheck *self)
{
  return self->error;
}
