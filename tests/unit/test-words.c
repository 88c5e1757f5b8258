/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a server, a card and a package's loading may say: each code of the standard has a sentence, says what
 * to do, and keeps its numbers. */
#include "esim-bpp-words.h"
#include "esim-error.h"
#include "esim-es9-words.h"
#include "esim-rsp-words.h"

#include <string.h>

/* A sentence for a person: begins and ends like one, and has something to do in it. */
static void
check_sentence (const char *text)
{
  static const char *const steps[] = {"sk ",  "ell ",    "ry again",        "elete ", "heck ", "se ",
                                      "ook ", "isable ", "nable ",          "egin ",  "ead ",  "ive it ",
                                      "ake ", "nter ",   "Nothing is left", " go on "};
  gsize length = strlen (text);

  g_test_message ("%s", text);
  g_assert_cmpuint (length, >, 20);
  g_assert_true (g_ascii_isupper (text[0]));
  g_assert_cmpint (text[length - 1], ==, '.');
  g_assert_null (strstr (text, "  "));
  g_assert_null (strstr (text, ".."));
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (strstr (text, steps[i]) != NULL)
      return;
  g_error ("Nothing to do in it: %s", text);
}

static GError *
make_server_error (const char *subject, const char *reason, const char *text)
{
  EsimEs9Answer answer = {ESIM_ES9_STATUS_FAILED, (char *) subject, (char *) reason, (char *) text};

  return esim_es9_words_make_error ("smdp.example.com", &answer);
}

static void
check_detail (const GError *error, const char *key, const char *wanted)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  const char *value = NULL;

  g_assert_cmpint (g_variant_lookup (details, key, "&s", &value), ==, wanted != NULL);
  g_assert_cmpstr (value, ==, wanted);
}

static const struct {
  const char *subject;
  const char *reason;
  EsimError code;
} refusals[] = {
    {"8.1", "4.8", ESIM_ERROR_INSUFFICIENT_MEMORY},
    {"8.1", "6.1", ESIM_ERROR_SERVER_ERROR},
    {"8.1.1", "2.2", ESIM_ERROR_SERVER_ERROR},
    {"8.1.1", "3.8", ESIM_ERROR_EID_MISMATCH},
    {"8.1.1", "3.10", ESIM_ERROR_EID_MISMATCH},
    {"8.1.2", "6.1", ESIM_ERROR_SERVER_ERROR},
    {"8.1.2", "6.3", ESIM_ERROR_SERVER_ERROR},
    {"8.1.3", "6.1", ESIM_ERROR_SERVER_ERROR},
    {"8.1.3", "6.3", ESIM_ERROR_SERVER_ERROR},
    {"8.1.4", "6.1", ESIM_ERROR_SERVER_ERROR},
    {"8.2", "1.2", ESIM_ERROR_NOT_RELEASED},
    {"8.2", "3.7", ESIM_ERROR_SERVER_ERROR},
    {"8.2.5", "4.3", ESIM_ERROR_NOT_SUPPORTED},
    {"8.2.6", "3.3", ESIM_ERROR_MATCHING_ID_REFUSED},
    {"8.2.6", "3.8", ESIM_ERROR_MATCHING_ID_REFUSED},
    {"8.2.6", "3.10", ESIM_ERROR_MATCHING_ID_REFUSED},
    {"8.2.7", "2.2", ESIM_ERROR_CONFIRMATION_CODE_REQUIRED},
    {"8.2.7", "3.8", ESIM_ERROR_CONFIRMATION_CODE_INVALID},
    {"8.2.7", "6.4", ESIM_ERROR_CONFIRMATION_CODE_RETRIES_EXCEEDED},
    {"8.8", "3.10", ESIM_ERROR_SERVER_ERROR},
    {"8.8.1", "3.8", ESIM_ERROR_SERVER_ERROR},
    {"8.8.2", "3.1", ESIM_ERROR_NOT_SUPPORTED},
    {"8.8.3", "3.1", ESIM_ERROR_NOT_SUPPORTED},
    {"8.8.4", "3.7", ESIM_ERROR_NOT_SUPPORTED},
    {"8.8.5", "4.10", ESIM_ERROR_ORDER_EXPIRED},
    {"8.8.5", "6.4", ESIM_ERROR_ORDER_EXPIRED},
    {"8.9.1", "3.8", ESIM_ERROR_SERVER_ERROR},
    {"8.9.2", "3.1", ESIM_ERROR_NOT_SUPPORTED},
    {"8.9.3", "3.1", ESIM_ERROR_NOT_SUPPORTED},
    {"8.9.4", "3.7", ESIM_ERROR_NOT_SUPPORTED},
    {"8.9.5", "3.9", ESIM_ERROR_NOT_FOUND},
    {"8.10.1", "3.9", ESIM_ERROR_SERVER_ERROR},
    {"8.11.1", "3.9", ESIM_ERROR_SERVER_ERROR},
};

