/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-memory-reset.h"
#include "esim-error.h"
#include "esim-settle.h"
#include "esim-switch.h"

/* catBusy: the terminal is in the middle of a proactive command. */
#define BUSY_TRIES 5
#define BUSY_PAUSE_MS 300

gboolean
esim_memory_reset_takes (EsimMemoryReset what, const EsimProfileInfo *profile)
{
  return (profile->class_ == ESIM_PROFILE_CLASS_OPERATIONAL && (what & ESIM_RESET_OPERATIONAL) != 0) ||
         (profile->class_ == ESIM_PROFILE_CLASS_TEST && (what & ESIM_RESET_TEST) != 0);
}

static gboolean
command (EsimIsdr *isdr, EsimMemoryReset what, GError **error)
{
  for (guint i = 0;; i++) {
    g_autoptr (GError) local = NULL;

    if (esim_isdr_reset_memory (isdr, what, NULL, &local))
      return TRUE;
    if (i == BUSY_TRIES || !g_error_matches (local, ESIM_ERROR, ESIM_ERROR_BUSY)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    esim_wait_sleep (BUSY_PAUSE_MS << i);
  }
}

/* The profiles that were there before and are not any more. */
static GPtrArray *
compare (EsimCardHost *host, GPtrArray *before)
{
  GPtrArray *gone = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < before->len; i++) {
    const EsimProfileInfo *profile = g_ptr_array_index (before, i);

    if (esim_card_host_find_profile (host, profile->iccid) == NULL)
      g_ptr_array_add (gone, g_strdup (profile->iccid));
  }
  return gone;
}

/* @enabled: (nullable): the profile that the modem uses, and that goes. @seen: the modem shows its end */
static gboolean
reset (EsimCardHost *host, EsimTask *task, const char *eid, EsimMemoryReset what, const char *enabled,
       gboolean *seen, GError **error)
{
  g_autoptr (GError) local = NULL;
  EsimIsdr *isdr;

  *seen = TRUE;
  esim_task_report (task, "saving-notifications", 0.2);
  if (esim_card_host_save_notifications (host, FALSE, error) == NULL ||
      !esim_card_host_check_running (host, error) || !esim_card_host_mark_unsaved (host, error) ||
      !esim_task_commit (task, error))
    return FALSE;
  esim_card_host_expect_notifications (host);
  esim_task_report (task, "resetting-memory", 0.4);
  isdr = esim_card_host_get_session (host, eid, error);
  if (isdr == NULL || !command (isdr, what, error))
    return FALSE;
  if (enabled != NULL) {
    esim_task_report (task, "waiting-for-modem", 0.6);
    esim_card_host_abandon (host);
    if (!esim_card_await_subscription (esim_card_host_get_card (host), NULL, enabled,
                                       esim_card_host_get_switch_timeout (host), seen, error))
      return FALSE;
  }
  esim_task_report (task, "reading-card", 0.8);
  if (esim_switch_reopen (host, eid, error) == NULL)
    return FALSE;
  esim_task_report (task, "saving-notifications", 0.9);
  if (esim_card_host_save_notifications (host, TRUE, &local) == NULL)
    g_warning ("the notifications of a memory reset are not saved yet: %s", local->message);
  return TRUE;
}

static gboolean
reset_held (EsimCardHost *host, EsimTask *task, const char *eid, EsimMemoryReset what, const char *enabled,
            GError **error)
{
  EsimHold *hold = esim_card_host_get_hold (host);
  gboolean seen, ok;

  if (enabled == NULL)
    return reset (host, task, eid, what, NULL, &seen, error);
  esim_task_report (task, "holding-modem", -1);
  if (!esim_hold_begin (hold, task, error))
    return FALSE;
  esim_hold_stay_awake (hold, TRUE);
  ok = reset (host, task, eid, what, enabled, &seen, error);
  esim_hold_stay_awake (hold, FALSE);
  if (ok)
    return esim_settle_run (host, task, NULL, seen, error);
  esim_settle_let_go (host);
  return FALSE;
}

gboolean
esim_memory_reset_run (EsimCardHost *host, EsimTask *task, const char *eid, EsimMemoryReset what,
                       GPtrArray **deleted, GError **error)
{
  g_autoptr (GPtrArray) before = NULL;
  g_autofree char *enabled = NULL;
  GPtrArray *profiles;
  gboolean ok;

  *deleted = NULL;
  esim_task_report (task, "opening-card", -1);
  if (esim_card_host_begin (host, eid, error) == NULL)
    return FALSE;
  profiles = esim_card_host_read_profiles (host, error);
  if (profiles == NULL)
    return FALSE;
  before = g_ptr_array_ref (profiles);
  for (guint i = 0; i < before->len; i++) {
    const EsimProfileInfo *profile = g_ptr_array_index (before, i);

    if (profile->enabled && esim_memory_reset_takes (what, profile))
      enabled = g_strdup (profile->iccid);
  }
  ok = reset_held (host, task, eid, what, enabled, error);
  *deleted = compare (host, before);
  return ok;
}
