/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-download.h"
#include "esim-confirmation-code.h"
#include "esim-download-cancel.h"
#include "esim-download-interrupt.h"
#include "esim-download-load.h"
#include "esim-download-questions.h"
#include "esim-error.h"

#include <string.h>

/* A person who types a code wrong so often does not have it; servers block an order sooner. */
#define CODES_MAX 10

/* One download; a session of it at a time. */
typedef struct {
  EsimDownload *ask;
  EsimCardHost *host;
  EsimTask *task;
  EsimHttpHub *hub;
  EsimDownloadRecord *record;
  EsimDownloadInterrupt *interrupt;
  EsimIsdr *isdr;
  EsimEs9Session *session;
  EsimEs9Offer *offer;
  EsimProfileMetadata *agreed; /* what the user agreed to */
  gboolean is_over;            /* the card gave its result: there is nothing to cancel */
  EsimCancelReason reason;     /* how the session is cancelled if the next thing fails */
} Run;

static gboolean
go_on (Run *run, const char *phase, GError **error)
{
  esim_task_report (run->task, phase, -1);
  return esim_card_host_check_running (run->host, error) && esim_task_check (run->task, error);
}

static gboolean
refuse (EsimError code, const char *message, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, (gint) code, message);
  return FALSE;
}

void
esim_download_complete_device (EsimCardHost *host, EsimDevice *device)
{
  EsimCard *card = esim_card_host_get_card (host);
  g_autofree char *imei = NULL;

  if (device->imei != NULL || card == NULL)
    return;
  imei = esim_card_dup_imei (card);
  if (imei == NULL || !esim_device_set_imei (device, imei, NULL))
    g_debug ("the server is not told which device this is: the modem gives no IMEI");
}

/* The card's default SM-DP+, where nothing else was named. */
static gboolean
find_address (Run *run, GError **error)
{
  g_autoptr (EsimAddresses) addresses = NULL;

  if (*run->ask->address != '\0')
    return TRUE;
  addresses = esim_isdr_get_addresses (run->isdr, error);
  if (addresses == NULL)
    return FALSE;
  if (*addresses->default_smdp == '\0')
    return refuse (ESIM_ERROR_WRONG_STATE,
                   "no server is known: give an activation code, or set a default SM-DP+ address", error);
  g_free (run->ask->address);
  run->ask->address = g_strdup (addresses->default_smdp);
  return TRUE;
}

static gboolean
preflight (Run *run, GError **error)
{
  if (!go_on (run, "opening-card", error))
    return FALSE;
  run->isdr = esim_card_host_begin (run->host, run->ask->eid, error);
  if (run->isdr == NULL)
    return FALSE;
  if (esim_isdr_is_iot (run->isdr))
    return refuse (ESIM_ERROR_NOT_SUPPORTED,
                   "this eUICC keeps to SGP.32 and is managed by a server (eIM): it takes profiles from "
                   "there alone",
                   error);
  esim_download_complete_device (run->host, run->ask->device);
  /* A server gets its notifications in ascending sequence, and a card that is full pushes out its oldest:
   * what is pending is on disk before there is more. */
  return esim_card_host_save_notifications (run->host, FALSE, error) != NULL && find_address (run, error);
}

/* 3.1.2 Common Mutual Authentication; the server's own checks are in esim-es9-message.h. */
static gboolean
authenticate (Run *run, GError **error)
{
  const EsimServerAuthentication *server;
  g_autoptr (GBytes) challenge = NULL, info1 = NULL, response = NULL;
  const EsimEuiccInfo *info;

  if (!go_on (run, "authenticating-server", error))
    return FALSE;
  info = esim_card_host_get_info (run->host, FALSE, error);
  info1 = info != NULL ? esim_isdr_get_info1_bytes (run->isdr, error) : NULL;
  challenge = info1 != NULL ? esim_isdr_get_challenge (run->isdr, error) : NULL;
  if (challenge == NULL)
    return FALSE;
  run->session = esim_es9_session_new (run->hub, ESIM_RSP_SERVER_SMDP, run->ask->address,
                                       (const char *const *) info->ci_key_ids);
  esim_download_interrupt_set_session (run->interrupt, run->session);
  server = esim_es9_session_initiate_authentication (run->session, challenge, info1, run->ask->oid, error);
  if (server == NULL)
    return FALSE;
  run->record->transaction_id = g_strdup (esim_es9_session_get_transaction_id (run->session));
  if (!esim_download_record_write (run->record, esim_card_host_get_store (run->host), error) ||
      !go_on (run, "authenticating-server", error))
    return FALSE;
  response =
      esim_isdr_authenticate_server (run->isdr, server, run->ask->device, run->ask->matching_id, error);
  if (response == NULL || !go_on (run, "asking-server", error))
    return FALSE;
  run->offer = esim_es9_session_authenticate_client (run->session, response, error);
  return run->offer != NULL;
}

