/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The daemon's conversation with an entitlement server on a pipe, so that it can be put before the
 * laboratory's without a card or a record. Lines:
 *
 *   authenticate, login, final ADDRESS, number NUMBER, code CODE     in
 *   eligibility, configuration, unsubscribe, accept [TEXT], reject, change
 *   usim RAND AUTN      out: and one of the next three comes back
 *   accepted RES IK CK, out-of-step AUTS, rejected
 *   done                out: there is a token, or a code is on its way
 *   page ADDRESS STOP   out: to be opened, and where to stop
 *   document RESULT SUBSCRIPTION ELIGIBILITY [ICCID=STATUS/INTERVAL …] [page=URL] [asks]
 *   error CODE NOT-SENT STATUS WORDS    STATUS is 0 where there was none
 *
 * usage: ts43-ask PORT ROOT HOSTS PATH ICCID IMSI MNC-LENGTH */
#include "esim-error.h"
#include "esim-ts43-server.h"
#include "esim-ts43-session.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_OCTETS 16384
#define EID "89049032000000000000000000000001"

static char *
read_line (void)
{
  static char line[LINE_MAX_OCTETS];

  return fgets (line, sizeof line, stdin) == NULL ? NULL : g_strstrip (line);
}

static void
print_hex (const guint8 *octets, gsize size)
{
  putchar (' ');
  for (gsize i = 0; i < size; i++)
    printf ("%02x", octets[i]);
}

static guint
take_hex (const char *hex, guint8 *to, gsize max)
{
  gsize size = strlen (hex) / 2;

  if (size > max)
    g_error ("%" G_GSIZE_FORMAT " octets where %" G_GSIZE_FORMAT " have room", size, max);
  for (gsize i = 0; i < size; i++)
    to[i] = (guint8) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  return (guint) size;
}

static gboolean
ask_usim (const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer,
          gpointer data, GError **error)
{
  g_auto (GStrv) words = NULL;
  guint count;

  printf ("usim");
  print_hex (challenge, ESIM_AKA_KEY);
  print_hex (token, ESIM_AKA_KEY);
  putchar ('\n');
  fflush (stdout);
  words = g_strsplit (read_line (), " ", 0);
  count = g_strv_length (words);
  if (count == 4 && strcmp (words[0], "accepted") == 0) {
    answer->verdict = ESIM_AKA_ACCEPTED;
    answer->response_bits = 8 * take_hex (words[1], answer->response, ESIM_AKA_KEY);
    take_hex (words[2], answer->integrity, ESIM_AKA_KEY);
    take_hex (words[3], answer->cipher, ESIM_AKA_KEY);
  } else if (count == 2 && strcmp (words[0], "out-of-step") == 0) {
    answer->verdict = ESIM_AKA_OUT_OF_STEP;
    take_hex (words[1], answer->resynchronisation, ESIM_AKA_AUTS);
  } else if (count == 1 && strcmp (words[0], "rejected") == 0) {
    answer->verdict = ESIM_AKA_REJECTED;
  } else {
    g_error ("the USIM's answer was not understood");
  }
  return TRUE;
}

static void
print_error (const GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  gboolean not_sent = FALSE;
  guint status = 0;

  if (details != NULL) {
    g_variant_lookup (details, ESIM_DETAIL_NOT_SENT, "b", &not_sent);
    g_variant_lookup (details, ESIM_DETAIL_HTTP_STATUS, "u", &status);
  }
  printf ("error %d %d %u %s\n", error->code, not_sent, status, error->message);
}

static void
print_document (EsimTs43Document *document)
{
  g_autoptr (EsimTs43Document) owned = document;
  EsimTs43Message message;
  EsimTs43Page page;

  printf ("document %d %d %d", esim_ts43_document_get_operation_result (document),
          esim_ts43_document_get_subscription_result (document),
          esim_ts43_document_get_eligibility (document));
  for (guint i = 0; i < esim_ts43_document_get_n_configurations (document); i++) {
    EsimTs43Configuration one;

    esim_ts43_document_get_configuration (document, i, &one);
    printf (" %s=%u/%" G_GINT64_FORMAT, one.iccid == NULL ? "-" : one.iccid, one.status, one.interval);
  }
  if (esim_ts43_document_get_service (document, &page))
    printf (" page=%s", page.url);
  if (esim_ts43_document_get_message (document, &message))
    printf (" asks");
  putchar ('\n');
}

