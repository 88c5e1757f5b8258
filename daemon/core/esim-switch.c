/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-switch.h"
#include "esim-error.h"
#include "esim-settle.h"

/* catBusy: the terminal is in the middle of a proactive command; it takes moments, seldom seconds. */
#define BUSY_TRIES 5
#define BUSY_PAUSE_MS 300

/* A modem that has just read its card again may refuse the first call or two. */
#define REOPEN_TRIES 6
#define REOPEN_PAUSE_MS 500

static const char *
enabled_iccid (EsimCardHost *host, GError **error)
{
  GPtrArray *profiles = esim_card_host_get_profiles (host, error);

  for (guint i = 0; profiles != NULL && i < profiles->len; i++) {
    EsimProfileInfo *profile = g_ptr_array_index (profiles, i);

    if (profile->enabled)
      return profile->iccid;
  }
  return NULL;
}

static gboolean
send_command (EsimIsdr *isdr, const EsimProfileInfo *profile, gboolean enable, gboolean refresh,
              GError **error)
{
  return enable ? esim_isdr_enable (isdr, profile, refresh, error)
                : esim_isdr_disable (isdr, profile, refresh, error);
}

/* With a refresh as often as catBusy asks for it; at the end without, which then needs a reset by us. */
static gboolean
command_until_taken (EsimIsdr *isdr, const EsimProfileInfo *profile, gboolean enable, gboolean *refresh,
                     GError **error)
{
  for (guint i = 0; i < BUSY_TRIES; i++) {
    g_autoptr (GError) local = NULL;

    if (send_command (isdr, profile, enable, TRUE, &local))
      return TRUE;
    if (!g_error_matches (local, ESIM_ERROR, ESIM_ERROR_BUSY)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    esim_wait_sleep (BUSY_PAUSE_MS << i);
  }
  *refresh = FALSE;
  return send_command (isdr, profile, enable, FALSE, error);
}

/* Some modems leave the bus for a change of profiles and come back with the other one: on the same port, as
 * long as the number is free. On another one it is another worker's affair, and this one is stopped. */
static gboolean
await_return (EsimCardHost *host, const GError *gone, GError **error)
{
  guint timeout = esim_card_host_get_switch_timeout (host);
  gint64 end = g_get_monotonic_time () + timeout * G_TIME_SPAN_MILLISECOND;

  while (esim_card_host_check_running (host, NULL) && g_get_monotonic_time () < end) {
    if (esim_card_host_ensure_card (host, NULL))
      return TRUE;
    esim_wait_sleep (REOPEN_PAUSE_MS);
  }
  g_propagate_error (error, g_error_copy (gone));
  return FALSE;
}

static gboolean
await_subscription (EsimCardHost *host, const char *expected, const char *previous, gboolean *seen,
                    GError **error)
{
  guint timeout = esim_card_host_get_switch_timeout (host);
  EsimCard *card = esim_card_host_get_card (host);
  g_autoptr (GError) gone = NULL;

  if (esim_card_await_subscription (card, expected, previous, timeout, seen, &gone))
    return TRUE;
  if (!esim_card_is_gone (card)) {
    g_propagate_error (error, g_steal_pointer (&gone));
    return FALSE;
  }
  return await_return (host, gone, error) &&
         esim_card_await_subscription (esim_card_host_get_card (host), expected, previous, timeout, seen,
                                       error);
}

/* Waits until the modem shows what the card says. A modem that stays as it was is made to look by a reset of
 * the UICC. */
static gboolean
await_modem (EsimCardHost *host, gboolean refresh, const char *expected, const char *previous, gboolean *seen,
             GError **error)
{
  g_autoptr (GError) local = NULL;

  esim_card_host_abandon (host);
  *seen = FALSE;
  if (refresh && !await_subscription (host, expected, previous, seen, error))
    return FALSE;
  if (*seen)
    return TRUE;
  if (!esim_card_reset (esim_card_host_get_card (host), ESIM_CARD_RESET_CARD, &local)) {
    if (g_error_matches (local, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    g_message ("the UICC could not be reset after a switch: %s", local->message);
    return TRUE;
  }
  return await_subscription (host, expected, previous, seen, error);
}

/* The modem is at work with the card, or takes it for removed meanwhile: a matter of time, of which each make
 * needs its own. */
static gboolean
is_passing (EsimCardHost *host, const GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  EsimCard *card = esim_card_host_get_card (host);

  if (card == NULL || esim_card_is_gone (card))
    return FALSE;
  if (g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED))
    return g_variant_lookup (details, ESIM_DETAIL_MODEM_STATUS, "u", NULL);
  return g_variant_lookup (details, ESIM_DETAIL_NOT_READY, "b", NULL);
}

static gboolean
is_in_vain (const GError *error)
{
  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CARD_REMOVED) ||
         g_error_matches (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE) ||
         g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CANCELLED);
}

