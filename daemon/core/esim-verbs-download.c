/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-verbs-download.h"
#include "esim-activation-code.h"
#include "esim-address-guard.h"
#include "esim-discover.h"
#include "esim-download.h"
#include "esim-error.h"
#include "esim-log.h"
#include "esim-memory-reset.h"
#include "esim-network.h"
#include "esim-operation-question.h"

#include <string.h>

/* SGP.22 wants a TAC in any case. This one is nobody's: a machine that does not know what it is does not pass
 * for another maker's device. */
#define TAC_UNKNOWN "00000000"

static gboolean
refuse (EsimError code, const char *message, GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, (gint) code, message);
  return FALSE;
}

/* An eIM's card is left alone. */
static gboolean
check (EsimEuicc *euicc, GError **error)
{
  if (!esim_euicc_check (euicc, NULL, error))
    return FALSE;
  if (!esim_euicc_get_snapshot (euicc)->is_iot)
    return TRUE;
  return refuse (ESIM_ERROR_NOT_SUPPORTED,
                 "this eUICC keeps to SGP.32 and is managed by a server (eIM): change it there", error);
}

/* What a server is told of this machine. */
static EsimDevice *
describe_device (EsimManager *manager, EsimEuicc *euicc)
{
  const EsimModemConfig *modem = esim_euicc_get_modem (euicc);
  const EsimKeeper *keeper = esim_manager_get_keeper (manager);
  EsimDevice *device = esim_device_new ();
  g_autofree char *imei = NULL;

  if (keeper != NULL && keeper->dup_imei != NULL)
    imei = keeper->dup_imei (modem->name, modem->device, keeper->keeper);
  if (imei == NULL || !esim_device_set_imei (device, imei, NULL))
    g_assert (esim_device_set_tac (device, TAC_UNKNOWN, NULL));
  return device;
}

static EsimOperation *
add_operation (EsimManager *manager, EsimEuicc *euicc, const char *kind, guint requester)
{
  g_autoptr (EsimOperation) operation = esim_operation_new (kind, G_OBJECT (euicc), NULL, requester);

  esim_manager_add_operation (manager, operation);
  return g_steal_pointer (&operation);
}

gboolean
esim_verb_address_check (const char *address, GError **error)
{
  return *address == '\0' || esim_address_guard_check_host (address, error);
}

/* Download */

typedef struct {
  EsimManager *manager;
  EsimDownload download;
} DownloadVerb;

static void
download_verb_free (gpointer data)
{
  DownloadVerb *verb = data;

  esim_download_clear (&verb->download);
  g_object_unref (verb->manager);
  g_free (verb);
}

static gboolean
take_code (EsimDownload *download, const char *text, GError **error)
{
  g_autoptr (EsimActivationCode) code = esim_activation_code_parse (text, error);

  if (code == NULL)
    return FALSE;
  if (code->device_change)
    return refuse (ESIM_ERROR_NOT_SUPPORTED,
                   "this code moves a profile from another device, which this version cannot do; ask the "
                   "carrier for a code for a new profile",
                   error);
  download->address = g_strdup (code->smdp_address);
  download->matching_id = g_strdup (code->matching_id);
  download->oid = g_strdup (code->smdp_oid);
  return TRUE;
}

static gboolean
take_options (EsimDownload *download, const EsimDownloadOptions *options, GError **error)
{
  const char *code = options->code != NULL ? options->code : "";
  const char *address = options->smdp_address != NULL ? options->smdp_address : "";
  const char *matching_id = options->matching_id != NULL ? options->matching_id : "";

  if (options->confirmation_code != NULL && strlen (options->confirmation_code) > ESIM_CONFIRMATION_CODE_MAX)
    return refuse (ESIM_ERROR_INVALID_ARGUMENT, "a confirmation code has at most 255 octets", error);
  if (options->confirmation_code != NULL && *options->confirmation_code != '\0')
    download->confirmation_code = g_strdup (options->confirmation_code);
  download->allow_test = options->allow_test;
  if (*code != '\0' && (*address != '\0' || *matching_id != '\0'))
    return refuse (ESIM_ERROR_INVALID_ARGUMENT,
                   "an activation code names its server: give the one or the other", error);
  if (*code != '\0')
    return take_code (download, code, error);
  if (*address == '\0' && *matching_id != '\0')
    return refuse (ESIM_ERROR_INVALID_ARGUMENT, "a matching id needs the address of its server", error);
  if (!esim_verb_address_check (address, error) ||
      !esim_activation_code_check_matching_id (matching_id, error))
    return FALSE;
  download->address = g_strdup (address);
  download->matching_id = g_strdup (matching_id);
  return TRUE;
}

