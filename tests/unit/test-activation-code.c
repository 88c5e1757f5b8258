/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-activation-code.h"
#include "esim-error.h"

#include <string.h>

#define HOST "smdp.example.com"

static void
test_good (void)
{
  static const struct {
    const char *text;
    const char *address;
    const char *matching_id;
    const char *oid;
    gboolean confirmation;
    const char *key_id;
    gboolean device_change;
  } cases[] = {
      {"LPA:1$" HOST "$04386-AGYFT-A74Y8-3F815", HOST, "04386-AGYFT-A74Y8-3F815"},
      {"1$" HOST "$04386-AGYFT-A74Y8-3F815", HOST, "04386-AGYFT-A74Y8-3F815"},
      {"lpa:1$SMDP.EXAMPLE.COM$A", HOST, "A"},
      {" \tLPA:1$" HOST "$A\n", HOST, "A"},
      {"1$" HOST "$", HOST, ""},
      {"1$" HOST "$A$1.3.6.1.4.1.31746", HOST, "A", "1.3.6.1.4.1.31746"},
      {"1$" HOST "$A$1.3.6.1.4.1.31746$1", HOST, "A", "1.3.6.1.4.1.31746", TRUE},
      {"1$" HOST "$A$$1", HOST, "A", NULL, TRUE},
      {"1$" HOST "$$1.3.6.1.4.1.31746", HOST, "", "1.3.6.1.4.1.31746"},
      {"1$" HOST "$$$1", HOST, "", NULL, TRUE},
      {"1$" HOST "$A$", HOST, "A"},
      {"1$" HOST "$A$$", HOST, "A"},
      {"1$" HOST "$A$$$f541", HOST, "A", NULL, FALSE, "F541"},
      {"1$" HOST "$A$$1$F541$1", HOST, "A", NULL, TRUE, "F541", TRUE},
      {"1$" HOST "$A$$$$1", HOST, "A", NULL, FALSE, NULL, TRUE},
      {"1$" HOST "$A$2.23.146.1.0", HOST, "A", "2.23.146.1.0"},
      {"1$" HOST "$A$2.999", HOST, "A", "2.999"},
      {"1$" HOST "$A$0.39", HOST, "A", "0.39"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (EsimActivationCode) code = esim_activation_code_parse (cases[i].text, &error);

    g_test_message ("%s", cases[i].text);
    g_assert_no_error (error);
    g_assert_cmpstr (code->smdp_address, ==, cases[i].address);
    g_assert_cmpstr (code->matching_id, ==, cases[i].matching_id);
    g_assert_cmpstr (code->smdp_oid, ==, cases[i].oid);
    g_assert_cmpint (code->confirmation_code_required, ==, cases[i].confirmation);
    g_assert_cmpstr (code->ci_key_id, ==, cases[i].key_id);
    g_assert_cmpint (code->device_change, ==, cases[i].device_change);
  }
  esim_activation_code_free (NULL);
}

static void
assert_refused (const char *text, guint position, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimActivationCode) code = esim_activation_code_parse (text, &error);
  g_autoptr (GVariant) details = NULL;
  const char *told = NULL;
  guint where = 0;

  g_test_message ("%s", text);
  g_assert_null (code);
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ACTIVATION_CODE);
  details = esim_error_dup_details (error);
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_POSITION, "u", &where));
  g_assert_true (g_variant_lookup (details, ESIM_DETAIL_PART, "&s", &told));
  g_assert_cmpstr (told, ==, part);
  g_assert_cmpuint (where, ==, position);
}

/* Blanks and all: somebody hands over a page, not a code. */
static void
test_long_text (void)
{
  g_autofree char *code = g_strdup_printf ("%*s1$" HOST "$A", 64, "");
  g_autofree char *longest = g_strdup_printf ("%-*s", ESIM_ACTIVATION_CODE_TEXT_MAX, code);
  g_autofree char *longer = g_strconcat (longest, " ", NULL);
  g_autoptr (EsimActivationCode) parsed = esim_activation_code_parse (longest, NULL);

  g_assert_nonnull (parsed);
  assert_refused (longer, ESIM_ACTIVATION_CODE_TEXT_MAX + 1, "code");
}

