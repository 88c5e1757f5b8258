/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-redact.h"

static void
test_redact (void)
{
  static const struct {
    const char *id, *shown;
  } cases[] = {
      {"8901260123456789012", "…9012"},
      {"89049032123451234512345678901235", "…1235"},
      {"262011234567890", "…7890"},
      {"123456789012", "…9012"},
      {"12345678901", "…"},
      {"1234", "…"},
      {"", "(none)"},
      {NULL, "(none)"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *shown = esim_redact_id (cases[i].id);

    g_assert_cmpstr (shown, ==, cases[i].shown);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/redact/ids", test_redact);
  return g_test_run ();
}
