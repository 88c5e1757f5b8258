/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-verbs.h"
#include "esim-error.h"
#include "esim-log.h"
#include "esim-network.h"
#include "esim-removal.h"
#include "esim-switch.h"

#include <string.h>

/* What a verb hands to its job, and keeps for its end. */
typedef struct {
  EsimManager *manager;
  EsimOperation *operation;
  char *eid;
  char *iccid;
  char *nickname;
  char *apn; /* nullable */
  EsimProfileInfo *profile;
  GBytes *aid;
  GPtrArray *ids; /* of outbox items */
  guint64 sequence;
  guint saved; /* notifications on the card, now on disk too */
  gboolean enable;
  gboolean deletes;
  gboolean create_connection;
  gboolean details;
  gboolean notifications;
} Verb;

static Verb *
verb_new (EsimManager *manager, EsimEuicc *euicc, const char *kind, const char *iccid, guint requester)
{
  Verb *verb = g_new0 (Verb, 1);
  EsimProfileInfo *profile =
      iccid != NULL ? esim_card_snapshot_find (esim_euicc_get_snapshot (euicc), iccid) : NULL;

  verb->manager = g_object_ref (manager);
  verb->operation = esim_operation_new (kind, G_OBJECT (euicc), iccid, requester);
  verb->eid = g_strdup (esim_euicc_get_eid (euicc));
  verb->iccid = g_strdup (iccid);
  verb->profile = profile != NULL ? esim_profile_info_ref (profile) : NULL;
  verb->aid = profile != NULL && profile->aid != NULL ? g_bytes_ref (profile->aid) : NULL;
  return verb;
}

static void
verb_free (gpointer data)
{
  Verb *verb = data;

  g_free (verb->eid);
  g_free (verb->iccid);
  g_free (verb->nickname);
  g_free (verb->apn);
  g_clear_pointer (&verb->profile, esim_profile_info_unref);
  g_clear_pointer (&verb->aid, g_bytes_unref);
  g_clear_pointer (&verb->ids, g_ptr_array_unref);
  g_object_unref (verb->operation);
  g_object_unref (verb->manager);
  g_free (verb);
}

static EsimOperation *
begin (Verb *verb, EsimEuicc *euicc, EsimCardJob job, EsimCardDone done)
{
  EsimOperation *operation = verb->operation;

  esim_manager_add_operation (verb->manager, operation);
  esim_euicc_run (euicc, operation, job, done, verb, verb_free);
  return operation;
}

/* What a verb does once nothing is in its way. */
typedef struct {
  Verb *verb;
  EsimEuicc *euicc;
  EsimCardJob job;
  EsimCardDone done;
} Ahead;

static void
ahead_free (gpointer data)
{
  Ahead *ahead = data;

  g_clear_pointer (&ahead->verb, verb_free);
  g_object_unref (ahead->euicc);
  g_free (ahead);
}

static void
go_ahead (gpointer data)
{
  Ahead *ahead = data;
  Verb *verb = ahead->verb;
  EsimOperation *operation = verb->operation;
  g_autoptr (GError) error = NULL;

  /* While somebody was asked, the card may have gone, or a deregistration may have begun. */
  if (!esim_euicc_check (ahead->euicc, verb->iccid, &error) ||
      (verb->deletes && !esim_manager_check_free (verb->manager, verb->eid, verb->iccid, &error))) {
    esim_operation_finish (operation, NULL, error);
    return;
  }
  esim_euicc_run (ahead->euicc, operation, ahead->job, ahead->done, g_steal_pointer (&ahead->verb),
                  verb_free);
}

/* The same as begin(), for what may cut the machine's only way to the network. */
static EsimOperation *
begin_cutting (Verb *verb, EsimEuicc *euicc, gboolean allowed, EsimCardJob job, EsimCardDone done)
{
  EsimOperation *operation = verb->operation;
  Ahead *ahead = g_new (Ahead, 1);

  *ahead = (Ahead){verb, g_object_ref (euicc), job, done};
  esim_manager_add_operation (verb->manager, operation);
  esim_network_ask_before_cutting (esim_manager_get_look_at_network (verb->manager), euicc, operation,
                                   allowed, go_ahead, ahead, ahead_free);
  return operation;
}

static gboolean
refresh_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Verb *verb = data;

  esim_task_report (task, "reading-card", -1);
  if (esim_card_host_begin (host, NULL, error) == NULL || esim_card_host_read_profiles (host, error) == NULL)
    return FALSE;
  if (verb->details)
    esim_card_host_drop_details (host);
  if (verb->details &&
      (!esim_task_check (task, error) || esim_card_host_get_info (host, TRUE, error) == NULL ||
       esim_card_host_get_details (host, error) == NULL))
    return FALSE;
  return !verb->notifications ||
         (esim_task_check (task, error) && esim_card_host_save_notifications (host, TRUE, error) != NULL);
}

