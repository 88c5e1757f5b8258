/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a session comes by its token: by the profile's USIM, by a login of the user's, by a code. */
#include "esim-base64.h"
#include "esim-eap-aka.h"
#include "esim-error.h"
#include "esim-ts43-node.h"
#include "esim-ts43-server.h"
#include "esim-ts43-session-private.h"

#include <openssl/crypto.h>
#include <string.h>

#define PACKET "eap-relay-packet"
/* The first question of the standard's own flows. It only reads; the token comes with its answer. */
#define FIRST_OPERATION "CheckEligibility"
#define ROUNDS_MAX 20
#define CODE_MAX 64
#define NUMBER_MIN 6
#define NUMBER_MAX 15

/* Returns: (nullable): what @answer relays; %NULL without an error: it is something else */
static GBytes *
read_packet (const EsimWebAnswer *answer)
{
  gsize length = 0;
  const char *data = g_bytes_get_data (answer->body, &length);
  g_autoptr (EsimTs43Node) root = NULL;
  g_autoptr (GByteArray) octets = g_byte_array_new ();
  EsimBase64 base64 = {0};

  if (length == 0 || length > 2 * ESIM_EAP_PACKET_MAX || !g_utf8_validate (data, (gssize) length, NULL))
    return NULL;
  root = esim_ts43_json_read (data, length, NULL);
  if (root == NULL)
    return NULL;
  for (guint i = 0; i < root->children->len; i++) {
    const EsimTs43Node *node = g_ptr_array_index (root->children, i);

    if (node->value != NULL && esim_ts43_node_is (node, PACKET) &&
        esim_base64_feed (&base64, node->value, strlen (node->value), octets) &&
        esim_base64_finish (&base64) && octets->len > 0)
      return g_byte_array_free_to_bytes (g_steal_pointer (&octets));
  }
  return NULL;
}

static EsimWebAnswer *
relay (EsimTs43Session *self, GBytes *packet, GError **error)
{
  g_autoptr (EsimTs43Request) request = esim_ts43_request_new ();
  g_autofree char *text = g_base64_encode (g_bytes_get_data (packet, NULL), g_bytes_get_size (packet));
  g_autofree char *url = esim_ts43_session_make_url (self, NULL);
  g_autoptr (GBytes) body = NULL;

  esim_ts43_request_set (request, PACKET, text);
  body = esim_ts43_request_make_json (request);
  return esim_ts43_session_fetch (self, url, body, ESIM_TS43_EAP_TYPE, error);
}

/* An answer with which EAP is over, without a token. */
static gboolean
refuse_eap (EsimTs43Session *self, const EsimWebAnswer *answer, GError **error)
{
  if (answer->status == 302 || answer->status == 511)
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                         "the carrier's server does not take the SIM's word, and wants a login");
  else
    esim_ts43_session_set_error (self, answer, error);
  return FALSE;
}

/* The peer has said no, and the server was told: whatever it makes of that, this is over. */
static gboolean
end_with_problem (EsimEapAka *eap, GError **error)
{
  g_propagate_error (error, g_error_copy (esim_eap_aka_get_problem (eap)));
  return FALSE;
}

static gboolean
converse (EsimTs43Session *self, EsimEapAka *eap, EsimWebAnswer *first, GError **error)
{
  g_autoptr (EsimWebAnswer) answer = first;

  for (guint round = 0; round < ROUNDS_MAX; round++) {
    g_autoptr (GBytes) packet = answer->status == 200 ? read_packet (answer) : NULL;
    g_autoptr (GBytes) reply = NULL;

    if (answer->status != 200)
      return refuse_eap (self, answer, error);
    if (packet == NULL && !esim_eap_aka_is_answered (eap)) {
      g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
                           "the carrier's server answered the SIM's identity without a challenge; try again "
                           "later, or use the carrier's own page");
      return FALSE;
    }
    if (packet == NULL)
      return esim_ts43_session_take_token (self, answer, TRUE, error);
    reply = esim_eap_aka_take (eap, packet, error);
    if (reply == NULL)
      return FALSE;
    esim_web_answer_free (answer);
    answer = relay (self, reply, esim_eap_aka_get_problem (eap) == NULL ? error : NULL);
    if (esim_eap_aka_get_problem (eap) != NULL)
      return end_with_problem (eap, error);
    if (answer == NULL)
      return FALSE;
  }
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                       "the carrier's server came to no end of asking the SIM; try again later");
  return FALSE;
}

gboolean
esim_ts43_session_authenticate (EsimTs43Session *self, EsimAkaFunc usim, gpointer data, GError **error)
{
  char *identity = esim_ts43_server_dup_identity (self->line->imsi, self->line->mnc_length, error);
  g_autoptr (EsimTs43Request) request = NULL;
  g_autoptr (EsimEapAka) eap = NULL;
  EsimWebAnswer *first;

  if (identity == NULL)
    return FALSE;
  esim_ts43_session_forget (self);
  request = esim_ts43_session_make_request (self, FIRST_OPERATION);
  esim_ts43_request_set (request, "EAP_ID", identity);
  eap = esim_eap_aka_new (identity, usim, data);
  OPENSSL_cleanse (identity, strlen (identity));
  g_free (identity);
  first = esim_ts43_session_send (self, request, FALSE, error);
  return first != NULL && converse (self, eap, first, error);
}

