/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the manager tells of activation codes and of roots, without asking a card. */
#include "esim-activation-code.h"
#include "esim-bus-download.h"
#include "esim-dbus.h"
#include "esim-error.h"
#include "esim-roots.h"

static void
act_parse (EsimCall *call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimActivationCode) code = esim_activation_code_parse (call->text, &error);
  GVariantDict dict;

  if (code == NULL) {
    esim_call_fail (call, error);
    return;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "smdp-address", "s", code->smdp_address);
  g_variant_dict_insert (&dict, "matching-id", "s", code->matching_id);
  g_variant_dict_insert (&dict, "oid", "s", code->smdp_oid != NULL ? code->smdp_oid : "");
  g_variant_dict_insert (&dict, "confirmation-code-required", "b", code->confirmation_code_required);
  g_variant_dict_insert (&dict, "ci-key-id", "s", code->ci_key_id != NULL ? code->ci_key_id : "");
  g_variant_dict_insert (&dict, "device-change", "b", code->device_change);
  esim_call_return (call, g_variant_new ("(@a{sv})", g_variant_dict_end (&dict)));
}

static gboolean
on_parse (EsimDBusManager *iface, GDBusMethodInvocation *invocation, const char *code, EsimBus *bus)
{
  EsimCall *call = esim_call_new (bus, G_OBJECT (esim_bus_get_manager (bus)), invocation, NULL);

  call->text = g_strdup (code);
  call->act = act_parse;
  esim_call_run (call);
  return TRUE;
}

static GVariant *
describe_root (EsimBus *bus, const EsimRoot *root)
{
  GVariantBuilder cards;
  GVariantDict dict;

  g_variant_builder_init (&cards, G_VARIANT_TYPE_OBJECT_PATH_ARRAY);
  for (guint i = 0; i < root->euiccs->len; i++)
    g_variant_builder_add (&cards, "o", esim_bus_get_path (bus, g_ptr_array_index (root->euiccs, i)));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "name", "s", root->name);
  g_variant_dict_insert (&dict, "key-id", "s", root->key_id);
  g_variant_dict_insert (&dict, "fingerprint", "s", root->fingerprint);
  g_variant_dict_insert (&dict, "file", "s", root->file);
  g_variant_dict_insert (&dict, "curve", "s", root->curve);
  g_variant_dict_insert (&dict, "test", "b", root->test);
  g_variant_dict_insert (&dict, "installed", "b", root->installed);
  g_variant_dict_insert (&dict, "also-trust", "b", root->also_trusted);
  g_variant_dict_insert_value (&dict, "cards", g_variant_builder_end (&cards));
  return g_variant_dict_end (&dict);
}

static void
act_list (EsimCall *call)
{
  g_autoptr (GPtrArray) roots = esim_roots_list (esim_bus_get_manager (call->bus));
  GVariantBuilder list;

  g_variant_builder_init (&list, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < roots->len; i++)
    g_variant_builder_add_value (&list, describe_root (call->bus, g_ptr_array_index (roots, i)));
  esim_call_return (call, g_variant_new ("(@aa{sv})", g_variant_builder_end (&list)));
}

static gboolean
on_list (EsimDBusManager *iface, GDBusMethodInvocation *invocation, EsimBus *bus)
{
  EsimCall *call = esim_call_new (bus, G_OBJECT (esim_bus_get_manager (bus)), invocation, NULL);

  call->act = act_list;
  esim_call_run (call);
  return TRUE;
}

void
esim_bus_manager_download_handle (EsimBus *bus, gpointer iface)
{
  g_signal_connect (iface, "handle-parse-activation-code", G_CALLBACK (on_parse), bus);
  g_signal_connect (iface, "handle-list-trust", G_CALLBACK (on_list), bus);
}
