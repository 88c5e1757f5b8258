/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ts43-fixture.h"
#include "esim-answer.h"
#include "esim-error.h"
#include "folder.h"
#include "hex.h"
#include "host-fixture.h"
#include "portal-fixture.h"

#include <string.h>

EsimDeregistrationRecord *
ts43_fixture_new (void)
{
  EsimDeregistrationRecord *record = portal_fixture_record (ESIM_STAGE_PREPARING);
  const EsimQuestionContext context = {NULL, "", NULL};
  g_autoptr (GVariant) yes = portal_fixture_answer ("'consent': <true>");

  esim_set_string (&record->method, ESIM_METHOD_TS43);
  record->recipients = 1;
  esim_answer_apply (ESIM_QUESTION_CONSENT, record, NULL, &context, yes, START);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_VERIFYING_IDENTITY);
  return record;
}

EsimDeregistrationRecord *
ts43_fixture_listed (void)
{
  EsimDeregistrationRecord *record = ts43_fixture_new ();

  SHOWN (said, 1);
  esim_ts43_take_authentication (record, ESIM_TS43_WAY_SIM, NULL, START);
  esim_ts43_take_baseline (record, &said, NULL, START);
  g_assert_cmpint (record->ts43.baseline, ==, START);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_SUBMITTING);
  return record;
}

EsimDeregistrationRecord *
ts43_fixture_sent (void)
{
  EsimDeregistrationRecord *record = ts43_fixture_listed ();

  esim_ts43_begin_submission (record, 1, FALSE, START);
  return record;
}

EsimDeregistrationRecord *
ts43_fixture_acknowledged (void)
{
  EsimDeregistrationRecord *record = ts43_fixture_sent ();

  ts43_fixture_result (record, 1, 3, START);
  g_assert_cmpint (record->stage, ==, ESIM_STAGE_IN_REVIEW);
  return record;
}

void
ts43_fixture_list (EsimTs43Said *said, int status)
{
  const EsimTs43Entry entries[] = {{"8965880812100099999", 1, 0},
                                   {status == -2 ? NULL : ICCID, (guint) MAX (status, 0), 0}};
  g_autoptr (GPtrArray) others = g_ptr_array_new ();

  said->operation_result = 1;
  esim_ts43_said_take_list (said, ICCID, entries, status == -1 ? 0 : status == 0 ? 1 : 2, others);
  said->others = NULL;
}

void
ts43_fixture_poll (EsimDeregistrationRecord *record, int status, gint64 at)
{
  SHOWN (said, status);
  esim_ts43_take_poll (record, NULL, &said, NULL, at);
}

GError *
ts43_fixture_error (guint status)
{
  GError *error = g_error_new (ESIM_ERROR,
                               status == 0     ? ESIM_ERROR_NO_CONNECTIVITY
                               : status == 403 ? ESIM_ERROR_CARRIER_AUTHENTICATION_FAILED
                                               : ESIM_ERROR_CARRIER_ERROR,
                               "status %u", status);

  if (status != 0)
    esim_error_set_detail (error, ESIM_DETAIL_HTTP_STATUS, g_variant_new_uint32 (status));
  return error;
}

void
ts43_fixture_fail (EsimDeregistrationRecord *record, guint status, gint64 at)
{
  g_autoptr (GError) error = ts43_fixture_error (status);

  esim_ts43_take_poll (record, NULL, NULL, error, at);
}

void
ts43_fixture_result (EsimDeregistrationRecord *record, int operation, int result, gint64 at)
{
  EsimTs43Said said = ESIM_TS43_SAID_INIT (ESIM_TS43_MANAGE_SUBSCRIPTION);

  said.operation_result = operation;
  said.subscription_result = result;
  said.has_page = result == 1;
  said.has_message = result == 8;
  said.digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  said.host = "aes.lab.example";
  esim_ts43_take_submission (record, NULL, &said, NULL, at);
}

void
ts43_fixture_answer (EsimDeregistrationRecord *record, EsimQuestion question, const char *text, gint64 at)
{
  EsimTs43Dialog dialog = {
      .stop_at = (char *) "https://aes.lab.example/cb", .accepts = TRUE, .rejects = TRUE, .free_text = TRUE};
  const EsimQuestionContext context = {NULL, "", &dialog};
  g_autoptr (GVariant) answer = portal_fixture_answer (text);
  g_autoptr (GError) error = NULL;
  gboolean ok;

  g_assert_cmpint (esim_question_find (record, NULL), ==, question);
  ok = esim_answer_check (question, record, NULL, &context, answer, at, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  esim_answer_apply (question, record, NULL, &context, answer, at);
}

void
ts43_fixture_refuse (EsimDeregistrationRecord *record, EsimQuestion question, const char *text,
                     const char *key)
{
  EsimTs43Dialog dialog = {.stop_at = (char *) "https://aes.lab.example/cb", .accepts = TRUE};
  const EsimQuestionContext context = {NULL, "", &dialog};
  g_autoptr (GVariant) answer = portal_fixture_answer (text);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (esim_question_find (record, NULL), ==, question);
  g_assert_false (esim_answer_check (question, record, NULL, &context, answer, START, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, key));
}

EsimDeregistrationRecord *
ts43_fixture_reread (const EsimDeregistrationRecord *record)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimStore) store = esim_store_new (folder, &error);
  g_autoptr (GKeyFile) file = NULL;
  EsimDeregistrationRecord *read;

  g_assert_true (esim_deregistration_record_write (record, store, &error));
  g_assert_no_error (error);
  file = esim_store_read (store, ESIM_DEREGISTRATION_KIND, record->id, ESIM_DEREGISTRATION_VERSION, &error);
  g_assert_no_error (error);
  read = esim_deregistration_record_read (record->id, file, &error);
  g_assert_no_error (error);
  assert_same_record (record, read);
  return read;
}