/* Hands out what the user's view needs. */
static void
tell_login (const EsimTs43Session *self, char **address, char **stop_at, char ***hosts)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; self->line->hosts[i] != NULL; i++)
    g_strv_builder_add (builder, self->line->hosts[i]);
  if (!g_strv_contains ((const char *const *) self->line->hosts, self->login.host))
    g_strv_builder_add (builder, self->login.host);
  *address = g_strdup (self->login.address);
  *stop_at = g_strdup (self->login.stop_at);
  *hosts = g_strv_builder_end (builder);
}

/* A redirect to a login, or the error that something else is. */
static gboolean
take_login (EsimTs43Session *self, const EsimWebAnswer *answer, GError **error)
{
  if (answer->status == 302 || answer->status == 303 || answer->status == 307)
    return esim_ts43_login_read (&self->login, answer->location, (const char *const *) self->line->hosts,
                                 error);
  if (answer->status == 200)
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR,
                         "the carrier's server offers no login; use the carrier's own page");
  else
    esim_ts43_session_set_error (self, answer, error);
  return FALSE;
}

gboolean
esim_ts43_session_begin_login (EsimTs43Session *self, char **address, char **stop_at, char ***hosts,
                               GError **error)
{
  g_autoptr (EsimTs43Request) request = NULL;
  g_autoptr (EsimWebAnswer) answer = NULL;

  esim_ts43_session_forget (self);
  request = esim_ts43_session_make_request (self, FIRST_OPERATION);
  answer = esim_ts43_session_send (self, request, FALSE, error);
  if (answer == NULL || !take_login (self, answer, error))
    return FALSE;
  tell_login (self, address, stop_at, hosts);
  return TRUE;
}

gboolean
esim_ts43_session_end_login (EsimTs43Session *self, const char *final_address, gboolean *another,
                             char **address, char **stop_at, char ***hosts, GError **error)
{
  g_autoptr (EsimWebAnswer) answer = NULL;
  g_auto (EsimTs43Login) login = {0};

  *another = FALSE;
  if (self->login.address == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE, "no login is under way");
    return FALSE;
  }
  if (!esim_ts43_login_check_end (&self->login, final_address, error))
    return FALSE;
  /* The code can be spent once: this login is over, whatever comes. */
  login = self->login;
  self->login = (EsimTs43Login){0};
  answer = esim_ts43_session_fetch (self, final_address, NULL, NULL, error);
  if (answer == NULL)
    return FALSE;
  if (answer->status < 300 || answer->status >= 400)
    return esim_ts43_session_take_token (self, answer, FALSE, error);
  if (!take_login (self, answer, error))
    return FALSE;
  *another = TRUE;
  tell_login (self, address, stop_at, hosts);
  return TRUE;
}

static gboolean
refuse_input (const char *words, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, words);
  return FALSE;
}

/* Any document will do: what counts is the cookie. */
gboolean
esim_ts43_session_begin_code (EsimTs43Session *self, const char *msisdn, GError **error)
{
  const char *digits = msisdn[0] == '+' ? msisdn + 1 : msisdn;
  const gsize length = strlen (digits);
  g_autoptr (EsimTs43Request) request = NULL;
  g_autoptr (EsimWebAnswer) answer = NULL;

  if (length < NUMBER_MIN || length > NUMBER_MAX || strspn (digits, "0123456789") != length)
    return refuse_input ("this is no phone number: digits, with + and the country's code before them", error);
  esim_ts43_session_forget (self);
  request = esim_ts43_session_make_request (self, FIRST_OPERATION);
  esim_ts43_request_set (request, "msisdn", msisdn);
  answer = esim_ts43_session_send (self, request, FALSE, error);
  if (answer == NULL)
    return FALSE;
  if (answer->status != 200) {
    esim_ts43_session_set_error (self, answer, error);
    return FALSE;
  }
  self->code_begun = TRUE;
  return TRUE;
}

gboolean
esim_ts43_session_end_code (EsimTs43Session *self, const char *code, GError **error)
{
  g_autoptr (EsimTs43Request) request = NULL;
  g_autoptr (EsimWebAnswer) answer = NULL;
  const gsize length = strlen (code);

  if (!self->code_begun) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE, "no code was asked for");
    return FALSE;
  }
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (code[i]))
      return refuse_input ("a one-time code is of letters and digits", error);
  if (length == 0 || length > CODE_MAX)
    return refuse_input ("a one-time code is of letters and digits", error);
  request = esim_ts43_session_make_request (self, FIRST_OPERATION);
  esim_ts43_request_set (request, "OTP", code);
  /* A code is for one attempt. */
  answer = esim_ts43_session_send (self, request, TRUE, error);
  return answer != NULL && esim_ts43_session_take_token (self, answer, FALSE, error);
}
