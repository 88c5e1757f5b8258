/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-removal.h"
#include "esim-error.h"
#include "esim-settle.h"
#include "esim-switch.h"

/* Keeps what the last list shows of the profile; NULL: it is not there. */
static void
find (EsimRemoval *self, EsimCardHost *host, EsimProfileInfo **profile)
{
  EsimProfileInfo *found = esim_card_host_find_profile (host, self->iccid);

  g_clear_pointer (profile, esim_profile_info_unref);
  *profile = found != NULL ? esim_profile_info_ref (found) : NULL;
}

/* Another profile may have come under the same ICCID. */
static gboolean
check_same (EsimRemoval *self, const EsimProfileInfo *profile, GError **error)
{
  if (self->aid == NULL || (profile->aid != NULL && g_bytes_equal (self->aid, profile->aid)))
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                       "under this ICCID there is another profile on the card than the one that was meant "
                       "(it was installed again); nothing was deleted");
  return FALSE;
}

/* The profile as the card shows it now; NULL without an error: it is not there. */
static gboolean
look (EsimRemoval *self, EsimCardHost *host, EsimProfileInfo **profile, GError **error)
{
  if (esim_card_host_begin (host, self->eid, error) == NULL ||
      esim_card_host_read_profiles (host, error) == NULL ||
      esim_card_host_get_session (host, self->eid, error) == NULL)
    return FALSE;
  find (self, host, profile);
  return *profile == NULL || check_same (self, *profile, error);
}

static gboolean
commit_step (EsimRemoval *self, EsimCardHost *host, EsimRemovalStep step, GError **error)
{
  EsimRemovalStep before = self->step;

  /* What was done is always noted; what is to be done is not begun any more when the service stops. */
  if (step != ESIM_REMOVAL_DELETED && !esim_card_host_check_running (host, error))
    return FALSE;
  self->step = step;
  if (self->commit (self, error))
    return TRUE;
  self->step = before;
  return FALSE;
}

static gboolean
check_policy (const EsimProfileInfo *profile, GError **error)
{
  if ((profile->policy_rules & ESIM_PPR_2_NO_DELETE) != 0) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION,
        "the profile's policy rules forbid its deletion (PPR2); its carrier has to lift the rule first");
    return FALSE;
  }
  if (profile->enabled && (profile->policy_rules & ESIM_PPR_1_NO_DISABLE) != 0) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION,
                         "the profile's policy rules forbid disabling it (PPR1), and an enabled profile "
                         "cannot be deleted; its carrier has to lift the rule first");
    return FALSE;
  }
  return TRUE;
}

static gboolean
save_pending (EsimRemoval *self, EsimCardHost *host, EsimTask *task, GError **error)
{
  GPtrArray *pending;

  esim_task_report (task, "saving-notifications", 0.1);
  pending = esim_card_host_save_notifications (host, FALSE, error);
  if (pending == NULL)
    return FALSE;
  self->last_sequence = -1;
  for (guint i = 0; i < pending->len; i++) {
    EsimNotification *notification = g_ptr_array_index (pending, i);

    self->last_sequence = MAX (self->last_sequence, (gint64) notification->sequence);
  }
  return TRUE;
}

static gboolean
delete_profile (EsimRemoval *self, EsimCardHost *host, EsimTask *task, const EsimProfileInfo *profile,
                GError **error)
{
  EsimIsdr *isdr;

  if (!esim_card_host_mark_unsaved (host, error))
    return FALSE;
  esim_card_host_expect_notifications (host);
  if (!esim_task_commit (task, error) || !commit_step (self, host, ESIM_REMOVAL_DELETING, error))
    return FALSE;
  esim_task_report (task, "deleting", 0.6);
  /* In the session that read the profile, and in no other. */
  isdr = esim_card_host_get_session (host, self->eid, error);
  return isdr != NULL && esim_isdr_delete (isdr, profile, error);
}

static gboolean
finish (EsimRemoval *self, EsimCardHost *host, EsimTask *task, GError **error)
{
  g_autoptr (GPtrArray) fruit = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_notification_unref);
  GPtrArray *pending;

  esim_task_report (task, "saving-notifications", 0.9);
  pending = esim_card_host_save_notifications (host, FALSE, error);
  if (pending == NULL)
    return FALSE;
  for (guint i = 0; i < pending->len; i++) {
    EsimNotification *notification = g_ptr_array_index (pending, i);

    if (notification->event == ESIM_EVENT_DELETE && (gint64) notification->sequence > self->last_sequence &&
        g_strcmp0 (notification->iccid, self->iccid) == 0)
      g_ptr_array_add (fruit, esim_notification_ref (notification));
  }
  /* The profile names more servers than the card has given notifications for (yet): it is asked again. */
  if (fruit->len < self->recipients) {
    g_warning ("the card has given %u notifications of a deletion that %u servers are to be told of",
               fruit->len, self->recipients);
    esim_card_host_expect_notifications (host);
    if (!esim_card_host_mark_unsaved (host, error))
      return FALSE;
  }
  g_clear_pointer (&self->deleted, g_ptr_array_unref);
  self->deleted = g_steal_pointer (&fruit);
  return commit_step (self, host, ESIM_REMOVAL_DELETED, error);
}