static gboolean
do_login (EsimTs43Session *session, const char *verb, const char *rest, GError **error)
{
  g_autofree char *address = NULL, *stop_at = NULL;
  g_auto (GStrv) hosts = NULL;
  gboolean another = TRUE;

  if (strcmp (verb, "login") == 0) {
    if (!esim_ts43_session_begin_login (session, &address, &stop_at, &hosts, error))
      return FALSE;
  } else if (!esim_ts43_session_end_login (session, rest, &another, &address, &stop_at, &hosts, error)) {
    return FALSE;
  }
  if (another)
    printf ("page %s %s\n", address, stop_at);
  else
    printf ("done\n");
  return TRUE;
}

static gboolean
do_access (EsimTs43Session *session, const char *verb, const char *rest, GError **error)
{
  gboolean done;

  if (strcmp (verb, "login") == 0 || strcmp (verb, "final") == 0)
    return do_login (session, verb, rest, error);
  if (strcmp (verb, "authenticate") == 0)
    done = esim_ts43_session_authenticate (session, ask_usim, NULL, error);
  else if (strcmp (verb, "number") == 0)
    done = esim_ts43_session_begin_code (session, rest, error);
  else if (strcmp (verb, "code") == 0)
    done = esim_ts43_session_end_code (session, rest, error);
  else
    g_error ("no such order: %s", verb);
  if (done)
    printf ("done\n");
  return done;
}

static EsimTs43Document *
do_operation (EsimTs43Session *session, const char *verb, const char *rest, GError **error)
{
  EsimTs43Reply reply = {strcmp (verb, "accept") == 0, *rest == '\0' ? NULL : rest};

  if (strcmp (verb, "eligibility") == 0)
    return esim_ts43_session_check_eligibility (session, error);
  if (strcmp (verb, "configuration") == 0)
    return esim_ts43_session_acquire_configuration (session, error);
  if (strcmp (verb, "change") == 0)
    return esim_ts43_session_change (session, NULL, error);
  return esim_ts43_session_unsubscribe (session, strcmp (verb, "unsubscribe") == 0 ? NULL : &reply, error);
}

static void
do_line (EsimTs43Session *session, char *line)
{
  static const char *const operations[] = {"eligibility", "configuration", "unsubscribe", "accept",
                                           "reject",      "change",        NULL};
  g_autoptr (GError) error = NULL;
  char *space = strchr (line, ' ');
  g_autofree char *verb = space == NULL ? g_strdup (line) : g_strndup (line, (gsize) (space - line));
  g_autofree char *rest = g_strdup (space == NULL ? "" : space + 1);

  if (g_strv_contains (operations, verb)) {
    EsimTs43Document *document = do_operation (session, verb, rest, &error);

    if (document != NULL)
      print_document (document);
  } else {
    (void) !do_access (session, verb, rest, &error);
  }
  if (error != NULL)
    print_error (error);
  fflush (stdout);
}

static EsimWeb *
make_web (const char *port, char *root, char **hosts)
{
  g_autoptr (GStrvBuilder) ways = g_strv_builder_new ();
  g_auto (GStrv) connect_to = NULL;
  g_autoptr (GError) error = NULL;
  EsimWeb *web;

  for (char **host = hosts; *host != NULL; host++) {
    g_autofree char *way = g_strdup_printf ("%s:443:127.0.0.1:%s", *host, port);

    g_strv_builder_add (ways, way);
  }
  connect_to = g_strv_builder_end (ways);
  web = esim_web_new (&(EsimHttpConfig){.connect_timeout_s = 5,
                                        .total_timeout_s = 10,
                                        .response_max = 1,
                                        .allow_loopback = TRUE,
                                        .connect_to = connect_to,
                                        .web_trust = root},
                      &error);
  if (web == NULL)
    g_error ("%s", error->message);
  return web;
}

int
main (int argc, char **argv)
{
  g_autoptr (EsimTs43Line) line = esim_ts43_line_new ();
  g_autoptr (EsimTs43Session) session = NULL;
  g_autoptr (EsimWeb) web = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) hosts = NULL;
  char *order;

  if (argc != 8)
    g_error ("usage: ts43-ask PORT ROOT HOSTS PATH ICCID IMSI MNC-LENGTH");
  hosts = g_strsplit (argv[3], ";", 0);
  web = make_web (argv[1], argv[2], hosts);
  line->iccid = g_strdup (argv[5]);
  line->eid = g_strdup (EID);
  line->imei = g_strdup ("350000000000001");
  line->imsi = g_strdup (argv[6]);
  line->mnc_length = (guint) g_ascii_strtoull (argv[7], NULL, 10);
  line->language = g_strdup ("en-GB");
  if (!esim_ts43_server_find (line, (const char *const *) hosts, argv[4], &error))
    g_error ("%s", error->message);
  session = esim_ts43_session_new (web, line);
  while ((order = read_line ()) != NULL)
    do_line (session, order);
  return 0;
}
