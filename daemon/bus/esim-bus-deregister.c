/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a deregistration is begun. */
#include "esim-bus-deregister.h"
#include "esim-dbus.h"
#include "esim-error.h"
#include "esim-options.h"

#include <string.h>

#define TOKEN_MAX 64 /* characters */
#define ID_MAX 64
#define REASON_TEXT_MAX 500

static const char *const reasons[] = {"no-longer-needed",
                                      "travel-ended",
                                      "switching-carrier",
                                      "too-expensive",
                                      "device-change",
                                      "poor-service",
                                      "other",
                                      NULL};

static const EsimOption options[] = {
    {"method", "s"},  {"reason", "s"}, {"reason-text", "s"},      {"carrier", "s"}, {"plan", "s"},
    {"dry-run", "b"}, {"token", "s"},  {"allow-disconnect", "b"}, {NULL, NULL}};

static const struct {
  const char *key;
  glong max;
} lengths[] = {{"token", TOKEN_MAX}, {"carrier", ID_MAX}, {"plan", ID_MAX}, {"reason-text", REASON_TEXT_MAX}};

gboolean
esim_bus_deregister_validate (EsimCall *call, GError **error)
{
  const char *reason;

  if (!esim_options_check (call->options, options, error))
    return FALSE;
  reason = esim_options_get_string (call->options, "reason");
  if (reason[0] != '\0' && !g_strv_contains (reasons, reason)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                 "the reason \"%s\" is not one of those documented", reason);
    return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    if (g_utf8_strlen (esim_options_get_string (call->options, lengths[i].key), -1) > lengths[i].max) {
      g_set_error (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "\"%s\" has at most %ld characters",
                   lengths[i].key, lengths[i].max);
      return FALSE;
    }
  return TRUE;
}

static EsimDeregistrationRequest
get_request (EsimCall *call)
{
  const char *reason = esim_options_get_string (call->options, "reason");

  return (EsimDeregistrationRequest){.requester = call->uid,
                                     .method = esim_options_get_string (call->options, "method"),
                                     .reason = reason[0] != '\0' ? reason : "other",
                                     .reason_text = esim_options_get_string (call->options, "reason-text"),
                                     .carrier = esim_options_get_string (call->options, "carrier"),
                                     .plan = esim_options_get_string (call->options, "plan"),
                                     .token = esim_options_get_string (call->options, "token"),
                                     .allow_disconnect =
                                         esim_options_get_boolean (call->options, "allow-disconnect"),
                                     .dry_run = esim_options_get_boolean (call->options, "dry-run")};
}

static void
answer (EsimCall *call, EsimDeregistration *deregistration, const GError *error)
{
  if (deregistration == NULL)
    esim_call_fail (call, error);
  else
    esim_call_return (call, g_variant_new ("(o)", esim_bus_get_path (call->bus, deregistration)));
}

void
esim_bus_deregister_act (EsimCall *call)
{
  EsimDeregistrationRequest request = get_request (call);
  g_autoptr (GError) error = NULL;
  EsimDeregistration *deregistration = esim_manager_deregister (
      esim_bus_get_manager (call->bus), &request, ESIM_EUICC (call->target), call->text, &error);

  answer (call, deregistration, error);
}

static gboolean
validate_iccid (EsimCall *call, GError **error)
{
  gsize length = strlen (call->text);

  if (length < 18 || length > 20 || strspn (call->text, "0123456789") != length) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT, "an ICCID has 18 to 20 digits");
    return FALSE;
  }
  return esim_bus_deregister_validate (call, error);
}

static void
act_iccid (EsimCall *call)
{
  EsimDeregistrationRequest request = get_request (call);
  g_autoptr (GError) error = NULL;
  EsimDeregistration *deregistration =
      esim_manager_deregister_iccid (ESIM_MANAGER (call->target), &request, call->text, &error);

  answer (call, deregistration, error);
}

static gboolean
on_deregister_iccid (EsimDBusManager *iface, GDBusMethodInvocation *invocation, const char *iccid,
                     GVariant *values, EsimBus *bus)
{
  EsimCall *call = esim_call_new (bus, G_OBJECT (esim_bus_get_manager (bus)), invocation, values);

  call->text = g_strdup (iccid);
  call->action = "deregister";
  call->validate = validate_iccid;
  call->act = act_iccid;
  esim_call_run (call);
  return TRUE;
}

void
esim_bus_deregister_handle (EsimBus *bus, gpointer iface)
{
  g_signal_connect (iface, "handle-deregister-iccid", G_CALLBACK (on_deregister_iccid), bus);
}
