/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bus.h"
#include "esim-call.h"
#include "esim-carrier-check.h"
#include "esim-carrier-describe.h"
#include "esim-dbus.h"
#include "esim-error.h"
#include "esim-options.h"

#include <string.h>

#define VALUE_MAX 256 /* octets */

struct _EsimBusCarriers {
  EsimBus *bus;
  EsimDBusManager *iface;
  EsimCarrierDirectory *directory; /* NULL once the bus is left, while a call may still be on its way */
};

static const EsimOption lookup_options[] = {
    {"id", "s"},    {"profile", "o"},          {"mccmnc", "s"},       {"gid1", "s"},
    {"iccid", "s"}, {"service-provider", "s"}, {"smdp-address", "s"}, {NULL, NULL}};

static const struct {
  const char *key;
  const char *pattern;
  const char *words;
} forms[] = {
    {"mccmnc", "^[0-9]{5,6}$", "five or six digits"},
    {"gid1", "^[0-9A-Fa-f]*$", "hexadecimal, or empty where the card has none"},
    {"iccid", "^[0-9]{18,20}$", "18 to 20 digits"},
    {"service-provider", "^.*$", "text"},
    {"smdp-address", "^[A-Za-z0-9.-]+$", "the name of a server"},
};

static EsimBusCarriers *
get_self (EsimCall *call)
{
  return g_object_get_data (G_OBJECT (call->invocation), "carriers");
}

/* Does what is asked, unless the service is about to leave. */
static gboolean
may_act (EsimCall *call)
{
  g_autoptr (GError) error = NULL;

  if (get_self (call)->directory != NULL)
    return TRUE;
  error = g_error_new_literal (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the service stops; ask again");
  esim_call_fail (call, error);
  return FALSE;
}

static gboolean
check_form (GVariant *options, guint form, GError **error)
{
  const char *value = NULL;

  if (!g_variant_lookup (options, forms[form].key, "&s", &value) ||
      (strlen (value) <= VALUE_MAX &&
       g_regex_match_simple (forms[form].pattern, value, G_REGEX_DOLLAR_ENDONLY, 0)))
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "\"%s\" must be %s, of at most %d octets",
               forms[form].key, forms[form].words, VALUE_MAX);
  return FALSE;
}

static gboolean
validate_lookup (EsimCall *call, GError **error)
{
  gsize n = g_variant_n_children (call->options);
  g_autoptr (GVariant) id = g_variant_lookup_value (call->options, "id", NULL);
  g_autoptr (GVariant) profile = g_variant_lookup_value (call->options, "profile", NULL);

  if (!esim_options_check (call->options, lookup_options, error))
    return FALSE;
  if (n == 0 || ((id != NULL || profile != NULL) && n > 1)) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
        "ask by \"id\" alone, by \"profile\" alone, or by what is known of a profile: at least one of "
        "\"mccmnc\", \"gid1\", \"iccid\", \"service-provider\", \"smdp-address\"");
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (!check_form (call->options, i, error))
      return FALSE;
  return TRUE;
}

static GVariant *
describe_found (EsimCarrier *carrier)
{
  g_autoptr (GDateTime) today = g_date_time_new_now_utc ();

  return esim_carrier_describe (carrier, today);
}

static void
answer (EsimCall *call, const EsimCarrierResult *result)
{
  static const char *const verdicts[] = {"none", "found", "question"};
  GVariantBuilder candidates;
  GVariantDict dict;

  g_variant_builder_init (&candidates, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < result->candidates->len; i++)
    g_variant_builder_add_value (&candidates,
                                 esim_carrier_describe_summary (g_ptr_array_index (result->candidates, i)));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "verdict", "s", verdicts[result->verdict]);
  g_variant_dict_insert (&dict, "by", "s", result->by);
  g_variant_dict_insert_value (&dict, "candidates", g_variant_builder_end (&candidates));
  if (result->verdict == ESIM_CARRIER_FOUND)
    g_variant_dict_insert_value (&dict, "carrier",
                                 describe_found (g_ptr_array_index (result->candidates, 0)));
  esim_call_return (call, g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static void
answer_id (EsimCall *call, const char *id)
{
  EsimCarrier *carrier = esim_carrier_directory_find (get_self (call)->directory, id);
  g_auto (EsimCarrierResult) result = {ESIM_CARRIER_FOUND, NULL, "id"};
  g_autoptr (GError) error = NULL;

  if (carrier == NULL) {
    error = g_error_new (ESIM_ERROR, ESIM_ERROR_NOT_FOUND,
                         "the directory has no carrier \"%s\": see ListCarriers", id);
    esim_call_fail (call, error);
    return;
  }
  result.candidates = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_carrier_unref);
  g_ptr_array_add (result.candidates, esim_carrier_ref (carrier));
  answer (call, &result);
}

static EsimProfileInfo *
find_profile (EsimBus *bus, const char *path)
{
  GPtrArray *euiccs = esim_manager_get_euiccs (esim_bus_get_manager (bus));

  for (guint i = 0; i < euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (euiccs, i);
    EsimCardSnapshot *card = esim_euicc_get_snapshot (euicc);

    for (guint j = 0; card != NULL && j < card->profiles->len; j++) {
      EsimProfileInfo *info = g_ptr_array_index (card->profiles, j);

      if (strcmp (esim_bus_get_profile_path (bus, euicc, info->iccid), path) == 0)
        return info;
    }
  }
  return NULL;
}

static void
answer_query (EsimCall *call, const EsimCarrierQuery *query)
{
  GPtrArray *carriers = esim_carrier_directory_list (get_self (call)->directory);
  g_auto (EsimCarrierResult) result = esim_carrier_match (carriers, query);

  answer (call, &result);
}