EsimOperation *
esim_verb_refresh (EsimManager *manager, EsimEuicc *euicc, guint requester, gboolean details,
                   gboolean notifications, GError **error)
{
  Verb *verb;

  /* One that is absent may be looked for again. */
  if (!esim_euicc_check_queue (euicc, error))
    return NULL;
  verb = verb_new (manager, euicc, "refresh", NULL, requester);
  verb->details = details;
  verb->notifications = notifications;
  return begin (verb, euicc, refresh_job, NULL);
}

static gboolean
switch_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Verb *verb = data;

  return esim_switch_run (host, task, verb->eid, verb->iccid, verb->enable, error);
}

/* The profile is enabled, with a connection or without. */
static void
on_connection (GVariant *result, const GError *error, gpointer data)
{
  g_autoptr (EsimOperation) operation = data;
  GVariantDict dict;

  if (error == NULL) {
    esim_operation_finish (operation, g_variant_ref (result), NULL);
    return;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "connection-problem", "s", error->message);
  esim_operation_finish (operation, g_variant_dict_end (&dict), NULL);
}

static void
create_connection (Verb *verb)
{
  const EsimConnections *connections = esim_manager_get_connections (verb->manager);
  g_autoptr (GError) none = NULL;

  esim_operation_set_phase (verb->operation, "creating-connection");
  if (connections != NULL) {
    connections->create (verb->profile, verb->apn, on_connection, g_object_ref (verb->operation),
                         connections->data);
    return;
  }
  none = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
                              "the configuration keeps this service from NetworkManager ([network-manager])");
  on_connection (NULL, none, g_object_ref (verb->operation));
}

static void
switch_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Verb *verb = data;

  if (error == NULL)
    esim_log (verb->enable ? ESIM_LOG_PROFILE_ENABLED : ESIM_LOG_PROFILE_DISABLED, ESIM_LOG_INFO, NULL, NULL,
              "a profile was %s for user %u", verb->enable ? "enabled" : "disabled",
              esim_operation_get_requester (verb->operation));
  if (error == NULL && verb->create_connection)
    create_connection (verb);
  else
    esim_operation_finish (verb->operation, NULL, error);
}

static gboolean
check_switch (const EsimProfileInfo *profile, gboolean enable, GError **error)
{
  if (profile->enabled == enable) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE, "the profile is %s already",
                 enable ? "enabled" : "disabled");
    return FALSE;
  }
  if (enable && profile->class_ == ESIM_PROFILE_CLASS_TEST) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_TEST_PROFILE,
                         "it is a test profile; its keys may be public, so it is not enabled");
    return FALSE;
  }
  if (!enable && (profile->policy_rules & ESIM_PPR_1_NO_DISABLE) != 0) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION,
                         "the profile's policy rules forbid disabling it (PPR1); ask its carrier");
    return FALSE;
  }
  return TRUE;
}

EsimOperation *
esim_verb_switch (EsimManager *manager, EsimEuicc *euicc, guint requester, const char *iccid,
                  const EsimSwitchOptions *options, GError **error)
{
  Verb *verb;

  if (!esim_euicc_check (euicc, iccid, error) || !esim_manager_check_questions (manager, error) ||
      !check_switch (esim_card_snapshot_find (esim_euicc_get_snapshot (euicc), iccid), options->enable,
                     error))
    return NULL;
  verb = verb_new (manager, euicc, options->enable ? "enable" : "disable", iccid, requester);
  verb->enable = options->enable;
  verb->create_connection = options->create_connection;
  verb->apn = g_strdup (options->apn);
  return begin_cutting (verb, euicc, options->allow_disconnect, switch_job, switch_done);
}

static gboolean
nickname_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Verb *verb = data;
  EsimIsdr *isdr = esim_card_host_begin (host, verb->eid, error);
  g_autoptr (EsimProfileInfo) renamed = NULL;
  EsimProfileInfo *profile;

  if (isdr == NULL || !esim_task_commit (task, error) ||
      !esim_isdr_set_nickname (isdr, verb->iccid, verb->nickname, error))
    return FALSE;
  profile = esim_card_host_find_profile (host, verb->iccid);
  if (profile == NULL)
    return esim_card_host_read_profiles (host, error) != NULL;
  renamed = esim_profile_info_with_nickname (profile, verb->nickname);
  esim_card_host_replace_profile (host, renamed);
  return TRUE;
}

