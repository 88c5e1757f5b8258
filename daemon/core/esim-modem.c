/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-modem.h"

#include <string.h>

#define SLOTS_MAX 16

struct _EsimModem {
  EsimEuiccSetup setup;
  EsimSlotEvents events;
  EsimModemConfig *config; /* with the ways as they are now; each slot has a copy of its own */
  gboolean configured;
  gboolean stopped;
  GPtrArray *ports; /* of EsimWay: those that are there, of a modem that was found */
  GPtrArray *slots; /* of EsimSlot */
  guint renewal;    /* source: the ways have changed while the first look was under way */
  gboolean renewing_later;
  GPtrArray *told; /* of EsimCardSlot: what the modem last told of them; NULL before */
};

/* The likeliest first: what ModemManager itself prefers on a modem that has both. */
static int
rank (const char *transport)
{
  static const char *const order[] = {"mbim", "qmi", "qrtr", "pcsc", NULL};

  for (int i = 0; order[i] != NULL; i++)
    if (strcmp (order[i], transport) == 0)
      return i;
  return G_N_ELEMENTS (order);
}

static int
compare_ports (gconstpointer a, gconstpointer b)
{
  const EsimWay *one = *(EsimWay *const *) a, *other = *(EsimWay *const *) b;
  int difference = rank (one->transport) - rank (other->transport);

  return difference != 0 ? difference : strcmp (one->device, other->device);
}

static void
add_way (EsimModemConfig *config, const char *transport, const char *device)
{
  if (config->device == NULL) {
    config->device = g_strdup (device);
    config->transport = g_strdup (transport);
    return;
  }
  if (config->more == NULL)
    config->more = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_way_free);
  g_ptr_array_add (config->more, esim_way_new (transport, device));
}

/* Its own ports, then MBIM's as a tunnel for QMI. */
static void
set_ways (EsimModem *self)
{
  g_ptr_array_sort (self->ports, compare_ports);
  g_clear_pointer (&self->config->device, g_free);
  g_clear_pointer (&self->config->transport, g_free);
  g_clear_pointer (&self->config->more, g_ptr_array_unref);
  for (guint i = 0; i < self->ports->len; i++) {
    EsimWay *port = g_ptr_array_index (self->ports, i);

    add_way (self->config, port->transport, port->device);
  }
  for (guint i = 0; i < self->ports->len; i++) {
    EsimWay *port = g_ptr_array_index (self->ports, i);

    if (strcmp (port->transport, "mbim") == 0)
      add_way (self->config, "qmi-over-mbim", port->device);
  }
}

static EsimWay *
find_port (EsimModem *self, const char *path)
{
  for (guint i = 0; i < self->ports->len; i++) {
    EsimWay *port = g_ptr_array_index (self->ports, i);

    if (strcmp (port->device, path) == 0)
      return port;
  }
  return NULL;
}

static void
on_added (EsimEuicc *euicc, gpointer data)
{
  EsimModem *self = data;

  self->events.added (euicc, self->events.user_data);
}

static void
on_removed (EsimEuicc *euicc, gpointer data)
{
  EsimModem *self = data;

  self->events.removed (euicc, self->events.user_data);
}

static EsimSlot *
find_slot (EsimModem *self, guint number)
{
  for (guint i = 0; i < self->slots->len; i++)
    if (esim_slot_get_number (g_ptr_array_index (self->slots, i)) == number)
      return g_ptr_array_index (self->slots, i);
  return NULL;
}

static void on_changed (EsimEuicc *euicc, gpointer data);
static void renew_slots (EsimModem *self);

static void
add_slot (EsimModem *self, guint number)
{
  EsimSlotEvents events = {on_added, on_removed, on_changed, self};
  EsimModemConfig *config = esim_modem_config_copy (self->config);
  EsimSlot *slot;

  if (number != 0)
    config->slot = number;
  slot = esim_slot_new (&self->setup, config, self->configured, &events);
  g_ptr_array_add (self->slots, slot);
  esim_slot_open (slot);
}

/* Each further opening of the port needs a proxy that shares it. */
static gboolean
may_have_more (EsimModem *self)
{
  return self->config->slot == 0 && self->setup.transport->is_shared != NULL &&
         self->setup.transport->is_shared (self->config);
}

/* A slot that was shown because there may have been an eUICC in it, and there is none. Not of @teller: it is
 * just speaking. */
static void
drop_empty (EsimModem *self, EsimSlot *slot, EsimEuicc *teller)
{
  EsimEuicc *euicc = esim_slot_get_euicc (slot);

  if (euicc == NULL || euicc == teller || esim_euicc_get_snapshot (euicc) != NULL ||
      slot == g_ptr_array_index (self->slots, 0))
    return;
  esim_slot_yield (slot);
  g_ptr_array_remove (self->slots, slot);
}

static gboolean
may_be_euicc (const EsimCardSlot *slot)
{
  return slot->content != ESIM_CARD_SLOT_EMPTY && slot->content != ESIM_CARD_SLOT_UICC;
}