/* The owner's data are the card's own, also of a disabled profile. An empty owner or name is one that the
 * card does not tell; an empty GID1 beside an owner is none. */
static void
answer_profile (EsimCall *call, const char *path)
{
  EsimProfileInfo *info = find_profile (call->bus, path);
  g_auto (GStrv) addresses = NULL;
  g_autoptr (GError) error = NULL;
  gboolean has_owner;

  if (info == NULL) {
    error = g_error_new (ESIM_ERROR, ESIM_ERROR_NOT_FOUND, "there is no profile %s", path);
    esim_call_fail (call, error);
    return;
  }
  has_owner = *info->home_operator != '\0';
  addresses = esim_profile_info_dup_delete_addresses (info);
  answer_query (call, &(EsimCarrierQuery){.mccmnc = has_owner ? info->home_operator : NULL,
                                          .gid1 = has_owner ? info->gid1 : NULL,
                                          .iccid = info->iccid,
                                          .service_provider =
                                              *info->service_provider != '\0' ? info->service_provider : NULL,
                                          .smdp_addresses = (const char *const *) addresses});
}

static void
act_lookup (EsimCall *call)
{
  const char *address = NULL, *text = NULL;
  const char *addresses[2] = {NULL, NULL};
  EsimCarrierQuery query = {0};

  if (!may_act (call))
    return;
  if (g_variant_lookup (call->options, "id", "&s", &text)) {
    answer_id (call, text);
    return;
  }
  if (g_variant_lookup (call->options, "profile", "&o", &text)) {
    answer_profile (call, text);
    return;
  }
  (void) g_variant_lookup (call->options, "mccmnc", "&s", &query.mccmnc);
  (void) g_variant_lookup (call->options, "gid1", "&s", &query.gid1);
  (void) g_variant_lookup (call->options, "iccid", "&s", &query.iccid);
  (void) g_variant_lookup (call->options, "service-provider", "&s", &query.service_provider);
  if (g_variant_lookup (call->options, "smdp-address", "&s", &address)) {
    addresses[0] = address;
    query.smdp_addresses = addresses;
  }
  answer_query (call, &query);
}

static void
act_list (EsimCall *call)
{
  GPtrArray *carriers;
  GVariantBuilder builder;

  if (!may_act (call))
    return;
  carriers = esim_carrier_directory_list (get_self (call)->directory);
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < carriers->len; i++)
    g_variant_builder_add_value (&builder, esim_carrier_describe_summary (g_ptr_array_index (carriers, i)));
  esim_call_return (call, g_variant_new ("(@aa{sv})", g_variant_builder_end (&builder)));
}

static gboolean
validate_check (EsimCall *call, GError **error)
{
  if (strlen (call->text) <= ESIM_CARRIER_FILE_MAX)
    return TRUE;
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED, "a carrier's file has at most %d octets",
               ESIM_CARRIER_FILE_MAX);
  return FALSE;
}

static void
act_check (EsimCall *call)
{
  g_autoptr (GPtrArray) problems = esim_carrier_problems_new ();
  g_autoptr (EsimCarrier) carrier = esim_carrier_check (call->text, strlen (call->text), problems);

  esim_call_return (call, g_variant_new ("(@aa{sv})", esim_carrier_describe_problems (problems)));
}

static EsimCall *
prepare (EsimBusCarriers *self, GDBusMethodInvocation *invocation, GVariant *options,
         EsimCallValidate validate, EsimCallAct act)
{
  EsimCall *call =
      esim_call_new (self->bus, G_OBJECT (esim_bus_get_manager (self->bus)), invocation, options);

  g_object_set_data_full (G_OBJECT (invocation), "carriers", g_rc_box_acquire (self), g_rc_box_release);
  call->validate = validate;
  call->act = act;
  return call;
}

static gboolean
on_list (EsimDBusManager *iface, GDBusMethodInvocation *invocation, EsimBusCarriers *self)
{
  esim_call_run (prepare (self, invocation, NULL, NULL, act_list));
  return TRUE;
}

static gboolean
on_look_up (EsimDBusManager *iface, GDBusMethodInvocation *invocation, GVariant *options,
            EsimBusCarriers *self)
{
  esim_call_run (prepare (self, invocation, options, validate_lookup, act_lookup));
  return TRUE;
}

static gboolean
on_check (EsimDBusManager *iface, GDBusMethodInvocation *invocation, const char *text, EsimBusCarriers *self)
{
  EsimCall *call = prepare (self, invocation, NULL, validate_check, act_check);

  call->text = g_strdup (text);
  esim_call_run (call);
  return TRUE;
}

EsimBusCarriers *
esim_bus_carriers_new (EsimBus *bus, gpointer iface, EsimCarrierDirectory *directory)
{
  EsimBusCarriers *self = g_rc_box_new0 (EsimBusCarriers);

  self->bus = bus;
  self->iface = g_object_ref (iface);
  self->directory = directory;
  g_signal_connect (iface, "handle-list-carriers", G_CALLBACK (on_list), self);
  g_signal_connect (iface, "handle-look-up-carrier", G_CALLBACK (on_look_up), self);
  g_signal_connect (iface, "handle-check-carrier-file", G_CALLBACK (on_check), self);
  return self;
}

void
esim_bus_carriers_free (EsimBusCarriers *self)
{
  g_signal_handlers_disconnect_by_data (self->iface, self);
  g_clear_object (&self->iface);
  self->directory = NULL;
  g_rc_box_release (self);
}