GPtrArray *
esim_switch_reopen (EsimCardHost *host, const char *eid, GError **error)
{
  gint64 end = g_get_monotonic_time () + esim_card_host_get_switch_timeout (host) * G_TIME_SPAN_MILLISECOND;

  for (guint i = 1;;) {
    gboolean passing;
    g_autoptr (GError) local = NULL, reset = NULL;

    if (esim_card_host_begin (host, eid, &local) != NULL)
      return esim_card_host_read_profiles (host, error);
    passing = is_passing (host, local) && g_get_monotonic_time () < end;
    if (!passing && (i == REOPEN_TRIES || is_in_vain (local))) {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
    esim_card_host_close (host);
    /* A modem may show the new profile, and yet not come to the card again by itself. */
    if (!passing && i++ == REOPEN_TRIES / 2 && esim_card_host_is_open (host) &&
        !esim_card_reset (esim_card_host_get_card (host), ESIM_CARD_RESET_CARD, &reset))
      g_message ("the UICC could not be reset after a switch: %s", reset->message);
    esim_wait_sleep (REOPEN_PAUSE_MS);
  }
}

static gboolean
verify (EsimCardHost *host, const char *iccid, gboolean enable, gboolean seen, GError **error)
{
  EsimProfileInfo *profile = esim_card_host_find_profile (host, iccid);

  if (profile == NULL || profile->enabled != enable) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                 "the card accepted the change, but its list does not show it; try again");
    return FALSE;
  }
  if (seen)
    return TRUE;
  g_set_error (
      error, ESIM_ERROR, ESIM_ERROR_REFRESH_FAILED,
      "the profile was %s on the card, but the modem does not show it; restart the modem or the machine",
      enable ? "enabled" : "disabled");
  return FALSE;
}

/* The profile as the list shows it, in the session in which it was read. */
static EsimIsdr *
begin (EsimCardHost *host, const char *eid, const char *iccid, char **previous, EsimProfileInfo **profile,
       GError **error)
{
  g_autoptr (GError) local = NULL;
  EsimIsdr *isdr;

  if (esim_card_host_begin (host, eid, error) == NULL)
    return NULL;
  *previous = g_strdup (enabled_iccid (host, &local));
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  /* The reading may have ended the session and begun another. */
  isdr = esim_card_host_begin (host, eid, error);
  if (isdr == NULL)
    return NULL;
  *profile = esim_card_host_find_profile (host, iccid);
  if (*profile != NULL)
    return isdr;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND, "the profile is not on this card any more");
  return NULL;
}

static gboolean
run_awake (EsimCardHost *host, EsimTask *task, const char *eid, const char *iccid, gboolean enable,
           gboolean *seen, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *previous = NULL;
  EsimProfileInfo *profile;
  gboolean refresh = TRUE;
  EsimIsdr *isdr;

  esim_task_report (task, "opening-card", -1);
  isdr = begin (host, eid, iccid, &previous, &profile, error);
  if (isdr == NULL || !esim_card_host_check_running (host, error) ||
      !esim_card_host_mark_unsaved (host, error) || !esim_task_commit (task, error))
    return FALSE;
  esim_task_report (task, enable ? "enabling" : "disabling", 0.2);
  esim_card_host_expect_notifications (host);
  if (!command_until_taken (isdr, profile, enable, &refresh, error))
    return FALSE;
  esim_task_report (task, "waiting-for-modem", 0.4);
  if (!await_modem (host, refresh, enable ? iccid : NULL, previous, seen, error))
    return FALSE;
  esim_task_report (task, "reading-card", 0.7);
  if (esim_switch_reopen (host, eid, error) == NULL)
    return FALSE;
  esim_task_report (task, "saving-notifications", 0.9);
  /* The result of the switch does not hang on them: they stay on the card, and the mark on disk. */
  if (esim_card_host_save_notifications (host, TRUE, &local) == NULL)
    g_warning ("the notifications of a switch are not saved yet: %s", local->message);
  return verify (host, iccid, enable, *seen, error);
}

gboolean
esim_switch_run_held (EsimCardHost *host, EsimTask *task, const char *eid, const char *iccid, gboolean enable,
                      gboolean *seen, GError **error)
{
  gboolean ok;

  *seen = FALSE;
  esim_hold_stay_awake (esim_card_host_get_hold (host), TRUE);
  ok = run_awake (host, task, eid, iccid, enable, seen, error);
  esim_hold_stay_awake (esim_card_host_get_hold (host), FALSE);
  return ok;
}

gboolean
esim_switch_run (EsimCardHost *host, EsimTask *task, const char *eid, const char *iccid, gboolean enable,
                 GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean seen;

  esim_task_report (task, "holding-modem", -1);
  if (!esim_hold_begin (esim_card_host_get_hold (host), task, error))
    return FALSE;
  /* What the modem does not show, it may be led to show. */
  if (esim_switch_run_held (host, task, eid, iccid, enable, &seen, &local) ||
      (g_error_matches (local, ESIM_ERROR, ESIM_ERROR_REFRESH_FAILED) &&
       esim_hold_is_held (esim_card_host_get_hold (host))))
    return esim_settle_run (host, task, enable ? iccid : NULL, seen, error);
  esim_settle_let_go (host);
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