gboolean
esim_verb_download_check (const EsimDownloadOptions *options, GError **error)
{
  EsimDownload download = {0};
  gboolean good = take_options (&download, options, error);

  esim_download_clear (&download);
  return good;
}

static gboolean
download_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  DownloadVerb *verb = data;

  return esim_download_run (&verb->download, host, task, esim_manager_get_http (verb->manager), error);
}

/* How far the server's being told has come. */
static const char *
describe_notification (EsimManager *manager, const char *id)
{
  GPtrArray *items = esim_outbox_get_items (esim_manager_get_outbox (manager));

  for (guint i = 0; id != NULL && i < items->len; i++) {
    const EsimOutboxItem *item = g_ptr_array_index (items, i);

    if (strcmp (item->id, id) == 0)
      return esim_delivery_state_to_string (item->state);
  }
  return id != NULL ? "pending" : "";
}

static void
download_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  DownloadVerb *verb = data;
  EsimDownload *download = &verb->download;
  GVariantDict dict;

  if (download->left)
    esim_downloads_look_again (esim_manager_get_downloads (verb->manager), euicc, download->told);
  if (download->unread)
    esim_euicc_reopen (euicc);
  if (error != NULL) {
    esim_operation_finish (download->operation, NULL, error);
    return;
  }
  esim_log (ESIM_LOG_PROFILE_INSTALLED, ESIM_LOG_INFO, ESIM_LOG_FIELD_SERVER, download->address,
            "a profile from %s was installed for user %u", download->address, download->requester);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "iccid", "s", download->iccid);
  g_variant_dict_insert (&dict, "root-key-id", "s",
                         download->root_key_id != NULL ? download->root_key_id : "");
  g_variant_dict_insert (&dict, "notification", "s",
                         describe_notification (verb->manager, download->notification));
  esim_operation_finish (download->operation, g_variant_dict_end (&dict), NULL);
}

EsimOperation *
esim_verb_download (EsimManager *manager, EsimEuicc *euicc, guint requester,
                    const EsimDownloadOptions *options, GError **error)
{
  DownloadVerb *verb = g_new0 (DownloadVerb, 1);
  EsimOperation *operation;

  verb->manager = g_object_ref (manager);
  if (!take_options (&verb->download, options, error) || !check (euicc, error) ||
      !esim_manager_check_questions (manager, error)) {
    download_verb_free (verb);
    return NULL;
  }
  operation = add_operation (manager, euicc, "download", requester);
  verb->download.eid = g_strdup (esim_euicc_get_eid (euicc));
  verb->download.requester = requester;
  verb->download.device = describe_device (manager, euicc);
  verb->download.operation = operation;
  esim_euicc_run (euicc, operation, download_job, download_done, verb, download_verb_free);
  return operation;
}

/* Discover */

typedef struct {
  EsimManager *manager;
  EsimOperation *operation;
  EsimDiscover discover;
} DiscoverVerb;

static void
discover_verb_free (gpointer data)
{
  DiscoverVerb *verb = data;

  esim_discover_clear (&verb->discover);
  g_object_unref (verb->operation);
  g_object_unref (verb->manager);
  g_free (verb);
}

static gboolean
discover_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  DiscoverVerb *verb = data;

  return esim_discover_run (&verb->discover, host, task, esim_manager_get_http (verb->manager), error);
}

static GVariant *
describe_orders (GPtrArray *orders)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < orders->len; i++) {
    const EsimOrder *order = g_ptr_array_index (orders, i);

    g_variant_builder_add_parsed (&list, "{'address': <%s>, 'matching-id': <%s>}", order->address,
                                  order->matching_id);
  }
  return g_variant_builder_end (&list);
}

static GVariant *
describe_problems (GPtrArray *problems)
{
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < problems->len; i++) {
    const EsimDiscoverProblem *problem = g_ptr_array_index (problems, i);

    g_variant_builder_add_parsed (&list, "{'address': <%s>, 'error-name': <%s>, 'error': <%s>}",
                                  problem->address, esim_error_get_dbus_name (problem->error),
                                  problem->error->message);
  }
  return g_variant_builder_end (&list);
}

static void
discover_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  DiscoverVerb *verb = data;
  GVariantDict dict;

  if (error != NULL) {
    esim_operation_finish (verb->operation, NULL, error);
    return;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "orders", describe_orders (verb->discover.orders));
  if (verb->discover.problems->len > 0)
    g_variant_dict_insert_value (&dict, "problems", describe_problems (verb->discover.problems));
  esim_operation_finish (verb->operation, g_variant_dict_end (&dict), NULL);
}

