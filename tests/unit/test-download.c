/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The procedure of a download, with the card's and the server's part played: what fails, and by which reason
 * the session is cancelled then. */
#include "esim-bpp.h"
#include "esim-download.h"
#include "esim-download-record.h"
#include "esim-error.h"
#include "esim-isdr-load.h"
#include "esim-load-result.h"
#include "esim-outbox-item.h"
#include "hex.h"
#include "host-fixture.h"

#include <string.h>

#define NEW_ICCID "89012601234567890100"
#define PENDING_NONE "BF2B02A000"
#define RETRIEVE_FRESH "81E2910003BF2B0000"

/* What is played: @fail is the step that fails, "" for none. */
static struct {
  const char *fail;
  int code;           /* of the failure */
  const char *answer; /* to every question; NULL: as @code has it */
  gboolean code_required;
  EsimPolicyRules rules;
  EsimProfileClass class_;
  const char *packaged; /* ICCID in the package */
  gboolean refused;     /* by the card: the result is a failure */
  guint segments;
  gboolean unreachable; /* the server, when it is told of the end */
  const char *refusal;  /* nullable: the server's answer in place of the package, with HTTP 500 */
  guint refusal_given;  /* pieces of it */
  gboolean end_told;    /* the server was told of the end */
  GString *trace;
} play;

static gboolean
step (const char *name, GError **error)
{
  g_string_append_printf (play.trace, "%s ", name);
  if (strcmp (play.fail, name) != 0)
    return TRUE;
  g_set_error (error, ESIM_ERROR, play.code, "%s was told to fail", name);
  return FALSE;
}

static GBytes *
octets (void)
{
  return g_bytes_new_static ("\xBF\x00", 2);
}

static EsimProfileMetadata *
make_metadata (const char *iccid)
{
  EsimProfileMetadata *metadata = g_new0 (EsimProfileMetadata, 1);

  g_atomic_ref_count_init (&metadata->refs);
  metadata->iccid = g_strdup (iccid);
  metadata->name = g_strdup ("Reise");
  metadata->service_provider = g_strdup ("Lab");
  metadata->home_operator = g_strdup ("");
  metadata->icon_type = g_strdup ("");
  metadata->class_ = play.class_;
  metadata->policy_rules = play.rules;
  metadata->bytes = octets ();
  return metadata;
}

/* The server */

EsimEs9Session *__wrap_esim_es9_session_new (EsimHttpHub *hub, EsimRspServer server, const char *address,
                                             const char *const *card_key_ids);
EsimEs9Session *
__wrap_esim_es9_session_new (EsimHttpHub *hub, EsimRspServer server, const char *address,
                             const char *const *card_key_ids)
{
  g_assert_cmpint (server, ==, ESIM_RSP_SERVER_SMDP);
  g_assert_cmpstr (address, ==, "dp.test");
  return g_malloc0 (1);
}

void __wrap_esim_es9_session_free (EsimEs9Session *self);
void
__wrap_esim_es9_session_free (EsimEs9Session *self)
{
  g_free (self);
}

const EsimServerAuthentication *
__wrap_esim_es9_session_initiate_authentication (EsimEs9Session *self, GBytes *challenge, GBytes *info1,
                                                 const char *oid, GError **error);
const EsimServerAuthentication *
__wrap_esim_es9_session_initiate_authentication (EsimEs9Session *self, GBytes *challenge, GBytes *info1,
                                                 const char *oid, GError **error)
{
  static const EsimServerAuthentication server;

  return step ("initiate", error) ? &server : NULL;
}

EsimEs9Offer *
__wrap_esim_es9_session_authenticate_client (EsimEs9Session *self, GBytes *response, GError **error);
EsimEs9Offer *
__wrap_esim_es9_session_authenticate_client (EsimEs9Session *self, GBytes *response, GError **error)
{
  EsimEs9Offer *offer;

  if (!step ("client", error))
    return NULL;
  offer = g_new0 (EsimEs9Offer, 1);
  offer->metadata = make_metadata (NEW_ICCID);
  offer->signed2 = octets ();
  offer->signature2 = octets ();
  offer->certificate = octets ();
  offer->confirmation_code_required = play.code_required;
  return offer;
}