EsimOperation *
esim_verb_set_nickname (EsimManager *manager, EsimEuicc *euicc, guint requester, const char *iccid,
                        const char *nickname, GError **error)
{
  Verb *verb;

  if (!esim_isdr_check_nickname (nickname, error) || !esim_euicc_check (euicc, iccid, error))
    return NULL;
  verb = verb_new (manager, euicc, "set-nickname", iccid, requester);
  verb->nickname = g_strdup (nickname);
  return begin (verb, euicc, nickname_job, NULL);
}

/* A plain deletion keeps no record of its own: the mark that its notifications are not saved yet is all that
 * a restart needs. */
static gboolean
no_record (EsimRemoval *removal, GError **error)
{
  return TRUE;
}

static gboolean
delete_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Verb *verb = data;
  EsimRemoval removal = {
      .eid = verb->eid, .iccid = verb->iccid, .aid = verb->aid, .last_sequence = -1, .commit = no_record};
  gboolean ok = esim_removal_run (&removal, host, task, error);

  g_clear_pointer (&removal.deleted, g_ptr_array_unref);
  return ok;
}

/* The profile is deleted, whatever becomes of its connections. */
static void
on_connections_removed (guint removed, const GError *error, gpointer data)
{
  g_autoptr (EsimOperation) operation = data;

  if (error != NULL)
    g_message ("a connection of a deleted profile could not be removed: %s", error->message);
  esim_operation_finish (operation, NULL, NULL);
}

static void
delete_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Verb *verb = data;

  if (error == NULL)
    esim_log (ESIM_LOG_PROFILE_DELETED, ESIM_LOG_INFO, NULL, NULL, "a profile was deleted for user %u",
              esim_operation_get_requester (verb->operation));
  if (error == NULL && esim_manager_get_connections (verb->manager) != NULL)
    esim_connections_remove_ours (esim_manager_get_connections (verb->manager), verb->iccid,
                                  on_connections_removed, g_object_ref (verb->operation));
  else
    esim_operation_finish (verb->operation, NULL, error);
}

EsimOperation *
esim_verb_delete (EsimManager *manager, EsimEuicc *euicc, guint requester, const char *iccid,
                  gboolean contract_continues, gboolean allow_disconnect, GError **error)
{
  const EsimProfileInfo *profile;
  Verb *verb;

  if (!esim_euicc_check (euicc, iccid, error) || !esim_manager_check_questions (manager, error) ||
      !esim_manager_check_free (manager, esim_euicc_get_eid (euicc), iccid, error))
    return NULL;
  profile = esim_card_snapshot_find (esim_euicc_get_snapshot (euicc), iccid);
  if (profile->class_ == ESIM_PROFILE_CLASS_OPERATIONAL && !contract_continues) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
        "deleting a profile ends no contract: ask for Deregister, or delete with contract-continues = true");
    return NULL;
  }
  if ((profile->policy_rules & ESIM_PPR_2_NO_DELETE) != 0) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_POLICY_VIOLATION,
                         "the profile's policy rules forbid its deletion (PPR2); ask its carrier");
    return NULL;
  }
  verb = verb_new (manager, euicc, "delete", iccid, requester);
  verb->deletes = TRUE;
  return begin_cutting (verb, euicc, allow_disconnect || !profile->enabled, delete_job, delete_done);
}

static gboolean
save_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Verb *verb = data;
  GPtrArray *saved;

  esim_task_report (task, "saving-notifications", 0.2);
  if (esim_card_host_begin (host, verb->eid, error) == NULL)
    return FALSE;
  saved = esim_card_host_save_notifications (host, TRUE, error);
  for (guint i = 0; saved != NULL && i < saved->len; i++) {
    const EsimNotification *notification = g_ptr_array_index (saved, i);

    verb->saved += esim_card_host_is_sent (host, notification->event);
  }
  /* What is on disk is delivered, whoever wants it or not: from here on there is nothing to cancel. */
  return saved != NULL && esim_task_commit (task, error);
}

static gboolean
nothing_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  return TRUE;
}

static void
finish_sent (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Verb *verb = data;

  /* However the card's side went: the deliveries are what was asked for. */
  esim_operation_finish (verb->operation, g_object_steal_data (G_OBJECT (verb->operation), "counts"), NULL);
}

/* What was acknowledged is being taken from the card by a job that was queued before: the operation ends
 * behind it. */