static gboolean
is_operational_installed (GPtrArray *profiles)
{
  for (guint i = 0; i < profiles->len; i++)
    if (((EsimProfileInfo *) g_ptr_array_index (profiles, i))->class_ == ESIM_PROFILE_CLASS_OPERATIONAL)
      return TRUE;
  return FALSE;
}

/* The profile's rules against the card's table (2.9.2.4). */
static gboolean
check_policy (Run *run, GPtrArray *profiles, gboolean *consent_required, GError **error)
{
  const EsimProfileMetadata *metadata = run->offer->metadata;
  g_autoptr (EsimRat) rat = NULL;

  *consent_required = FALSE;
  if ((metadata->policy_rules & (ESIM_PPR_1_NO_DISABLE | ESIM_PPR_2_NO_DELETE)) == 0)
    return TRUE;
  rat = esim_isdr_get_rat (run->isdr, error);
  if (rat == NULL)
    return FALSE;
  run->reason = ESIM_CANCEL_PPR_NOT_ALLOWED;
  if (!esim_rat_check (rat, metadata, is_operational_installed (profiles), consent_required, error))
    return FALSE;
  run->reason = ESIM_CANCEL_POSTPONED;
  return TRUE;
}

/* What can be known before anybody is asked. */
static gboolean
check_offer (Run *run, gboolean *consent_required, GError **error)
{
  const EsimProfileMetadata *metadata = run->offer->metadata;
  GPtrArray *profiles;

  if (metadata == NULL)
    return refuse (ESIM_ERROR_SERVER_ERROR, "the server does not say which profile it offers", error);
  profiles = esim_card_host_get_profiles (run->host, error);
  if (profiles == NULL)
    return FALSE;
  if (esim_card_host_find_profile (run->host, metadata->iccid) != NULL)
    return refuse (ESIM_ERROR_PROFILE_EXISTS,
                   "this profile is on the card already; delete it first to install it anew", error);
  if (metadata->class_ == ESIM_PROFILE_CLASS_TEST && !run->ask->allow_test)
    return refuse (ESIM_ERROR_TEST_PROFILE,
                   "it is a test profile, whose keys may be public; it is installed only where the request "
                   "allows that (allow-test-profile)",
                   error);
  if (!check_policy (run, profiles, consent_required, error))
    return FALSE;
  g_free (run->record->iccid);
  run->record->iccid = g_strdup (metadata->iccid);
  run->record->step = ESIM_DOWNLOAD_ASKING;
  return esim_download_record_write (run->record, esim_card_host_get_store (run->host), error);
}

/* 3.1.3: the user sees what is offered, and says yes; once, however many sessions it takes. */
static gboolean
agree (Run *run, gboolean consent_required, GError **error)
{
  EsimDownload *ask = run->ask;
  EsimProfileMetadata *metadata = run->offer->metadata;
  gboolean code_required = run->offer->confirmation_code_required;

  if (!go_on (run, "waiting-for-consent", error))
    return FALSE;
  if (run->agreed == NULL || !esim_profile_metadata_equal (run->agreed, metadata, NULL)) {
    if (!esim_download_ask_install (ask, run->host, metadata, esim_es9_session_get_root_key_id (run->session),
                                    code_required && ask->confirmation_code == NULL, &run->reason, error) ||
        (consent_required && !esim_download_ask_policy (ask, run->host, metadata, &run->reason, error)))
      return FALSE;
    g_clear_pointer (&run->agreed, esim_profile_metadata_unref);
    run->agreed = esim_profile_metadata_ref (metadata);
  }
  return !code_required || ask->confirmation_code != NULL ||
         esim_download_ask_code (ask, run->host, FALSE, &run->reason, error);
}