static void
test_refusals (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++) {
    g_autoptr (GError) error = make_server_error (refusals[i].subject, refusals[i].reason, "their words");
    g_autofree char *codes =
        g_strdup_printf ("(subject %s, reason %s)", refusals[i].subject, refusals[i].reason);
    const char *words = esim_es9_words_lookup (refusals[i].subject, refusals[i].reason);

    check_sentence (words);
    check_sentence (error->message);
    g_assert_nonnull (strstr (error->message, words));
    g_assert_nonnull (strstr (error->message, codes));
    g_assert_nonnull (strstr (error->message, "smdp.example.com"));
    g_assert_error (error, ESIM_ERROR, (int) refusals[i].code);
    g_assert_cmpint (esim_es9_words_get_code (refusals[i].subject, refusals[i].reason), ==, refusals[i].code);
    check_detail (error, ESIM_DETAIL_SUBJECT_CODE, refusals[i].subject);
    check_detail (error, ESIM_DETAIL_REASON_CODE, refusals[i].reason);
    check_detail (error, ESIM_DETAIL_SERVER_TEXT, "their words");
    g_assert_true (g_hash_table_add (seen, g_strdup (words)));
  }
}

/* Every pair that the standard's lists make has words, also where no function of it gives that pair. */
static void
test_other_refusals (void)
{
  static const struct {
    const char *subject;
    const char *reason;
    const char *text;
    const char *words;
  } cases[] = {
      {"8.2.9", "2.1", NULL, "the profile's metadata is not valid"},
      {"8.8", "5.1", "x", "the server cannot be reached"},
      {"8.10", "4.2", NULL, "the operation could not be dealt with"},
      {"8.99", "3.8", "their words", "“their words”"},
      {"8.1", "9.9", "their words", "“their words”"},
      {"8.1", NULL, NULL, "does not say why"},
      {NULL, "3.8", NULL, "does not say why"},
      {NULL, NULL, NULL, "does not say why"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = make_server_error (cases[i].subject, cases[i].reason, cases[i].text);

    check_sentence (error->message);
    g_assert_nonnull (strstr (error->message, cases[i].words));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR);
    check_detail (error, ESIM_DETAIL_SUBJECT_CODE, cases[i].subject);
    check_detail (error, ESIM_DETAIL_REASON_CODE, cases[i].reason);
    check_detail (error, ESIM_DETAIL_SERVER_TEXT, cases[i].text);
  }
}

static void
test_expired (void)
{
  EsimEs9Answer answer = {.status = ESIM_ES9_STATUS_EXPIRED};
  g_autoptr (GError) error = esim_es9_words_make_error ("smdp.example.com", &answer);

  check_sentence (error->message);
  g_assert_nonnull (strstr (error->message, "too late"));
}