EsimOperation *
esim_verb_discover (EsimManager *manager, EsimEuicc *euicc, guint requester, const char *const *addresses,
                    GError **error)
{
  DiscoverVerb *verb;

  for (guint i = 0; addresses != NULL && addresses[i] != NULL; i++)
    if (!esim_address_guard_check_host (addresses[i], error))
      return NULL;
  if (!check (euicc, error))
    return NULL;
  verb = g_new0 (DiscoverVerb, 1);
  verb->manager = g_object_ref (manager);
  verb->operation = add_operation (manager, euicc, "discover", requester);
  esim_discover_init (&verb->discover);
  verb->discover.eid = g_strdup (esim_euicc_get_eid (euicc));
  verb->discover.addresses =
      addresses != NULL && addresses[0] != NULL ? g_strdupv ((char **) addresses) : NULL;
  verb->discover.device = describe_device (manager, euicc);
  esim_euicc_run (euicc, verb->operation, discover_job, discover_done, verb, discover_verb_free);
  return verb->operation;
}

/* Memory reset, default address, icon */

typedef struct {
  EsimOperation *operation; /* nullable */
  char *eid;
  char *address;
  EsimMemoryReset what;
  GPtrArray *deleted;
  EsimProfileInfo *profile;
  char *icon_type;
  GBytes *icon;
  EsimIconDone done;
  gpointer user_data;
  GDestroyNotify free_data;
} CardVerb;

static void
card_verb_free (gpointer data)
{
  CardVerb *verb = data;

  if (verb->free_data != NULL)
    verb->free_data (verb->user_data);
  g_clear_object (&verb->operation);
  g_clear_pointer (&verb->deleted, g_ptr_array_unref);
  g_clear_pointer (&verb->profile, esim_profile_info_unref);
  g_clear_pointer (&verb->icon, g_bytes_unref);
  g_free (verb->icon_type);
  g_free (verb->address);
  g_free (verb->eid);
  g_free (verb);
}

static CardVerb *
card_verb_new (EsimEuicc *euicc)
{
  CardVerb *verb = g_new0 (CardVerb, 1);

  verb->eid = g_strdup (esim_euicc_get_eid (euicc));
  return verb;
}

static gboolean
reset_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  CardVerb *verb = data;

  return esim_memory_reset_run (host, task, verb->eid, verb->what, &verb->deleted, error);
}

static void
reset_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  CardVerb *verb = data;
  GVariantDict dict;

  if (verb->deleted != NULL && verb->deleted->len > 0)
    esim_log (ESIM_LOG_PROFILE_DELETED, ESIM_LOG_INFO, NULL, NULL,
              "%u profiles were deleted by a memory reset for user %u", verb->deleted->len,
              esim_operation_get_requester (verb->operation));
  if (error != NULL) {
    esim_operation_finish (verb->operation, NULL, error);
    return;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (
      &dict, "deleted",
      g_variant_new_strv ((const char *const *) verb->deleted->pdata, (gssize) verb->deleted->len));
  esim_operation_finish (verb->operation, g_variant_dict_end (&dict), NULL);
}

static gboolean
check_reset (EsimManager *manager, EsimEuicc *euicc, EsimMemoryReset what, const char *eid,
             gboolean contracts_continue, GError **error)
{
  GPtrArray *profiles = esim_euicc_get_snapshot (euicc)->profiles;

  if (what == 0)
    return refuse (ESIM_ERROR_INVALID_ARGUMENT, "say what is to be taken away", error);
  if (g_strcmp0 (eid, esim_euicc_get_eid (euicc)) != 0)
    return refuse (ESIM_ERROR_INVALID_ARGUMENT,
                   "the option \"eid\" must be the EID of this eUICC, typed by whoever wants this", error);
  if ((what & ESIM_RESET_OPERATIONAL) != 0 && !contracts_continue)
    return refuse (ESIM_ERROR_INVALID_ARGUMENT,
                   "deleting profiles ends no contract: ask for Deregister of each, or reset with "
                   "contracts-continue = true",
                   error);
  for (guint i = 0; i < profiles->len; i++) {
    const EsimProfileInfo *profile = g_ptr_array_index (profiles, i);

    if (esim_memory_reset_takes (what, profile) &&
        !esim_manager_check_free (manager, esim_euicc_get_eid (euicc), profile->iccid, error))
      return FALSE;
  }
  return TRUE;
}

/* A reset that nothing is in the way of. */
typedef struct {
  EsimManager *manager;
  EsimEuicc *euicc;
  CardVerb *verb;
} Reset;

static void
reset_free (gpointer data)
{
  Reset *reset = data;

  g_clear_pointer (&reset->verb, card_verb_free);
  g_object_unref (reset->euicc);
  g_object_unref (reset->manager);
  g_free (reset);
}