/* The package is asked for, and loaded while it arrives. */
static gboolean
install (Run *run, GError **error)
{
  EsimEs9Offer *offer = run->offer;
  g_autoptr (GBytes) hash = NULL, response = NULL;
  EsimDownloadLoad load = {.host = run->host,
                           .task = run->task,
                           .record = run->record,
                           .interrupt = run->interrupt,
                           .isdr = run->isdr,
                           .agreed = run->agreed};
  gboolean ok;

  if (!go_on (run, "preparing", error))
    return FALSE;
  if (offer->confirmation_code_required)
    hash = esim_hash_confirmation_code (run->ask->confirmation_code,
                                        esim_es9_session_get_transaction_octets (run->session));
  esim_download_drop_code (run->ask);
  response = esim_isdr_prepare_download (run->isdr, offer->signed2, offer->signature2, hash,
                                         offer->certificate, error);
  if (response == NULL || !go_on (run, "asking-server", error))
    return FALSE;
  load.call = esim_es9_session_get_bound_profile_package (run->session, response, error);
  if (load.call == NULL)
    return FALSE;
  load.reason = run->reason;
  ok = esim_download_load (&load, error);
  run->reason = load.reason;
  run->is_over = load.is_over;
  run->ask->notification = g_steal_pointer (&load.notification);
  return ok;
}

static void
drop_session (Run *run)
{
  esim_download_interrupt_set_session (run->interrupt, NULL);
  g_clear_pointer (&run->offer, esim_es9_offer_free);
  g_clear_pointer (&run->session, esim_es9_session_free);
}

static EsimCancelReason
choose_reason (Run *run, const GError *error)
{
  if (!esim_card_host_check_running (run->host, NULL))
    return ESIM_CANCEL_POSTPONED;
  return g_error_matches (error, ESIM_ERROR, ESIM_ERROR_CANCELLED) ? ESIM_CANCEL_END_USER_REJECTION
                                                                   : run->reason;
}