static const struct {
  EsimEs10Function function;
  guint result;
  EsimError code;
} results[] = {
    {ESIM_ES10_GET_PROFILES_INFO, 1, ESIM_ERROR_CARD_ERROR},
    {ESIM_ES10_GET_PROFILES_INFO, 11, ESIM_ERROR_BUSY},
    {ESIM_ES10_ENABLE, 1, ESIM_ERROR_NOT_FOUND},
    {ESIM_ES10_ENABLE, 2, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_ENABLE, 3, ESIM_ERROR_POLICY_VIOLATION},
    {ESIM_ES10_ENABLE, 4, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_ENABLE, 5, ESIM_ERROR_BUSY},
    {ESIM_ES10_ENABLE, 6, ESIM_ERROR_POLICY_VIOLATION},
    {ESIM_ES10_ENABLE, 7, ESIM_ERROR_CARD_ERROR},
    {ESIM_ES10_ENABLE, 9, ESIM_ERROR_BUSY},
    {ESIM_ES10_ENABLE, 10, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_DISABLE, 1, ESIM_ERROR_NOT_FOUND},
    {ESIM_ES10_DISABLE, 2, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_DISABLE, 3, ESIM_ERROR_POLICY_VIOLATION},
    {ESIM_ES10_DISABLE, 5, ESIM_ERROR_BUSY},
    {ESIM_ES10_DISABLE, 6, ESIM_ERROR_POLICY_VIOLATION},
    {ESIM_ES10_DISABLE, 7, ESIM_ERROR_CARD_ERROR},
    {ESIM_ES10_DISABLE, 9, ESIM_ERROR_BUSY},
    {ESIM_ES10_DELETE, 1, ESIM_ERROR_NOT_FOUND},
    {ESIM_ES10_DELETE, 2, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_DELETE, 3, ESIM_ERROR_POLICY_VIOLATION},
    {ESIM_ES10_DELETE, 4, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_DELETE, 7, ESIM_ERROR_CARD_ERROR},
    {ESIM_ES10_SET_NICKNAME, 1, ESIM_ERROR_NOT_FOUND},
    {ESIM_ES10_NOTIFICATION_SENT, 1, ESIM_ERROR_NOT_FOUND},
    {ESIM_ES10_AUTHENTICATE_SERVER, 1, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 2, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 3, ESIM_ERROR_NOT_SUPPORTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 4, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_AUTHENTICATE_SERVER, 5, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 6, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_AUTHENTICATE_SERVER, 7, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 8, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_AUTHENTICATE_SERVER, 9, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 10, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 11, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 12, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 13, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_AUTHENTICATE_SERVER, 14, ESIM_ERROR_NOT_FOUND},
    {ESIM_ES10_PREPARE_DOWNLOAD, 1, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_PREPARE_DOWNLOAD, 2, ESIM_ERROR_SERVER_NOT_TRUSTED},
    {ESIM_ES10_PREPARE_DOWNLOAD, 3, ESIM_ERROR_NOT_SUPPORTED},
    {ESIM_ES10_PREPARE_DOWNLOAD, 4, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_PREPARE_DOWNLOAD, 5, ESIM_ERROR_WRONG_STATE},
    {ESIM_ES10_CANCEL_SESSION, 5, ESIM_ERROR_NOT_FOUND},
    {ESIM_ES10_MEMORY_RESET, 1, ESIM_ERROR_NOT_FOUND},
    {ESIM_ES10_MEMORY_RESET, 5, ESIM_ERROR_BUSY},
    {ESIM_ES10_SET_DEFAULT_ADDRESS, 8, ESIM_ERROR_NOT_SUPPORTED},
};

static void
check_number (const GError *error, const char *key, gint32 wanted)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  gint32 value = -1;

  g_assert_true (g_variant_lookup (details, key, "i", &value));
  g_assert_cmpint (value, ==, wanted);
}

static gboolean
is_known (const GError *error)
{
  return strstr (error->message, "does not know") == NULL || strstr (error->message, "this version") == NULL;
}

static void
test_results (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (esim_rsp_check_result (results[i].function, results[i].result, &error));
    g_assert_error (error, ESIM_ERROR, (int) results[i].code);
    g_assert_true (is_known (error));
    check_sentence (error->message);
    check_number (error, ESIM_DETAIL_RESULT_CODE, (gint32) results[i].result);
    check_detail (error, ESIM_DETAIL_FUNCTION, esim_es10_function_to_string (results[i].function));
    g_assert_cmpstr (esim_es10_function_to_string (results[i].function), !=, "unknown");
  }
}

/* 127 is the same everywhere, and a number from the future keeps its raw form. */
static void
test_other_results (void)
{
  static const guint64 numbers[] = {127, 77, G_MAXUINT64};

  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    for (guint j = 0; j < G_N_ELEMENTS (numbers); j++) {
      g_autoptr (GError) error = NULL;

      g_assert_false (esim_rsp_check_result (results[i].function, numbers[j], &error));
      g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
      g_assert_cmpint (is_known (error), ==, numbers[j] == 127);
      check_sentence (error->message);
      check_number (error, ESIM_DETAIL_RESULT_CODE, (gint32) MIN (numbers[j], G_MAXINT32));
    }
    g_assert_true (esim_rsp_check_result (results[i].function, 0, NULL));
  }
}

