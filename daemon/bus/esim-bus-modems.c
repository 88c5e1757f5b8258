/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of modems, also of those that are left out. */
#include "esim-bus-modems.h"
#include "esim-call.h"
#include "esim-dbus.h"

#include <string.h>

static const char *const content_names[] = {"unknown", "empty", "card", "uicc", "euicc"};

static void
add_named (GVariantDict *dict, const EsimKeeper *keeper, const char *modem, const char *device)
{
  g_autofree char *name = NULL, *state = NULL;
  gboolean known = keeper != NULL && keeper->describe (modem, device, &name, &state, keeper->keeper);

  g_variant_dict_insert (dict, "modem", "s", modem);
  g_variant_dict_insert (dict, "name", "s", known ? name : "");
  g_variant_dict_insert (dict, "modem-manager", "b", known);
  g_variant_dict_insert (dict, "modem-manager-state", "s", known ? state : "");
}

static GVariant *
describe_slot (EsimBus *bus, EsimModem *modem, const EsimCardSlot *slot)
{
  EsimEuicc *euicc = esim_modem_find_shown (modem, slot->number);
  EsimCardSlotContent content = slot->content;
  const char *eid = slot->eid != NULL ? slot->eid : "";
  GVariantDict dict;

  /* One that was taken out is shown for a while. */
  if (euicc != NULL && *esim_euicc_get_eid (euicc) != '\0' && content != ESIM_CARD_SLOT_EMPTY) {
    eid = esim_euicc_get_eid (euicc);
    content = ESIM_CARD_SLOT_EUICC;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "slot", "u", slot->number);
  g_variant_dict_insert (&dict, "active", "b", slot->active);
  g_variant_dict_insert (&dict, "content", "s", content_names[content]);
  g_variant_dict_insert (&dict, "eid", "s", eid);
  g_variant_dict_insert (&dict, "euicc", "o", esim_bus_get_path (bus, euicc));
  return g_variant_dict_end (&dict);
}

static GVariant *
describe_slots (EsimBus *bus, EsimModem *modem)
{
  GPtrArray *told = esim_modem_get_told_slots (modem);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; told != NULL && i < told->len; i++)
    g_variant_builder_add_value (&builder, describe_slot (bus, modem, g_ptr_array_index (told, i)));
  return g_variant_builder_end (&builder);
}

/* Each port once, whatever it is used for. */
static GVariant *
describe_ports (const EsimModemConfig *config)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < esim_modem_config_count_ways (config); i++) {
    EsimWay way = esim_modem_config_get_way (config, i);

    g_autofree char *text = g_strdup_printf ("%s %s", way.transport, way.device);

    if (i == 0 || strcmp (way.transport, "qmi-over-mbim") != 0)
      g_variant_builder_add (&builder, "s", text);
  }
  return g_variant_builder_end (&builder);
}

static char *
dup_problem (EsimModem *modem)
{
  EsimEuicc *active = esim_modem_find_active (modem);
  EsimEuicc *euicc = active != NULL ? active : esim_modem_get_euicc (modem);

  if (esim_modem_get_config (modem)->ignore)
    return g_strdup ("the configuration says that it is left alone (ignore)");
  return g_strdup (euicc != NULL ? esim_euicc_get_problem (euicc) : "");
}

static GVariant *
describe_modem (EsimBus *bus, EsimModem *modem, const EsimKeeper *keeper)
{
  const EsimModemConfig *config = esim_modem_get_config (modem);
  EsimEuicc *active = esim_modem_find_active (modem);
  EsimEuicc *euicc = active != NULL ? active : esim_modem_get_euicc (modem);
  gboolean used = euicc != NULL && esim_euicc_get_slots (euicc) != NULL;
  EsimWay way = used ? esim_euicc_get_way (euicc) : (EsimWay){NULL, NULL};
  g_autofree char *problem = dup_problem (modem);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  add_named (&dict, keeper, config->name, config->device);
  g_variant_dict_insert (&dict, "device", "s", used ? way.device : "");
  g_variant_dict_insert (&dict, "transport", "s", used ? way.transport : "");
  g_variant_dict_insert_value (&dict, "ports",
                               esim_modem_has_port (modem)
                                   ? describe_ports (config)
                                   : g_variant_new_array (G_VARIANT_TYPE_STRING, NULL, 0));
  g_variant_dict_insert (&dict, "problem", "s", problem);
  g_variant_dict_insert_value (&dict, "slots", describe_slots (bus, modem));
  return g_variant_dict_end (&dict);
}