/* One session from its first message to its last. */
static gboolean
run_session (Run *run, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean consent_required = FALSE;

  /* What fails on the way leaves the order as it was. */
  run->reason = ESIM_CANCEL_POSTPONED;
  if (authenticate (run, &local) && check_offer (run, &consent_required, &local) &&
      agree (run, consent_required, &local) && install (run, &local)) {
    run->ask->root_key_id = g_strdup (esim_es9_session_get_root_key_id (run->session));
    drop_session (run);
    return TRUE;
  }
  if (run->session != NULL && esim_es9_session_get_root_key_id (run->session) != NULL)
    esim_error_set_detail (local, ESIM_DETAIL_ROOT_KEY_ID,
                           g_variant_new_string (esim_es9_session_get_root_key_id (run->session)));
  drop_session (run);
  if (!run->is_over && run->record->transaction_id != NULL) {
    esim_task_report (run->task, "cancelling", -1);
    run->ask->left = !esim_download_cancel (run->host, run->hub, run->record, choose_reason (run, local));
  }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* A wrong confirmation code ends the session: SGP.22 knows no second PrepareDownload in it that every server
 * takes. It is postponed, which keeps the order, and the next session brings the next code. */
static gboolean
run_sessions (Run *run, GError **error)
{
  for (guint tries = 1;; tries++) {
    g_autoptr (GError) local = NULL;
    EsimCancelReason unused;

    if (run_session (run, &local))
      return TRUE;
    if (run->ask->left || tries >= CODES_MAX ||
        !g_error_matches (local, ESIM_ERROR, ESIM_ERROR_CONFIRMATION_CODE_INVALID)) {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
    g_clear_pointer (&run->record->transaction_id, g_free);
    g_clear_pointer (&run->record->cancel, g_bytes_unref);
    run->record->step = ESIM_DOWNLOAD_AUTHENTICATING;
    esim_task_report (run->task, "waiting-for-consent", -1);
    if (!esim_download_record_write (run->record, esim_card_host_get_store (run->host), error) ||
        !esim_download_ask_code (run->ask, run->host, TRUE, &unused, error))
      return FALSE;
    run->isdr = esim_card_host_begin (run->host, run->ask->eid, error);
    if (run->isdr == NULL)
      return FALSE;
  }
}

/* In another session, if this one has suffered. */
static gboolean
read_profiles (Run *run, GError **error)
{
  if (esim_card_host_read_profiles (run->host, NULL) != NULL)
    return TRUE;
  esim_card_host_close (run->host);
  return esim_card_host_begin (run->host, run->ask->eid, error) != NULL &&
         esim_card_host_read_profiles (run->host, error) != NULL;
}

/* The card's own list is what counts. */
static gboolean
read_card (Run *run, GError **error)
{
  g_autoptr (GError) local = NULL;

  run->ask->iccid = g_strdup (run->record->iccid);
  esim_task_report (run->task, "reading-card", 1);
  if (!read_profiles (run, &local)) {
    /* It said that it has it, and signed that. */
    g_message ("the card could not be read after a download: %s", local->message);
    run->ask->unread = TRUE;
    return TRUE;
  }
  if (esim_card_host_find_profile (run->host, run->ask->iccid) != NULL)
    return TRUE;
  return refuse (ESIM_ERROR_CARD_ERROR,
                 "the card says that the profile is installed, but does not list it; ask its carrier", error);
}

/* What is left is noted; nothing is left: the record goes. Where the disk does not take that, what stands
 * there may be of any moment, and is looked after when the disk may be better. */
static void
end_record (Run *run)
{
  EsimStore *store = esim_card_host_get_store (run->host);
  g_autoptr (GError) local = NULL;

  /* Where the card could not be asked any more, what came of it is told when it can. */
  run->record->told = !run->ask->left || run->record->step != ESIM_DOWNLOAD_LOADING;
  if ((run->ask->left ? esim_download_record_write : esim_download_record_remove) (run->record, store,
                                                                                   &local))
    return;
  g_warning ("the record of a download that has ended: %s", local->message);
  run->ask->left = TRUE;
  if (run->record->told)
    run->ask->told = g_strdup (run->record->id);
}

static gboolean
run_recorded (Run *run, GError **error)
{
  gboolean ok;

  run->record = esim_download_record_new (run->ask->eid, run->ask->address, run->ask->requester);
  /* It may stand there although that it does is not certain. */
  ok = esim_download_record_write (run->record, esim_card_host_get_store (run->host), error) &&
       run_sessions (run, error) && read_card (run, error);
  end_record (run);
  return ok;
}

gboolean
esim_download_run (EsimDownload *self, EsimCardHost *host, EsimTask *task, EsimHttpHub *hub, GError **error)
{
  Run run = {.ask = self, .host = host, .task = task, .hub = hub};
  gboolean ok;

  run.interrupt = esim_download_interrupt_new (host, task);
  ok = preflight (&run, error) && run_recorded (&run, error);
  esim_download_interrupt_free (run.interrupt);
  esim_download_drop_code (self);
  g_clear_pointer (&run.record, esim_download_record_free);
  g_clear_pointer (&run.agreed, esim_profile_metadata_unref);
  return ok;
}

void
esim_download_drop_code (EsimDownload *self)
{
  if (self->confirmation_code != NULL)
    explicit_bzero (self->confirmation_code, strlen (self->confirmation_code));
  g_clear_pointer (&self->confirmation_code, g_free);
}

void
esim_download_clear (EsimDownload *self)
{
  esim_download_drop_code (self);
  if (self->matching_id != NULL)
    explicit_bzero (self->matching_id, strlen (self->matching_id));
  g_free (self->matching_id);
  g_free (self->eid);
  g_free (self->address);
  g_free (self->oid);
  g_clear_pointer (&self->device, esim_device_free);
  g_clear_object (&self->operation);
  g_free (self->told);
  g_free (self->iccid);
  g_free (self->root_key_id);
  g_free (self->notification);
}