static void
reset_now (gpointer data)
{
  Reset *reset = data;
  EsimOperation *operation = reset->verb->operation;
  g_autoptr (GError) error = NULL;

  /* While somebody was asked, a deregistration may have begun. */
  if (check (reset->euicc, &error) &&
      check_reset (reset->manager, reset->euicc, reset->verb->what, reset->verb->eid, TRUE, &error))
    esim_euicc_run (reset->euicc, operation, reset_job, reset_done, g_steal_pointer (&reset->verb),
                    card_verb_free);
  else
    esim_operation_finish (operation, NULL, error);
}

static gboolean
takes_what_is_enabled (EsimEuicc *euicc, EsimMemoryReset what)
{
  GPtrArray *profiles = esim_euicc_get_snapshot (euicc)->profiles;

  for (guint i = 0; i < profiles->len; i++) {
    const EsimProfileInfo *profile = g_ptr_array_index (profiles, i);

    if (profile->enabled && esim_memory_reset_takes (what, profile))
      return TRUE;
  }
  return FALSE;
}

EsimOperation *
esim_verb_reset_memory (EsimManager *manager, EsimEuicc *euicc, guint requester,
                        const EsimResetOptions *options, GError **error)
{
  EsimOperation *operation;
  Reset *reset;

  if (!check (euicc, error) || !esim_manager_check_questions (manager, error) ||
      !check_reset (manager, euicc, options->what, options->eid, options->contracts_continue, error))
    return NULL;
  operation = add_operation (manager, euicc, "reset-memory", requester);
  reset = g_new (Reset, 1);
  *reset = (Reset){g_object_ref (manager), g_object_ref (euicc), card_verb_new (euicc)};
  reset->verb->what = options->what;
  reset->verb->operation = operation;
  esim_network_ask_before_cutting (esim_manager_get_look_at_network (manager), euicc, operation,
                                   options->allow_disconnect || !takes_what_is_enabled (euicc, options->what),
                                   reset_now, reset, reset_free);
  return operation;
}

static gboolean
address_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  CardVerb *verb = data;
  EsimIsdr *isdr = esim_card_host_begin (host, verb->eid, error);
  gboolean shown = esim_card_host_has_details (host);

  if (isdr == NULL || !esim_task_commit (task, error) ||
      !esim_isdr_set_default_address (isdr, verb->address, error))
    return FALSE;
  /* Where it is shown, it is shown as the card has it now. */
  esim_card_host_drop_details (host);
  return !shown || esim_card_host_get_details (host, error) != NULL;
}

EsimOperation *
esim_verb_set_default_address (EsimManager *manager, EsimEuicc *euicc, guint requester, const char *address,
                               GError **error)
{
  CardVerb *verb;

  if (!esim_verb_address_check (address, error) || !check (euicc, error))
    return NULL;
  verb = card_verb_new (euicc);
  verb->address = g_strdup (address);
  verb->operation = add_operation (manager, euicc, "set-default-address", requester);
  esim_euicc_run (euicc, verb->operation, address_job, NULL, verb, card_verb_free);
  return verb->operation;
}

static gboolean
icon_job (EsimCardHost *host, EsimTask *task, gpointer data, GError **error)
{
  CardVerb *verb = data;
  g_autoptr (GError) local = NULL;
  EsimIsdr *isdr = esim_card_host_begin (host, verb->eid, error);

  if (isdr == NULL)
    return FALSE;
  verb->icon = esim_isdr_get_icon (isdr, verb->profile, &verb->icon_type, &local);
  if (verb->icon != NULL || g_error_matches (local, ESIM_ERROR, ESIM_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
icon_done (EsimEuicc *euicc, const GError *error, gpointer data)
{
  CardVerb *verb = data;

  verb->done (verb->icon != NULL ? verb->icon_type : "", verb->icon, error, verb->user_data);
}

void
esim_verb_get_icon (EsimManager *manager, EsimEuicc *euicc, const char *iccid, EsimIconDone done,
                    gpointer user_data, GDestroyNotify free_data)
{
  g_autoptr (GError) error = NULL;
  CardVerb *verb;

  if (!esim_euicc_check (euicc, iccid, &error)) {
    done ("", NULL, error, user_data);
    if (free_data != NULL)
      free_data (user_data);
    return;
  }
  verb = card_verb_new (euicc);
  verb->profile = esim_profile_info_ref (esim_card_snapshot_find (esim_euicc_get_snapshot (euicc), iccid));
  verb->done = done;
  verb->user_data = user_data;
  verb->free_data = free_data;
  esim_euicc_run (euicc, NULL, icon_job, icon_done, verb, card_verb_free);
}