/* One that has no #EsimModem. */
static GVariant *
describe_other (const EsimKeeper *keeper, const char *modem, const char *port, const char *problem)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  add_named (&dict, keeper, modem, NULL);
  g_variant_dict_insert (&dict, "device", "s", "");
  g_variant_dict_insert (&dict, "transport", "s", "");
  g_variant_dict_insert_value (&dict, "ports",
                               port != NULL ? g_variant_new_parsed ("[%s]", port)
                                            : g_variant_new_array (G_VARIANT_TYPE_STRING, NULL, 0));
  g_variant_dict_insert (&dict, "problem", "s", problem);
  g_variant_dict_insert_value (&dict, "slots", g_variant_new_array (G_VARIANT_TYPE_VARDICT, NULL, 0));
  return g_variant_dict_end (&dict);
}

static gboolean
is_shown (EsimModems *modems, const EsimKeeper *keeper, const char *name)
{
  GPtrArray *list = esim_modems_get_list (modems), *left_out = esim_modems_get_left_out (modems);

  for (guint i = 0; i < list->len; i++) {
    const EsimModemConfig *config = esim_modem_get_config (g_ptr_array_index (list, i));

    if (strcmp (config->name, name) == 0 ||
        keeper->is_same (config->name, config->device, name, keeper->keeper))
      return TRUE;
  }
  for (guint i = 0; i < left_out->len; i++)
    if (strcmp (((EsimLeftOut *) g_ptr_array_index (left_out, i))->modem, name) == 0)
      return TRUE;
  return FALSE;
}

static void
add_others (GVariantBuilder *builder, EsimModems *modems, const EsimKeeper *keeper)
{
  GPtrArray *left_out = esim_modems_get_left_out (modems);
  g_autoptr (GPtrArray) known = keeper != NULL ? keeper->list (keeper->keeper) : NULL;

  for (guint i = 0; i < left_out->len; i++) {
    const EsimLeftOut *port = g_ptr_array_index (left_out, i);
    g_autofree char *text = g_strdup_printf ("%s %s", port->way.transport, port->way.device);

    g_variant_builder_add_value (builder, describe_other (keeper, port->modem, text, port->reason));
  }
  for (guint i = 0; known != NULL && i < known->len; i++)
    if (!is_shown (modems, keeper, g_ptr_array_index (known, i)))
      g_variant_builder_add_value (
          builder, describe_other (keeper, g_ptr_array_index (known, i), NULL,
                                   "ModemManager knows this modem, and it has no port that leads to a card: "
                                   "MBIM and QMI ports do, AT ports do not"));
}

/* One that was taken away is remembered, in case it comes back. */
static gboolean
is_there (EsimModem *modem)
{
  return esim_modem_has_port (modem) || esim_modem_get_config (modem)->ignore ||
         esim_modem_get_euicc (modem) != NULL;
}

static void
act_list (EsimCall *call)
{
  EsimManager *manager = esim_bus_get_manager (call->bus);
  EsimModems *modems = esim_manager_get_modems (manager);
  const EsimKeeper *keeper = esim_manager_get_keeper (manager);
  GPtrArray *list = esim_modems_get_list (modems);
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < list->len; i++)
    if (is_there (g_ptr_array_index (list, i)))
      g_variant_builder_add_value (&builder, describe_modem (call->bus, g_ptr_array_index (list, i), keeper));
  add_others (&builder, modems, keeper);
  esim_call_return (call, g_variant_new ("(@aa{sv})", g_variant_builder_end (&builder)));
}

static gboolean
on_list (EsimDBusManager *iface, GDBusMethodInvocation *invocation, EsimBus *bus)
{
  EsimCall *call = esim_call_new (bus, G_OBJECT (esim_bus_get_manager (bus)), invocation, NULL);

  call->action = "refresh";
  call->act = act_list;
  esim_call_run (call);
  return TRUE;
}

void
esim_bus_modems_handle (EsimBus *bus, gpointer iface)
{
  g_signal_connect (iface, "handle-list-modems", G_CALLBACK (on_list), bus);
}