static const struct {
  guint reason;
  EsimError code;
} loading[] = {
    {1, ESIM_ERROR_SERVER_ERROR},      {2, ESIM_ERROR_SERVER_ERROR},
    {3, ESIM_ERROR_SERVER_ERROR},      {4, ESIM_ERROR_SERVER_ERROR},
    {5, ESIM_ERROR_SERVER_ERROR},      {6, ESIM_ERROR_NOT_SUPPORTED},
    {7, ESIM_ERROR_SERVER_ERROR},      {8, ESIM_ERROR_SERVER_ERROR},
    {9, ESIM_ERROR_PROFILE_EXISTS},    {10, ESIM_ERROR_INSUFFICIENT_MEMORY},
    {11, ESIM_ERROR_CARD_ERROR},       {12, ESIM_ERROR_CARD_ERROR},
    {13, ESIM_ERROR_SERVER_ERROR},     {14, ESIM_ERROR_TEST_PROFILE},
    {15, ESIM_ERROR_POLICY_VIOLATION}, {17, ESIM_ERROR_NOT_SUPPORTED},
    {18, ESIM_ERROR_POLICY_VIOLATION}, {19, ESIM_ERROR_POLICY_VIOLATION},
    {20, ESIM_ERROR_POLICY_VIOLATION}, {21, ESIM_ERROR_SERVER_ERROR},
    {22, ESIM_ERROR_POLICY_VIOLATION}, {23, ESIM_ERROR_NOT_SUPPORTED},
    {26, ESIM_ERROR_SERVER_ERROR},     {31, ESIM_ERROR_POLICY_VIOLATION},
    {32, ESIM_ERROR_POLICY_VIOLATION}, {127, ESIM_ERROR_CARD_ERROR},
};

static void
test_loading (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (loading); i++) {
    g_autoptr (GError) error = esim_bpp_words_make_error (i % 6, loading[i].reason);

    check_sentence (error->message);
    g_assert_true (is_known (error));
    g_assert_error (error, ESIM_ERROR, (int) loading[i].code);
    check_number (error, ESIM_DETAIL_BPP_COMMAND, (gint32) (i % 6));
    check_number (error, ESIM_DETAIL_BPP_ERROR, (gint32) loading[i].reason);
    g_assert_cmpint (esim_bpp_words_is_temporary (loading[i].reason), ==,
                     loading[i].reason == 10 || loading[i].reason == 11);
  }
}

static void
test_other_loading (void)
{
  static const guint64 numbers[] = {0, 16, 24, 33, 126, 128, G_MAXUINT64};

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autoptr (GError) error = esim_bpp_words_make_error (numbers[i], numbers[i]);

    check_sentence (error->message);
    g_assert_false (is_known (error));
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR);
    check_number (error, ESIM_DETAIL_BPP_ERROR, (gint32) MIN (numbers[i], G_MAXINT32));
    check_number (error, ESIM_DETAIL_BPP_COMMAND, (gint32) MIN (numbers[i], G_MAXINT32));
  }
  g_assert_cmpstr (esim_bpp_words_get_command (0), ==, "initialiseSecureChannel");
  g_assert_cmpstr (esim_bpp_words_get_command (5), ==, "loadProfileElements");
  g_assert_cmpstr (esim_bpp_words_get_command (6), ==, "unknown");
  g_assert_cmpstr (esim_bpp_words_get_command (G_MAXUINT64), ==, "unknown");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/refusals", test_refusals);
  g_test_add_func ("/words/other-refusals", test_other_refusals);
  g_test_add_func ("/words/expired", test_expired);
  g_test_add_func ("/words/results", test_results);
  g_test_add_func ("/words/other-results", test_other_results);
  g_test_add_func ("/words/loading", test_loading);
  g_test_add_func ("/words/other-loading", test_other_loading);
  return g_test_run ();
}
