/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-settle.h"
#include "esim-error.h"

/* A modem that told of its new card is at rest; one that did not gets the time in which others reset
 * themselves. */
#define QUIET_MS 4000

/* ModemManager begins from the start when it may come back, as with a modem that was plugged in. */
#define VERIFY_MS 60000

/* A modem whose port went away can be back, and be shown, in this time, if it only starts anew. If it was
 * pulled out nobody shows anything, and the one that is plugged in next must not wait for that. */
#define LOST_MS 10000

/* At a start it may be probing the modem already, since the earlier run ended. */
#define CHECK_MS 30000

/* Only what the others show wrongly, or not, can be mended by another reset. */
static gboolean
is_stale (const GError *error)
{
  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_REFRESH_FAILED);
}

/* %FALSE without an error in @error: the modem has no such way, or did not come back from it. */
static gboolean
reset (EsimCardHost *host, EsimTask *task, EsimCardReset level, const char *expected, GError **error)
{
  EsimCard *card = esim_card_host_get_card (host);
  g_autoptr (GError) local = NULL;
  gboolean seen = FALSE, ok;

  if (card == NULL || esim_card_is_gone (card) ||
      !esim_hold_begin (esim_card_host_get_hold (host), task, error))
    return FALSE;
  esim_card_host_abandon (host);
  ok = esim_card_reset (card, level, &local);
  /* A modem that starts anew takes its port along: it is looked for by whoever shows modems. */
  if (ok && !esim_card_is_gone (card) &&
      !esim_card_await_subscription (card, expected, NULL, esim_card_host_get_switch_timeout (host), &seen,
                                     &local))
    ok = level == ESIM_CARD_RESET_MODEM;
  if (local != NULL)
    g_message ("a modem that ModemManager shows wrongly could not be reset: %s", local->message);
  esim_hold_end (esim_card_host_get_hold (host), ok && seen ? 0 : QUIET_MS);
  return ok;
}

/* The card is as it should be: that is what the error has to say, whatever became of the asking. */
static gboolean
fail (GError *stale, GError **error)
{
  g_autoptr (GError) owned = stale;

  if (is_stale (owned))
    g_propagate_error (error, g_steal_pointer (&owned));
  else
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_REFRESH_FAILED,
                 "the card has been changed, and it is not known whether ModemManager shows that: %s",
                 owned->message);
  return FALSE;
}

gboolean
esim_settle_run (EsimCardHost *host, EsimTask *task, const char *expected, gboolean seen, GError **error)
{
  EsimHold *hold = esim_card_host_get_hold (host);
  gboolean held = esim_hold_is_held (hold);
  g_autoptr (GError) stale = NULL;

  if (held)
    esim_card_host_close (host);
  esim_hold_end (hold, seen ? 0 : QUIET_MS);
  if (!held)
    return TRUE;
  esim_task_report (task, "waiting-for-modem-manager", 0.95);
  if (esim_hold_verify (hold, task, expected, VERIFY_MS, LOST_MS, &stale))
    return TRUE;
  for (guint level = ESIM_CARD_RESET_SESSION; is_stale (stale) && level <= ESIM_CARD_RESET_MODEM; level++) {
    g_autoptr (GError) refused = NULL;

    if (!reset (host, task, level, expected, &refused)) {
      if (refused != NULL)
        return fail (g_steal_pointer (&refused), error);
      continue;
    }
    g_clear_error (&stale);
    if (esim_hold_verify (hold, task, expected, VERIFY_MS,
                          level == ESIM_CARD_RESET_MODEM ? VERIFY_MS : LOST_MS, &stale))
      return TRUE;
  }
  return fail (g_steal_pointer (&stale), error);
}

void
esim_settle_let_go (EsimCardHost *host)
{
  esim_hold_end (esim_card_host_get_hold (host), QUIET_MS);
}

gboolean
esim_settle_check (EsimCardHost *host, EsimTask *task, GError **error)
{
  EsimHold *hold = esim_card_host_get_hold (host);
  GPtrArray *profiles = esim_card_host_get_profiles (host, error);
  g_autoptr (GError) stale = NULL;
  g_autofree char *expected = NULL;

  if (profiles == NULL)
    return FALSE;
  for (guint i = 0; i < profiles->len; i++) {
    EsimProfileInfo *profile = g_ptr_array_index (profiles, i);

    if (profile->enabled)
      expected = g_strdup (profile->iccid);
  }
  if (esim_hold_verify (hold, task, expected, CHECK_MS, LOST_MS, &stale) || !is_stale (stale))
    return TRUE;
  if (!esim_hold_begin (hold, task, error))
    return FALSE;
  return esim_settle_run (host, task, expected, TRUE, error);
}