/* What one slot's look at the modem tells of the others. */
static void
look_at_slots (EsimModem *self, GPtrArray *told, EsimEuicc *teller)
{
  for (guint i = 0; i < told->len && self->slots->len < SLOTS_MAX; i++) {
    const EsimCardSlot *found = g_ptr_array_index (told, i);
    EsimSlot *slot = find_slot (self, found->number);

    if (slot != NULL && esim_slot_get_euicc (slot) != NULL)
      esim_euicc_set_told_eid (esim_slot_get_euicc (slot), found->eid);
    /* Its own worker may look only when another card is there already. */
    if (slot != NULL && esim_slot_get_euicc (slot) != NULL && !found->active)
      esim_euicc_note_content (esim_slot_get_euicc (slot), found->content == ESIM_CARD_SLOT_EMPTY);
    if (slot != NULL && !found->active && !may_be_euicc (found))
      drop_empty (self, slot, teller);
    /* Also the one that the modem uses: somebody else may have switched it. */
    if (slot == NULL && may_be_euicc (found) && may_have_more (self)) {
      add_slot (self, found->number);
      esim_euicc_set_told_eid (esim_slot_get_euicc (g_ptr_array_index (self->slots, self->slots->len - 1)),
                               found->eid);
    }
  }
}

static gboolean
is_numbered (EsimModem *self)
{
  for (guint i = 0; i < self->slots->len; i++)
    if (esim_slot_get_number (g_ptr_array_index (self->slots, i)) == 0)
      return FALSE;
  return TRUE;
}

/* It works, on a port that is still there. */
static gboolean
is_well (EsimModem *self)
{
  for (guint i = 0; i < self->slots->len; i++) {
    EsimSlot *slot = g_ptr_array_index (self->slots, i);
    EsimEuicc *euicc = esim_slot_get_euicc (slot);

    if (euicc != NULL && esim_euicc_is_present (euicc) &&
        find_port (self, esim_euicc_get_way (euicc).device) != NULL)
      return TRUE;
  }
  return FALSE;
}

/* A first look is under way: its worker may be at work with a port, and would have to be waited for. */
static gboolean
is_looking (EsimModem *self)
{
  for (guint i = 0; i < self->slots->len; i++) {
    EsimEuicc *euicc = esim_slot_get_euicc (g_ptr_array_index (self->slots, i));

    if (euicc != NULL && !esim_euicc_is_known (euicc))
      return TRUE;
  }
  return FALSE;
}

static gboolean
on_renewal (gpointer data)
{
  EsimModem *self = data;

  self->renewal = 0;
  if (!self->stopped && self->ports->len > 0 && !is_well (self))
    renew_slots (self);
  return G_SOURCE_REMOVE;
}

/* A modem's ports come one after the other: what the first leads to is waited for before the others are
 * tried. Not within the signal of an eUICC that this would end. */
static void
renew_later (EsimModem *self)
{
  if (!self->renewing_later || is_looking (self) || self->renewal != 0)
    return;
  self->renewing_later = FALSE;
  self->renewal = g_idle_add_full (G_PRIORITY_DEFAULT, on_renewal, self, NULL);
}

static void
renew (EsimModem *self)
{
  if (is_looking (self))
    self->renewing_later = TRUE;
  else
    renew_slots (self);
}

static void
on_changed (EsimEuicc *euicc, gpointer data)
{
  EsimModem *self = data;
  g_autoptr (EsimEuicc) kept = g_object_ref (euicc);
  g_autoptr (GPtrArray) told = esim_euicc_take_told_slots (euicc);

  if (told != NULL) {
    g_clear_pointer (&self->told, g_ptr_array_unref);
    self->told = g_ptr_array_ref (told);
  }
  if (!self->stopped && told != NULL && is_numbered (self))
    look_at_slots (self, told, euicc);
  if (!self->stopped)
    renew_later (self);
  self->events.changed (euicc, self->events.user_data);
}

void
esim_modem_open (EsimModem *self)
{
  if (self->config->ignore)
    return;
  if (self->slots->len == 0)
    add_slot (self, 0);
  else
    for (guint i = 0; i < self->slots->len; i++)
      esim_slot_open (g_ptr_array_index (self->slots, i));
}

static gboolean
is_changed (EsimModem *self, const EsimModemConfig *config)
{
  if (esim_modem_config_count_ways (config) != esim_modem_config_count_ways (self->config))
    return TRUE;
  for (guint i = 0; i < esim_modem_config_count_ways (config); i++) {
    EsimWay one = esim_modem_config_get_way (config, i), other = esim_modem_config_get_way (self->config, i);

    if (strcmp (one.device, other.device) != 0 || strcmp (one.transport, other.transport) != 0)
      return TRUE;
  }
  return FALSE;
}

static void
renew_slots (EsimModem *self)
{
  for (guint i = 0; i < self->slots->len; i++) {
    EsimSlot *slot = g_ptr_array_index (self->slots, i);
    EsimModemConfig *config;

    if (!is_changed (self, esim_slot_get_config (slot))) {
      esim_slot_come (slot);
      continue;
    }
    config = esim_modem_config_copy (self->config);
    config->slot = esim_slot_get_config (slot)->slot;
    if (config->slot == 0 && may_have_more (self))
      config->found_slot = esim_slot_get_number (slot);
    esim_slot_renew (slot, config);
  }
}

