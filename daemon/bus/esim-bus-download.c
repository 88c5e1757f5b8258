/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-bus-download.h"
#include "esim-bus-operation.h"
#include "esim-error.h"
#include "esim-options.h"
#include "esim-verbs-download.h"

#include <string.h>

static const EsimOption download_options[] = {{"cancel-with-caller", "b"}, {"smdp-address", "s"},
                                              {"matching-id", "s"},        {"confirmation-code", "s"},
                                              {"allow-test-profile", "b"}, {NULL, NULL}};
static const EsimOption discover_options[] = {
    {"cancel-with-caller", "b"}, {"smds-address", "s"}, {NULL, NULL}};
static const EsimOption reset_options[] = {{"cancel-with-caller", "b"},
                                           {"eid", "s"},
                                           {"contracts-continue", "b"},
                                           {"allow-disconnect", "b"},
                                           {NULL, NULL}};
static const EsimOption common_options[] = {{"cancel-with-caller", "b"}, {NULL, NULL}};

static void
run (EsimCall *call, const char *action, EsimCallValidate validate, EsimCallAct act)
{
  call->action = action;
  call->validate = validate;
  call->act = act;
  esim_call_run (call);
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, why);
  return FALSE;
}

static EsimDownloadOptions
get_download_options (EsimCall *call)
{
  return (EsimDownloadOptions){
      .code = call->text,
      .smdp_address = esim_options_get_string (call->options, "smdp-address"),
      .matching_id = esim_options_get_string (call->options, "matching-id"),
      .confirmation_code = esim_options_lookup_string (call->options, "confirmation-code"),
      .allow_test = esim_options_get_boolean (call->options, "allow-test-profile"),
  };
}

static gboolean
validate_download (EsimCall *call, GError **error)
{
  EsimDownloadOptions options;

  if (!esim_options_check (call->options, download_options, error))
    return FALSE;
  options = get_download_options (call);
  return esim_verb_download_check (&options, error);
}

static void
act_download (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  EsimDownloadOptions options = get_download_options (call);
  EsimOperation *operation = esim_verb_download (esim_bus_get_manager (call->bus), ESIM_EUICC (call->target),
                                                 call->uid, &options, &error);

  esim_bus_operation_answer (call, operation, error);
}

void
esim_bus_download (EsimCall *call, const char *code)
{
  call->text = g_strdup (code);
  run (call, "download", validate_download, act_download);
}

static gboolean
validate_discover (EsimCall *call, GError **error)
{
  return esim_options_check (call->options, discover_options, error) &&
         esim_verb_address_check (esim_options_get_string (call->options, "smds-address"), error);
}

static void
act_discover (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  const char *address = esim_options_get_string (call->options, "smds-address");
  const char *const given[] = {address, NULL};
  EsimOperation *operation = esim_verb_discover (esim_bus_get_manager (call->bus), ESIM_EUICC (call->target),
                                                 call->uid, *address != '\0' ? given : NULL, &error);

  esim_bus_operation_answer (call, operation, error);
}

void
esim_bus_discover (EsimCall *call)
{
  run (call, "download", validate_discover, act_discover);
}

/* What is to be reset travels as bits in call->number. */
static const struct {
  const char *word;
  guint bit;
} resets[] = {
    {"operational", ESIM_RESET_OPERATIONAL},
    {"test", ESIM_RESET_TEST},
    {"default-address", ESIM_RESET_DEFAULT_ADDRESS},
};

#define RESET_UNKNOWN (1u << 31)

static guint
reset_bit (const char *word)
{
  for (gsize i = 0; i < G_N_ELEMENTS (resets); i++)
    if (strcmp (resets[i].word, word) == 0)
      return resets[i].bit;
  return RESET_UNKNOWN;
}

static gboolean
validate_reset (EsimCall *call, GError **error)
{
  const char *eid;

  if (!esim_options_check (call->options, reset_options, error))
    return FALSE;
  eid = esim_options_get_string (call->options, "eid");
  if (call->number == 0 || (call->number & RESET_UNKNOWN) != 0)
    return refuse (error, "say what: at least one of \"operational\", \"test\", \"default-address\"");
  if (*eid == '\0' || strcmp (eid, esim_euicc_get_eid (ESIM_EUICC (call->target))) != 0)
    return refuse (error, "\"eid\" must be the EID of this eUICC, as a person typed it");
  if ((call->number & ESIM_RESET_OPERATIONAL) != 0 &&
      !esim_options_get_boolean (call->options, "contracts-continue"))
    return refuse (error,
                   "deleting profiles ends no contract: say that this is known, by \"contracts-continue\"");
  return TRUE;
}

static void
act_reset (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  const EsimResetOptions options = {
      .what = (EsimMemoryReset) call->number,
      .eid = esim_options_get_string (call->options, "eid"),
      .contracts_continue = esim_options_get_boolean (call->options, "contracts-continue"),
      .allow_disconnect = esim_options_get_boolean (call->options, "allow-disconnect")};
  EsimOperation *operation = esim_verb_reset_memory (esim_bus_get_manager (call->bus),
                                                     ESIM_EUICC (call->target), call->uid, &options, &error);

  esim_bus_operation_answer (call, operation, error);
}

void
esim_bus_reset_memory (EsimCall *call, const char *const *what)
{
  for (guint i = 0; what[i] != NULL; i++)
    call->number |= reset_bit (what[i]);
  run (call, "reset-memory", validate_reset, act_reset);
}

static gboolean
validate_default (EsimCall *call, GError **error)
{
  return esim_options_check (call->options, common_options, error) &&
         esim_verb_address_check (call->text, error);
}

static void
act_set_default (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  EsimOperation *operation = esim_verb_set_default_address (
      esim_bus_get_manager (call->bus), ESIM_EUICC (call->target), call->uid, call->text, &error);

  esim_bus_operation_answer (call, operation, error);
}

void
esim_bus_set_default_address (EsimCall *call, const char *address)
{
  call->text = g_strdup (address);
  run (call, "download", validate_default, act_set_default);
}

static void
on_icon (const char *type, GBytes *icon, const GError *error, gpointer data)
{
  EsimCall *call = data;
  gsize length = 0;
  const guint8 *octets = icon != NULL ? g_bytes_get_data (icon, &length) : NULL;

  if (error != NULL) {
    esim_call_fail (call, error);
    return;
  }
  esim_call_return (call, g_variant_new ("(s@ay)", length > 0 ? type : "",
                                         g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, octets, length, 1)));
}

static void
act_icon (EsimCall *call)
{
  esim_verb_get_icon (esim_bus_get_manager (call->bus), ESIM_EUICC (call->target), call->text, on_icon, call,
                      NULL);
}

void
esim_bus_get_icon (EsimCall *call)
{
  run (call, "refresh", NULL, act_icon);
}