EsimHttpCall *
__wrap_esim_es9_session_get_bound_profile_package (EsimEs9Session *self, GBytes *response, GError **error);
EsimHttpCall *
__wrap_esim_es9_session_get_bound_profile_package (EsimEs9Session *self, GBytes *response, GError **error)
{
  return step ("package", error) ? g_malloc0 (1) : NULL;
}

const char *__wrap_esim_es9_session_get_transaction_id (EsimEs9Session *self);
const char *
__wrap_esim_es9_session_get_transaction_id (EsimEs9Session *self)
{
  return "0A0B";
}

GBytes *__wrap_esim_es9_session_get_transaction_octets (EsimEs9Session *self);
GBytes *
__wrap_esim_es9_session_get_transaction_octets (EsimEs9Session *self)
{
  static GBytes *transaction;

  if (transaction == NULL)
    transaction = g_bytes_new_static ("\x0A\x0B", 2);
  return transaction;
}

const char *__wrap_esim_es9_session_get_root_key_id (EsimEs9Session *self);
const char *
__wrap_esim_es9_session_get_root_key_id (EsimEs9Session *self)
{
  return KEY_ID;
}

/* The network: one for the package, one for the end of the session. */

EsimHttpCall *__wrap_esim_http_hub_begin (EsimHttpHub *self, const EsimHttpRequest *request);
EsimHttpCall *
__wrap_esim_http_hub_begin (EsimHttpHub *self, const EsimHttpRequest *request)
{
  g_assert_true (g_str_has_suffix (request->path, "/cancelSession"));
  g_string_append (play.trace, "tell ");
  play.end_told = TRUE;
  return g_malloc0 (2);
}

GBytes *__wrap_esim_http_call_next (EsimHttpCall *self, guint timeout_ms, gboolean *ended, GError **error);
GBytes *
__wrap_esim_http_call_next (EsimHttpCall *self, guint timeout_ms, gboolean *ended, GError **error)
{
  if (strcmp (play.fail, "chunk") == 0 && play.segments == 1) {
    (void) step ("chunk", error);
    return NULL;
  }
  /* In two pieces. */
  if (play.refusal != NULL && !play.end_told) {
    gsize half = strlen (play.refusal) / 2;
    GBytes *piece = play.refusal_given > 0
                        ? g_bytes_new_static (play.refusal + half, strlen (play.refusal) - half)
                        : g_bytes_new_static (play.refusal, half);

    *ended = play.refusal_given++ > 0;
    return piece;
  }
  *ended = TRUE;
  return octets ();
}

guint __wrap_esim_http_call_get_status (EsimHttpCall *self);
guint
__wrap_esim_http_call_get_status (EsimHttpCall *self)
{
  if (play.refusal != NULL && !play.end_told)
    return 500;
  return play.unreachable ? 503 : 200;
}

void __wrap_esim_http_call_free (EsimHttpCall *self);
void
__wrap_esim_http_call_free (EsimHttpCall *self)
{
  g_free (self);
}

gboolean __wrap_esim_es9_read_cancel_session (GBytes *body, const char *address, GError **error);
gboolean
__wrap_esim_es9_read_cancel_session (GBytes *body, const char *address, GError **error)
{
  return TRUE;
}

/* The card */

GBytes *__wrap_esim_isdr_get_info1_bytes (EsimIsdr *self, GError **error);
GBytes *
__wrap_esim_isdr_get_info1_bytes (EsimIsdr *self, GError **error)
{
  return octets ();
}

GBytes *__wrap_esim_isdr_get_challenge (EsimIsdr *self, GError **error);
GBytes *
__wrap_esim_isdr_get_challenge (EsimIsdr *self, GError **error)
{
  return step ("challenge", error) ? octets () : NULL;
}

GBytes *
__wrap_esim_isdr_authenticate_server (EsimIsdr *self, const EsimServerAuthentication *server,
                                      const EsimDevice *device, const char *matching_id, GError **error);