void
esim_modem_come (EsimModem *self, const char *path, const char *transport)
{
  if (self->stopped || self->config->ignore)
    return;
  if (!self->configured && find_port (self, path) == NULL) {
    g_ptr_array_add (self->ports, esim_way_new (transport, path));
    set_ways (self);
  }
  if (self->slots->len == 0)
    esim_modem_open (self);
  else if (self->configured)
    for (guint i = 0; i < self->slots->len; i++)
      esim_slot_come (g_ptr_array_index (self->slots, i));
  else if (!is_well (self))
    renew (self);
}

/* %FALSE if it was none of its ports. */
static gboolean
lose_port (EsimModem *self, const char *path)
{
  EsimWay *port = find_port (self, path);

  if (port == NULL || !g_ptr_array_remove (self->ports, port))
    return FALSE;
  if (self->ports->len > 0)
    set_ways (self);
  return TRUE;
}

void
esim_modem_yield (EsimModem *self, const char *path)
{
  if (self->configured)
    return;
  if (lose_port (self, path) && self->ports->len > 0) {
    renew_slots (self);
    return;
  }
  /* Also one that was said to be gone already: its worker may have it open. */
  for (guint i = 0; self->ports->len == 0 && i < self->slots->len; i++)
    if (strcmp (esim_slot_get_config (g_ptr_array_index (self->slots, i))->device, path) == 0)
      esim_slot_yield (g_ptr_array_index (self->slots, i));
}

void
esim_modem_go (EsimModem *self, const char *path)
{
  if (!self->configured && !lose_port (self, path))
    return;
  if (self->ports->len > 0 && !is_well (self))
    renew (self);
  if (self->ports->len > 0)
    return;
  for (guint i = 0; i < self->slots->len; i++)
    esim_slot_go (g_ptr_array_index (self->slots, i));
}

void
esim_modem_stop (EsimModem *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->renewal, g_source_remove);
  for (guint i = 0; i < self->slots->len; i++)
    esim_slot_stop (g_ptr_array_index (self->slots, i));
}

gboolean
esim_modem_is (EsimModem *self, const char *path, const char *name)
{
  gboolean same_path =
      self->configured ? g_strcmp0 (self->config->device, path) == 0 : find_port (self, path) != NULL;

  if (name == NULL)
    return same_path;
  /* Two that come back together may have changed their nodes: what udev calls it counts. */
  return g_strcmp0 (self->config->name, name) == 0 || (self->configured && same_path);
}

EsimEuicc *
esim_modem_get_euicc (EsimModem *self)
{
  return self->slots->len > 0 ? esim_slot_get_euicc (g_ptr_array_index (self->slots, 0)) : NULL;
}

GPtrArray *
esim_modem_get_slots (EsimModem *self)
{
  return self->slots;
}

gboolean
esim_modem_has (EsimModem *self, EsimEuicc *euicc)
{
  for (guint i = 0; i < self->slots->len; i++)
    if (esim_slot_get_euicc (g_ptr_array_index (self->slots, i)) == euicc)
      return TRUE;
  return FALSE;
}

EsimEuicc *
esim_modem_find_active (EsimModem *self)
{
  for (guint i = 0; i < self->slots->len; i++) {
    EsimEuicc *euicc = esim_slot_get_euicc (g_ptr_array_index (self->slots, i));

    if (euicc != NULL && esim_euicc_is_known (euicc) &&
        (esim_euicc_is_present (euicc) || esim_euicc_get_state (euicc) == ESIM_EUICC_UNSUPPORTED))
      return euicc;
  }
  return NULL;
}

gboolean
esim_modem_has_port (EsimModem *self)
{
  return !self->config->ignore && (self->configured || self->ports->len > 0);
}

EsimEuicc *
esim_modem_find_shown (EsimModem *self, guint slot)
{
  EsimSlot *found = find_slot (self, slot);

  return found != NULL && esim_slot_is_shown (found) ? esim_slot_get_euicc (found) : NULL;
}

GPtrArray *
esim_modem_get_told_slots (EsimModem *self)
{
  return self->told;
}

const EsimModemConfig *
esim_modem_get_config (EsimModem *self)
{
  return self->config;
}

EsimModem *
esim_modem_new (const EsimEuiccSetup *setup, EsimModemConfig *config, gboolean configured,
                const EsimSlotEvents *events)
{
  EsimModem *self = g_new0 (EsimModem, 1);

  self->setup = *setup;
  self->config = config;
  self->configured = configured;
  self->events = *events;
  self->ports = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_way_free);
  self->slots = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_slot_free);
  if (!configured) {
    g_ptr_array_add (self->ports, esim_way_new (config->transport, config->device));
    set_ways (self);
  }
  return self;
}

void
esim_modem_free (EsimModem *self)
{
  esim_modem_stop (self);
  g_clear_pointer (&self->told, g_ptr_array_unref);
  g_ptr_array_unref (self->slots);
  g_ptr_array_unref (self->ports);
  esim_modem_config_free (self->config);
  g_free (self);
}