static void
test_bad (void)
{
  static const struct {
    const char *text;
    guint position;
    const char *part;
  } cases[] = {
      {"", 1, "code"},
      {"   ", 4, "code"},
      {"LPA:", 5, "code"},
      {"1", 2, "code"},
      {"1$" HOST, 19, "code"},
      {"LPA:1$" HOST, 23, "code"},
      {"2$" HOST "$A", 1, "format"},
      {"LPA:2$" HOST "$A", 5, "format"},
      {"11$" HOST "$A", 1, "format"},
      {"$" HOST "$A", 1, "format"},
      {HOST "$A", 1, "format"},
      {"https://" HOST "/", 1, "format"},
      {"1$$A", 3, "address"},
      {"1$smdp example.com$A", 7, "address"},
      {"1$smdp.example.com:443$A", 19, "address"},
      {"1$user@" HOST "$A", 7, "address"},
      {"1$" HOST "/x$A", 19, "address"},
      {"1$127.0.0.1$A", 3, "address"},
      {"1$localhost$A", 3, "address"},
      {"1$[::1]$A", 3, "address"},
      {"1$smdp..example.com$A", 3, "address"},
      {"1$smdp.example.com.$A", 3, "address"},
      {"1$sm\xC3\xB6.example.com$A", 5, "address"},
      {"1$" HOST "$AbC", 21, "matching-id"},
      {"1$" HOST "$A B", 21, "matching-id"},
      {"1$" HOST "$A_B", 21, "matching-id"},
      {"1$" HOST "$\xC3\x84", 20, "matching-id"},
      {"1$" HOST "$A$1", 23, "oid"},
      {"1$" HOST "$A$1.", 24, "oid"},
      {"1$" HOST "$A$.1", 22, "oid"},
      {"1$" HOST "$A$1..2", 24, "oid"},
      {"1$" HOST "$A$1.03", 24, "oid"},
      {"1$" HOST "$A$3.1", 22, "oid"},
      {"1$" HOST "$A$1.40", 24, "oid"},
      {"1$" HOST "$A$1.3.x", 26, "oid"},
      {"1$" HOST "$A$1.3.6$2", 28, "confirmation-flag"},
      {"1$" HOST "$A$$0", 23, "confirmation-flag"},
      {"1$" HOST "$A$$11", 24, "confirmation-flag"},
      {"1$" HOST "$A$$1$G1", 25, "ci-key-id"},
      {"1$" HOST "$A$$1$ABC", 28, "ci-key-id"},
      {"1$" HOST "$A$$1$AB$2", 28, "device-change-flag"},
      {"1$" HOST "$A$$1$AB$1$", 30, "code"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (cases[i].text, cases[i].position, cases[i].part);
}

/* 255 characters are allowed, without the prefix. */
static void
test_length (void)
{
  g_autoptr (GString) text = g_string_new ("LPA:1$" HOST "$");
  g_autoptr (EsimActivationCode) code = NULL;

  while (text->len < 4 + 255)
    g_string_append_c (text, 'A');
  code = esim_activation_code_parse (text->str, NULL);
  g_assert_nonnull (code);
  g_string_append_c (text, 'A');
  assert_refused (text->str, 4 + 256, "code");
}

/* It is as good as a password: no error may repeat it. */
static void
test_quiet (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimActivationCode) code = esim_activation_code_parse ("1$" HOST "$SECRET-TOKEN-x", &error);

  g_assert_null (code);
  g_assert_null (strstr (error->message, "SECRET"));
  g_assert_null (strstr (error->message, HOST));
}

static void
test_matching_id (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *longest = g_strnfill (255, 'A');
  g_autofree char *longer = g_strnfill (256, 'A');

  g_assert_true (esim_activation_code_check_matching_id ("", NULL));
  g_assert_true (esim_activation_code_check_matching_id ("A-1", NULL));
  g_assert_true (esim_activation_code_check_matching_id ("event.7/b", NULL));
  g_assert_false (esim_activation_code_check_matching_id ("A B", NULL));
  g_assert_false (esim_activation_code_check_matching_id ("A\n", NULL));
  g_assert_true (esim_activation_code_check_matching_id (longest, NULL));
  g_assert_false (esim_activation_code_check_matching_id (longer, NULL));
  g_assert_false (esim_activation_code_check_matching_id ("\xC3\x84", &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/activation-code/long-text", test_long_text);
  g_test_add_func ("/activation-code/good", test_good);
  g_test_add_func ("/activation-code/bad", test_bad);
  g_test_add_func ("/activation-code/length", test_length);
  g_test_add_func ("/activation-code/quiet", test_quiet);
  g_test_add_func ("/activation-code/matching-id", test_matching_id);
  return g_test_run ();
}
