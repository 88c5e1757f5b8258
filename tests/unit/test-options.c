/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-error.h"
#include "esim-options.h"

#include <string.h>

static const EsimOption known[] = {{"dry-run", "b"}, {"reason", "s"}, {NULL, NULL}};

static void
test_check (void)
{
  static const struct {
    const char *options;
    const char *named; /* in the message; NULL: it is good */
  } cases[] = {
      {"@a{sv} {}", NULL},
      {"{'dry-run': <true>}", NULL},
      {"{'dry-run': <false>, 'reason': <'sold'>}", NULL},
      {"{'dry-rum': <true>}", "dry-rum"},
      {"{'dry-run': <true>, 'other': <1>}", "other"},
      {"{'dry-run': <'true'>}", "dry-run"},
      {"{'reason': <@ms 'sold'>}", "reason"},
      {"{'reason': <<'sold'>>}", "reason"},
      {"{'dry-run': <true>, 'dry-run': <false>}", "twice"},
      {"{'': <true>}", "no option \"\""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) options =
        g_variant_parse (G_VARIANT_TYPE_VARDICT, cases[i].options, NULL, NULL, &error);

    g_assert_no_error (error);
    g_test_message ("%s", cases[i].options);
    g_assert_cmpint (esim_options_check (options, known, &error), ==, cases[i].named == NULL);
    if (cases[i].named == NULL) {
      g_assert_no_error (error);
      continue;
    }
    g_assert_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT);
    g_assert_nonnull (strstr (error->message, cases[i].named));
  }
}

static void
test_types_in_words (void)
{
  g_autoptr (GVariant) options = g_variant_ref_sink (g_variant_new_parsed ("{'dry-run': <1>}"));
  g_autoptr (GError) error = NULL;

  g_assert_false (esim_options_check (options, known, &error));
  g_assert_cmpstr (error->message, ==, "the option \"dry-run\" has the D-Bus type b, not i");
}

static void
test_get (void)
{
  g_autoptr (GVariant) options =
      g_variant_ref_sink (g_variant_new_parsed ("{'dry-run': <true>, 'reason': <'sold'>}"));
  g_autoptr (GVariant) none = g_variant_ref_sink (g_variant_new_parsed ("@a{sv} {}"));

  g_assert_true (esim_options_get_boolean (options, "dry-run"));
  g_assert_cmpstr (esim_options_get_string (options, "reason"), ==, "sold");
  g_assert_false (esim_options_get_boolean (none, "dry-run"));
  g_assert_cmpstr (esim_options_get_string (none, "reason"), ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/options/check", test_check);
  g_test_add_func ("/options/types-in-words", test_types_in_words);
  g_test_add_func ("/options/get", test_get);
  return g_test_run ();
}