GBytes *
__wrap_esim_isdr_authenticate_server (EsimIsdr *self, const EsimServerAuthentication *server,
                                      const EsimDevice *device, const char *matching_id, GError **error)
{
  g_assert_cmpstr (matching_id, ==, "MATCH");
  return step ("server", error) ? octets () : NULL;
}

GBytes *__wrap_esim_isdr_prepare_download (EsimIsdr *self, GBytes *signed2, GBytes *signature2,
                                           GBytes *hash_cc, GBytes *certificate, GError **error);
GBytes *
__wrap_esim_isdr_prepare_download (EsimIsdr *self, GBytes *signed2, GBytes *signature2, GBytes *hash_cc,
                                   GBytes *certificate, GError **error)
{
  g_assert_cmpint (hash_cc != NULL, ==, play.code_required);
  return step ("prepare", error) ? octets () : NULL;
}

GBytes *__wrap_esim_isdr_cancel_session (EsimIsdr *self, GBytes *transaction_id, EsimCancelReason reason,
                                         GError **error);
GBytes *
__wrap_esim_isdr_cancel_session (EsimIsdr *self, GBytes *transaction_id, EsimCancelReason reason,
                                 GError **error)
{
  g_assert_cmpmem (g_bytes_get_data (transaction_id, NULL), g_bytes_get_size (transaction_id), "\x0A\x0B", 2);
  g_string_append_printf (play.trace, "cancel-%u ", reason);
  return octets ();
}

gboolean __wrap_esim_isdr_load_segment (EsimIsdr *self, GBytes *segment, GBytes **answer, GError **error);
gboolean
__wrap_esim_isdr_load_segment (EsimIsdr *self, GBytes *segment, GBytes **answer, GError **error)
{
  if (!step ("load", error))
    return FALSE;
  if (play.segments == 0)
    *answer = octets ();
  return TRUE;
}

EsimRat *__wrap_esim_isdr_get_rat (EsimIsdr *self, GError **error);
EsimRat *
__wrap_esim_isdr_get_rat (EsimIsdr *self, GError **error)
{
  return step ("rat", error) ? g_new0 (EsimRat, 1) : NULL;
}

gboolean __wrap_esim_rat_check (const EsimRat *rat, const EsimProfileMetadata *metadata, gboolean installed,
                                gboolean *consent_required, GError **error);
gboolean
__wrap_esim_rat_check (const EsimRat *rat, const EsimProfileMetadata *metadata, gboolean installed,
                       gboolean *consent_required, GError **error)
{
  *consent_required = TRUE;
  return step ("rules", error);
}

/* The package: two segments. */

EsimBpp *__wrap_esim_bpp_new (const char *address, const char *transaction_id);
EsimBpp *
__wrap_esim_bpp_new (const char *address, const char *transaction_id)
{
  g_assert_cmpstr (transaction_id, ==, "0A0B");
  return g_malloc0 (1);
}

void __wrap_esim_bpp_free (EsimBpp *self);
void
__wrap_esim_bpp_free (EsimBpp *self)
{
  g_free (self);
}

gboolean __wrap_esim_bpp_feed (EsimBpp *self, GBytes *chunk, GError **error);
gboolean
__wrap_esim_bpp_feed (EsimBpp *self, GBytes *chunk, GError **error)
{
  return step ("feed", error);
}

gboolean __wrap_esim_bpp_finish (EsimBpp *self, GError **error);
gboolean
__wrap_esim_bpp_finish (EsimBpp *self, GError **error)
{
  return TRUE;
}

GBytes *__wrap_esim_bpp_next_segment (EsimBpp *self);
GBytes *
__wrap_esim_bpp_next_segment (EsimBpp *self)
{
  if (play.segments == 0)
    return NULL;
  play.segments--;
  return octets ();
}

GBytes *__wrap_esim_bpp_get_metadata_bytes (EsimBpp *self);
GBytes *
__wrap_esim_bpp_get_metadata_bytes (EsimBpp *self)
{
  static GBytes *bytes;

  if (bytes == NULL)
    bytes = octets ();
  return bytes;
}

gsize __wrap_esim_bpp_get_octets_total (EsimBpp *self);
gsize
__wrap_esim_bpp_get_octets_total (EsimBpp *self)
{
  return 2000;
}