/* Before anything was changed: what the card has is copied, and an enabled profile is disabled. */
static gboolean
prepare (EsimRemoval *self, EsimCardHost *host, EsimTask *task, EsimProfileInfo **profile, gboolean *seen,
         GError **error)
{
  if (!check_policy (*profile, error))
    return FALSE;
  if (self->step < ESIM_REMOVAL_DELETING) {
    if (!commit_step (self, host, ESIM_REMOVAL_SAVING, error) || !save_pending (self, host, task, error))
      return FALSE;
  }
  if (!(*profile)->enabled)
    return TRUE;
  if (!commit_step (self, host, ESIM_REMOVAL_DISABLING, error))
    return FALSE;
  if (!esim_switch_run_held (host, task, self->eid, self->iccid, FALSE, seen, error))
    return FALSE;
  /* The disabling raised notifications of its own. The list that the switch ended with is the reading before
   * the deletion. */
  find (self, host, profile);
  if (*profile == NULL) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                         "the profile vanished from the card's list while it was being disabled");
    return FALSE;
  }
  return check_same (self, *profile, error) && save_pending (self, host, task, error);
}

/* To the reading that does not find it any more. */
static gboolean
delete_and_look (EsimRemoval *self, EsimCardHost *host, EsimTask *task, EsimProfileInfo **profile,
                 GError **error)
{
  g_autoptr (GError) local = NULL;

  /* An answer that makes no sense tells nothing: the list does. */
  if (!delete_profile (self, host, task, *profile, &local) &&
      !g_error_matches (local, ESIM_ERROR, ESIM_ERROR_CARD_ERROR)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  esim_task_report (task, "reading-card", 0.8);
  if (!look (self, host, profile, error))
    return FALSE;
  if (*profile == NULL)
    return TRUE;
  if (local != NULL)
    g_propagate_error (error, g_steal_pointer (&local));
  else
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARD_ERROR,
                         "the card accepted the deletion, but still lists the profile; try again");
  return FALSE;
}

static gboolean
remove_profile (EsimRemoval *self, EsimCardHost *host, EsimTask *task, EsimProfileInfo **profile,
                gboolean *seen, GError **error)
{
  gboolean ok;

  if (!prepare (self, host, task, profile, seen, error))
    return FALSE;
  esim_hold_stay_awake (esim_card_host_get_hold (host), TRUE);
  ok = delete_and_look (self, host, task, profile, error) && finish (self, host, task, error);
  esim_hold_stay_awake (esim_card_host_get_hold (host), FALSE);
  return ok;
}

/* An enabled profile goes while nobody else uses the modem, from before it is disabled until it is gone. */
static gboolean
remove_held (EsimRemoval *self, EsimCardHost *host, EsimTask *task, EsimProfileInfo **profile, GError **error)
{
  EsimHold *hold = esim_card_host_get_hold (host);
  g_autoptr (GError) local = NULL;
  gboolean seen = FALSE;

  esim_task_report (task, "holding-modem", 0.1);
  if (!esim_hold_begin (hold, task, error))
    return FALSE;
  if (!remove_profile (self, host, task, profile, &seen, error)) {
    esim_settle_let_go (host);
    return FALSE;
  }
  /* The deletion is done and recorded: what ModemManager shows is another matter. */
  if (!esim_settle_run (host, task, NULL, seen, &local))
    g_warning ("after a deletion: %s", local->message);
  return TRUE;
}

gboolean
esim_removal_run (EsimRemoval *self, EsimCardHost *host, EsimTask *task, GError **error)
{
  g_autoptr (EsimProfileInfo) profile = NULL;
  gboolean seen = FALSE;

  if (self->step == ESIM_REMOVAL_DELETED)
    return TRUE;
  esim_task_report (task, "opening-card", 0);
  if (!look (self, host, &profile, error))
    return FALSE;
  if (profile == NULL && self->step < ESIM_REMOVAL_DELETING) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND,
                         "the profile is not on this card any more; it was not deleted by this request");
    return FALSE;
  }
  if (profile != NULL && profile->enabled)
    return check_policy (profile, error) && remove_held (self, host, task, &profile, error);
  if (profile != NULL)
    return remove_profile (self, host, task, &profile, &seen, error);
  return finish (self, host, task, error);
}
