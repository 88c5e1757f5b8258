/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-portal-review.h"

#define NOON 1804230000
#define DAY 86400

/* No day and no haste of the user's ends a contract whose end was not confirmed. */
static void
test_over (void)
{
  static const struct {
    gint64 confirmed, effective_at, remove_now;
    gboolean over;
  } cases[] = {
      {0, 0, 0, FALSE},
      {0, NOON - DAY, 0, FALSE},
      {0, 0, NOON, FALSE},
      {NOON - 2 * DAY, NOON + 1, 0, FALSE},
      {NOON - 2 * DAY, NOON, 0, TRUE},
      {NOON - 2 * DAY, NOON + DAY, NOON, TRUE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (EsimDeregistrationRecord) record = esim_deregistration_record_new ("one");

    record->confirmed = cases[i].confirmed;
    record->effective_at = cases[i].effective_at;
    record->remove_now = cases[i].remove_now;
    g_assert_cmpint (esim_portal_is_over (record, NOON), ==, cases[i].over);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/portal-review/over", test_over);
  return g_test_run ();
}