gsize __wrap_esim_bpp_get_octets_given (EsimBpp *self);
gsize
__wrap_esim_bpp_get_octets_given (EsimBpp *self)
{
  return 2000 - 1000 * play.segments;
}

EsimProfileMetadata *__wrap_esim_profile_metadata_parse (GBytes *bytes, GError **error);
EsimProfileMetadata *
__wrap_esim_profile_metadata_parse (GBytes *bytes, GError **error)
{
  return make_metadata (play.packaged);
}

gboolean __wrap_esim_profile_metadata_equal (EsimProfileMetadata *shown, EsimProfileMetadata *packaged,
                                             GError **error);
gboolean
__wrap_esim_profile_metadata_equal (EsimProfileMetadata *shown, EsimProfileMetadata *packaged, GError **error)
{
  if (strcmp (shown->iccid, packaged->iccid) == 0)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR, "another profile");
  return FALSE;
}

EsimLoadResult *__wrap_esim_load_result_parse (GBytes *bytes, GError **error);
EsimLoadResult *
__wrap_esim_load_result_parse (GBytes *bytes, GError **error)
{
  g_autoptr (GBytes) notification = hex_bytes (OTHER_NOTIFICATION ("05", "780"));
  EsimLoadResult *result = g_new0 (EsimLoadResult, 1);

  result->installed = !play.refused;
  result->transaction_id = g_bytes_new_static ("\x0A\x0B", 2);
  result->notification = esim_notification_parse (notification, error);
  g_assert_nonnull (result->notification);
  result->command = result->installed ? -1 : 5;
  result->reason = result->installed ? -1 : 10;
  return result;
}

/* The person */

GVariant *__wrap_esim_asker_ask (EsimAsker *self, EsimOperation *operation,
                                 const EsimOperationQuestion *question, GError **error);
GVariant *
__wrap_esim_asker_ask (EsimAsker *self, EsimOperation *operation, const EsimOperationQuestion *question,
                       GError **error)
{
  g_variant_unref (g_variant_ref_sink (question->facts));
  g_assert_cmpuint (question->timeout_s, ==, 300);
  if (!step (question->type, error))
    return NULL;
  if (strcmp (question->type, ESIM_ASK_CONFIRMATION_CODE) == 0)
    return g_variant_ref_sink (g_variant_new_parsed ("{'code': <'4711'>}"));
  return g_variant_ref_sink (g_variant_new_parsed (play.answer));
}

/* The test */

typedef struct {
  HostFixture *host;
  EsimDownload download;
  gboolean ok;
  GError *error;
} Run;

static void
job (gpointer data)
{
  Run *run = data;

  run->ok = esim_download_run (&run->download, run->host->host, run->host->task, NULL, &run->error);
  esim_card_host_end (run->host->host, run->error);
}

static Run *
run_new (void)
{
  Run *run = g_new0 (Run, 1);

  memset (&play, 0, sizeof play);
  play.fail = "";
  play.answer = "{'consent': <true>}";
  play.class_ = ESIM_PROFILE_CLASS_OPERATIONAL;
  play.packaged = NEW_ICCID;
  play.segments = 2;
  play.trace = g_string_new (NULL);
  run->host = host_fixture_new ();
  run->download.eid = g_strdup (EID);
  run->download.address = g_strdup ("dp.test");
  run->download.matching_id = g_strdup ("MATCH");
  run->download.device = esim_device_new ();
  return run;
}

static void
run_free (Run *run)
{
  host_fixture_free (run->host);
  esim_download_clear (&run->download);
  g_clear_error (&run->error);
  g_string_free (play.trace, TRUE);
  g_free (run);
}

static const char *const one[] = {PROFILE (AID, "00", ""), NULL};
static const char *const both[] = {PROFILE (AID, "00", ""),
                                   "5A0A98106210325476981000 4F10" OTHER_AID "9F700100", NULL};

static void
expect_begin (Run *run)
{
  expect_session (run->host->card, EID);
  fake_card_expect (run->host->card, RETRIEVE_FRESH, PENDING_NONE "9000");
  expect_info (run->host->card);
}