static void
on_tried (const EsimOutboxCount *count, gpointer data)
{
  Verb *verb = data;
  EsimEuicc *euicc = ESIM_EUICC (esim_operation_get_euicc (verb->operation));
  guint left = count->waiting + count->refused;
  /* Some may have been delivered as soon as they were saved, before anybody counted. */
  guint sent = MAX (count->sent, verb->saved > left ? verb->saved - left : 0);
  GVariant *counts = g_variant_new_parsed ("{'sent': <%u>, 'waiting': <%u>, 'refused': <%u>}", sent,
                                           count->waiting, count->refused);

  g_object_set_data_full (G_OBJECT (verb->operation), "counts", g_variant_ref_sink (counts),
                          (GDestroyNotify) g_variant_unref);
  esim_operation_set_phase (verb->operation, "removing-notifications");
  esim_euicc_run (euicc, NULL, nothing_job, finish_sent, verb, verb_free);
}

static void
save_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Verb *verb = data;
  Verb *next;

  if (error != NULL) {
    esim_operation_finish (verb->operation, NULL, error);
    return;
  }
  next = g_new0 (Verb, 1);
  next->manager = g_object_ref (verb->manager);
  next->operation = g_object_ref (verb->operation);
  next->saved = verb->saved;
  esim_operation_set_state (verb->operation, ESIM_OPERATION_WAITING);
  esim_operation_set_phase (verb->operation, "delivering");
  esim_outbox_try_now (esim_manager_get_outbox (verb->manager), verb->eid, on_tried, next, verb_free);
}

EsimOperation *
esim_verb_send_notifications (EsimManager *manager, EsimEuicc *euicc, guint requester, GError **error)
{
  if (!esim_euicc_check (euicc, NULL, error))
    return NULL;
  return begin (verb_new (manager, euicc, "send-notifications", NULL, requester), euicc, save_job, save_done);
}

static gboolean
remove_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  Verb *verb = data;

  esim_task_report (task, "removing-notifications", -1);
  return esim_card_host_begin (host, verb->eid, error) != NULL && esim_task_commit (task, error) &&
         esim_card_host_remove_notification (host, verb->sequence, error);
}

static void
on_forgotten (const GError *error, gpointer operation)
{
  esim_operation_finish (operation, NULL, error);
}

/* Who is told that it is gone does not find it in the list any more. */
static void
remove_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  Verb *verb = data;
  EsimOutbox *outbox = esim_manager_get_outbox (verb->manager);

  if (error != NULL || verb->ids->len == 0) {
    esim_operation_finish (verb->operation, NULL, error);
    return;
  }
  for (guint i = 0; i + 1 < verb->ids->len; i++)
    esim_outbox_forget (outbox, g_ptr_array_index (verb->ids, i), NULL, NULL, NULL);
  esim_outbox_forget (outbox, g_ptr_array_index (verb->ids, verb->ids->len - 1), on_forgotten,
                      g_object_ref (verb->operation), g_object_unref);
}

static gboolean
is_on_card (EsimEuicc *euicc, guint64 sequence)
{
  GPtrArray *notifications = esim_euicc_get_snapshot (euicc)->notifications;

  for (guint i = 0; notifications != NULL && i < notifications->len; i++)
    if (((EsimNotification *) g_ptr_array_index (notifications, i))->sequence == sequence)
      return TRUE;
  return FALSE;
}

EsimOperation *
esim_verb_remove_notification (EsimManager *manager, EsimEuicc *euicc, guint requester, guint64 sequence,
                               GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *items = esim_outbox_get_items (esim_manager_get_outbox (manager));
  Verb *verb;

  if (!esim_euicc_check (euicc, NULL, error))
    return NULL;
  for (guint i = 0; i < items->len; i++) {
    EsimOutboxItem *item = g_ptr_array_index (items, i);

    if (strcmp (item->eid, esim_euicc_get_eid (euicc)) != 0 || item->notification->sequence != sequence)
      continue;
    if (esim_manager_is_wanted (manager, item)) {
      g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE,
                           "an open deregistration still needs this notification to be delivered");
      return NULL;
    }
    g_ptr_array_add (ids, g_strdup (item->id));
  }
  if (ids->len == 0 && !is_on_card (euicc, sequence)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_NOT_FOUND,
                 "no notification %" G_GUINT64_FORMAT " is known; read the card's list first", sequence);
    return NULL;
  }
  verb = verb_new (manager, euicc, "remove-notification", NULL, requester);
  verb->sequence = sequence;
  verb->ids = g_steal_pointer (&ids);
  return begin (verb, euicc, remove_job, remove_done);
}