static void
assert_nothing_left (Run *run)
{
  g_assert_cmpuint (host_fixture_count (run->host, ESIM_DOWNLOAD_KIND), ==, 0);
  g_assert_false (run->download.left);
  g_assert_null (run->download.confirmation_code);
}

static void
test_success (void)
{
  Run *run = run_new ();

  expect_begin (run);
  expect_list (run->host->card, one);
  expect_list (run->host->card, both);
  host_fixture_run (run->host, job, run);
  g_assert_no_error (run->error);
  g_assert_cmpstr (play.trace->str, ==,
                   "challenge initiate server client install-consent prepare package feed load load ");
  g_assert_cmpstr (run->download.iccid, ==, NEW_ICCID);
  g_assert_cmpstr (run->download.root_key_id, ==, KEY_ID);
  g_assert_nonnull (run->download.notification);
  g_assert_cmpuint (host_fixture_count (run->host, ESIM_OUTBOX_KIND), ==, 1);
  g_assert_cmpuint (host_fixture_count (run->host, "unsaved"), ==, 0);
  assert_nothing_left (run);
  run_free (run);
}

/* What fails, and what is said to card and server then. */
static void
test_failures (void)
{
  static const struct {
    const char *fail;
    int code;
    const char *tail;    /* of the trace, after the step that failed */
    gboolean is_listed;  /* the profiles were read */
    gboolean is_loading; /* the card is asked for a result */
    EsimPolicyRules rules;
  } cases[] = {
      {"challenge", ESIM_ERROR_CARD_ERROR, "", FALSE, FALSE, 0},
      {"initiate", ESIM_ERROR_SERVER_UNREACHABLE, "", FALSE, FALSE, 0},
      {"server", ESIM_ERROR_SERVER_NOT_TRUSTED, "cancel-1 tell ", FALSE, FALSE, 0},
      {"client", ESIM_ERROR_MATCHING_ID_REFUSED, "cancel-1 tell ", FALSE, FALSE, 0},
      {"rules", ESIM_ERROR_POLICY_VIOLATION, "cancel-3 tell ", TRUE, FALSE, ESIM_PPR_2_NO_DELETE},
      {ESIM_ASK_INSTALL, ESIM_ERROR_TIMED_OUT, "cancel-2 tell ", TRUE, FALSE, 0},
      {ESIM_ASK_INSTALL, ESIM_ERROR_CANCELLED, "cancel-0 tell ", TRUE, FALSE, 0},
      {ESIM_ASK_POLICY, ESIM_ERROR_TIMED_OUT, "cancel-2 tell ", TRUE, FALSE, ESIM_PPR_1_NO_DISABLE},
      {"prepare", ESIM_ERROR_SERVER_NOT_TRUSTED, "cancel-1 tell ", TRUE, FALSE, 0},
      {"package", ESIM_ERROR_SERVER_UNREACHABLE, "cancel-1 tell ", TRUE, FALSE, 0},
      {"feed", ESIM_ERROR_SERVER_ERROR, "cancel-1 tell ", TRUE, FALSE, 0},
      {"load", ESIM_ERROR_SERVER_ERROR, "cancel-5 tell ", TRUE, TRUE, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Run *run = run_new ();
    g_autofree char *end = g_strconcat (cases[i].fail, " ", cases[i].tail, NULL);

    g_test_message ("%s", end);
    play.fail = cases[i].fail;
    play.code = cases[i].code;
    play.rules = cases[i].rules;
    expect_begin (run);
    if (cases[i].is_listed)
      expect_list (run->host->card, one);
    if (cases[i].is_loading) {
      fake_card_expect (run->host->card, RETRIEVE_FRESH, PENDING_NONE "9000");
      expect_list (run->host->card, one);
    }
    host_fixture_run (run->host, job, run);
    g_assert_error (run->error, ESIM_ERROR, cases[i].code);
    if (!g_str_has_suffix (play.trace->str, end))
      g_assert_cmpstr (play.trace->str, ==, end);
    g_assert_cmpuint (host_fixture_count (run->host, ESIM_OUTBOX_KIND), ==, 0);
    assert_nothing_left (run);
    run_free (run);
  }
}

static void
test_answers (void)
{
  static const struct {
    const char *answer;
    const char *tail;
  } cases[] = {
      {"{'consent': <false>}", "install-consent cancel-0 tell "},
      {"{'consent': <false>, 'postpone': <true>}", "install-consent cancel-1 tell "},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Run *run = run_new ();

    play.answer = cases[i].answer;
    expect_begin (run);
    expect_list (run->host->card, one);
    host_fixture_run (run->host, job, run);
    g_assert_error (run->error, ESIM_ERROR, ESIM_ERROR_CONSENT_DENIED);
    g_assert_true (g_str_has_suffix (play.trace->str, cases[i].tail));
    assert_nothing_left (run);
    run_free (run);
  }
}

/* Nothing of it goes to the card. */
static void
test_other_metadata (void)
{
  Run *run = run_new ();

  play.packaged = "89012601234567890999";
  expect_begin (run);
  expect_list (run->host->card, one);
  host_fixture_run (run->host, job, run);
  g_assert_error (run->error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
  g_assert_true (g_str_has_suffix (play.trace->str, "package feed cancel-4 tell "));
  g_assert_cmpuint (host_fixture_count (run->host, "unsaved"), ==, 0);
  assert_nothing_left (run);
  run_free (run);
}

static void
test_test_profile (void)
{
  Run *run = run_new ();

  play.class_ = ESIM_PROFILE_CLASS_TEST;
  expect_begin (run);
  expect_list (run->host->card, one);
  host_fixture_run (run->host, job, run);
  g_assert_error (run->error, ESIM_ERROR, ESIM_ERROR_TEST_PROFILE);
  g_assert_true (g_str_has_suffix (play.trace->str, "client cancel-1 tell "));
  assert_nothing_left (run);
  run_free (run);
}

static void
test_profile_exists (void)
{
  Run *run = run_new ();

  expect_begin (run);
  expect_list (run->host->card, both);
  host_fixture_run (run->host, job, run);
  g_assert_error (run->error, ESIM_ERROR, ESIM_ERROR_PROFILE_EXISTS);
  g_assert_true (g_str_has_suffix (play.trace->str, "client cancel-1 tell "));
  assert_nothing_left (run);
  run_free (run);
}

/* A result that is a failure is a result: it is saved, and nothing is cancelled. */
static void
test_the_card_refuses (void)
{
  Run *run = run_new ();

  play.refused = TRUE;
  expect_begin (run);
  expect_list (run->host->card, one);
  host_fixture_run (run->host, job, run);
  g_assert_error (run->error, ESIM_ERROR, ESIM_ERROR_INSUFFICIENT_MEMORY);
  g_assert_true (g_str_has_suffix (play.trace->str, "load load "));
  g_assert_cmpuint (host_fixture_count (run->host, ESIM_OUTBOX_KIND), ==, 1);
  assert_nothing_left (run);
  run_free (run);
}

static void
test_a_code_is_asked_for (void)
{
  Run *run = run_new ();

  play.code_required = TRUE;
  expect_begin (run);
  expect_list (run->host->card, one);
  expect_list (run->host->card, both);
  host_fixture_run (run->host, job, run);
  g_assert_no_error (run->error);
  g_assert_nonnull (strstr (play.trace->str, "install-consent confirmation-code prepare "));
  assert_nothing_left (run);
  run_free (run);
}

/* The body of an answer with an HTTP status of its own says more than that. */
static void
test_refused_package (void)
{
  static const struct {
    const char *body;
    int code;
  } cases[] = {
      {"{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\",\"statusCodeData\":{"
       "\"subjectCode\":\"8.2.6\",\"reasonCode\":\"3.8\"}}}}",
       ESIM_ERROR_MATCHING_ID_REFUSED},
      {"<html>no</html>", ESIM_ERROR_SERVER_ERROR},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Run *run = run_new ();
    g_autoptr (GVariant) details = NULL;
    guint32 status = 0;

    play.refusal = cases[i].body;
    expect_begin (run);
    expect_list (run->host->card, one);
    host_fixture_run (run->host, job, run);
    g_assert_error (run->error, ESIM_ERROR, cases[i].code);
    details = esim_error_dup_details (run->error);
    g_assert_true (g_variant_lookup (details, ESIM_DETAIL_HTTP_STATUS, "u", &status));
    g_assert_cmpuint (status, ==, 500);
    g_assert_true (g_str_has_suffix (play.trace->str, "package cancel-1 tell "));
    assert_nothing_left (run);
    run_free (run);
  }
}

/* The card's answer was lost and it has no result any more, but the profile. */
static void
test_lost_result (void)
{
  Run *run = run_new ();

  play.fail = "load";
  play.code = ESIM_ERROR_MODEM_ERROR;
  expect_begin (run);
  expect_list (run->host->card, one);
  fake_card_expect (run->host->card, RETRIEVE_FRESH, PENDING_NONE "9000");
  expect_list (run->host->card, both);
  expect_list (run->host->card, both);
  host_fixture_run (run->host, job, run);
  g_assert_no_error (run->error);
  g_assert_true (run->ok);
  g_assert_null (strstr (play.trace->str, "cancel"));
  g_assert_null (run->download.notification);
  assert_nothing_left (run);
  run_free (run);
}

/* The card fell silent amid the loading, and again when it was asked what it has: it may have the profile, so
 * that a cancel, which it would refuse, must not make a failure of it. */
static void
test_unknown_result (void)
{
  Run *run = run_new ();
  g_autoptr (GPtrArray) records = NULL;
  const EsimDownloadRecord *record;

  play.fail = "load";
  play.code = ESIM_ERROR_MODEM_ERROR;
  expect_begin (run);
  expect_list (run->host->card, one);
  fake_card_expect (run->host->card, RETRIEVE_FRESH, "6F00");
  host_fixture_run (run->host, job, run);
  g_assert_error (run->error, ESIM_ERROR, ESIM_ERROR_MODEM_ERROR);
  g_assert_null (strstr (play.trace->str, "cancel"));
  g_assert_true (run->download.left);
  records = esim_download_record_list (run->host->store, EID, NULL);
  g_assert_cmpuint (records->len, ==, 1);
  record = g_ptr_array_index (records, 0);
  g_assert_cmpint (record->step, ==, ESIM_DOWNLOAD_LOADING);
  g_assert_false (record->told);
  run_free (run);
}

/* What the card signed is kept for a server that is out of reach. */
static void
test_told_later (void)
{
  Run *run = run_new ();
  g_autoptr (GPtrArray) records = NULL;
  const EsimDownloadRecord *record;

  play.answer = "{'consent': <false>}";
  play.unreachable = TRUE;
  expect_begin (run);
  expect_list (run->host->card, one);
  host_fixture_run (run->host, job, run);
  g_assert_error (run->error, ESIM_ERROR, ESIM_ERROR_CONSENT_DENIED);
  g_assert_true (run->download.left);
  records = esim_download_record_list (run->host->store, EID, NULL);
  g_assert_cmpuint (records->len, ==, 1);
  record = g_ptr_array_index (records, 0);
  g_assert_cmpint (record->step, ==, ESIM_DOWNLOAD_CANCELLING);
  g_assert_nonnull (record->cancel);
  g_assert_true (record->told);
  run_free (run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/download/success", test_success);
  g_test_add_func ("/download/failures", test_failures);
  g_test_add_func ("/download/answers", test_answers);
  g_test_add_func ("/download/other-metadata", test_other_metadata);
  g_test_add_func ("/download/test-profile", test_test_profile);
  g_test_add_func ("/download/profile-exists", test_profile_exists);
  g_test_add_func ("/download/the-card-refuses", test_the_card_refuses);
  g_test_add_func ("/download/a-code-is-asked-for", test_a_code_is_asked_for);
  g_test_add_func ("/download/refused-package", test_refused_package);
  g_test_add_func ("/download/lost-result", test_lost_result);
  g_test_add_func ("/download/unknown-result", test_unknown_result);
  g_test_add_func ("/download/told-later", test_told_later);
  return g_test_run ();
}
