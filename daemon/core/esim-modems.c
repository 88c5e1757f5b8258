/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-modems.h"

#include <string.h>

struct _EsimModems {
  EsimEuiccSetup setup;
  EsimSlotEvents events;
  GPtrArray *list;     /* of EsimModem */
  GPtrArray *left_out; /* of EsimLeftOut */
  gboolean stopped;
};

static void
left_out_free (gpointer data)
{
  EsimLeftOut *port = data;

  g_free (port->way.transport);
  g_free (port->way.device);
  g_free (port->modem);
  g_free (port->reason);
  g_free (port);
}

static void
add_modem (EsimModems *self, EsimModemConfig *config, gboolean configured)
{
  EsimModem *modem = esim_modem_new (&self->setup, config, configured, &self->events);

  g_ptr_array_add (self->list, modem);
  esim_modem_open (modem);
}

static EsimModem *
find_modem (EsimModems *self, const char *path, const char *name)
{
  for (guint i = 0; i < self->list->len; i++)
    if (esim_modem_is (g_ptr_array_index (self->list, i), path, name))
      return g_ptr_array_index (self->list, i);
  return NULL;
}

static void
forget_left_out (EsimModems *self, const char *path)
{
  for (guint i = self->left_out->len; i > 0; i--)
    if (strcmp (((EsimLeftOut *) g_ptr_array_index (self->left_out, i - 1))->way.device, path) == 0)
      g_ptr_array_remove_index (self->left_out, i - 1);
}

void
esim_modems_add_port (EsimModems *self, const char *path, const char *transport, const char *name)
{
  EsimModem *modem = find_modem (self, path, name);

  if (self->stopped)
    return;
  forget_left_out (self, path);
  for (guint i = 0; i < self->list->len; i++)
    if (g_ptr_array_index (self->list, i) != modem)
      esim_modem_yield (g_ptr_array_index (self->list, i), path);
  if (modem != NULL)
    esim_modem_come (modem, path, transport);
  else
    add_modem (self, esim_modem_config_new (name, path, transport), FALSE);
}

void
esim_modems_leave_out (EsimModems *self, const char *path, const char *transport, const char *name,
                       const char *reason)
{
  EsimLeftOut *port = g_new (EsimLeftOut, 1);

  forget_left_out (self, path);
  *port = (EsimLeftOut){{g_strdup (transport), g_strdup (path)}, g_strdup (name), g_strdup (reason)};
  g_ptr_array_add (self->left_out, port);
}

void
esim_modems_remove_port (EsimModems *self, const char *path)
{
  EsimModem *modem = find_modem (self, path, NULL);

  forget_left_out (self, path);
  if (modem != NULL)
    esim_modem_go (modem, path);
}

void
esim_modems_start (EsimModems *self)
{
  GPtrArray *configured = self->setup.config->modems;

  for (guint i = 0; i < configured->len; i++)
    add_modem (self, esim_modem_config_copy (g_ptr_array_index (configured, i)), TRUE);
}

static void
each_slot (EsimModems *self, void (*func) (EsimEuicc *euicc, guint grace_ms), guint grace_ms)
{
  for (guint i = 0; i < self->list->len; i++) {
    GPtrArray *slots = esim_modem_get_slots (g_ptr_array_index (self->list, i));

    for (guint j = 0; j < slots->len; j++)
      if (esim_slot_get_euicc (g_ptr_array_index (slots, j)) != NULL)
        func (esim_slot_get_euicc (g_ptr_array_index (slots, j)), grace_ms);
  }
}

static void
stop_slot (EsimEuicc *euicc, guint grace_ms)
{
  esim_euicc_stop (euicc);
}

void
esim_modems_stop (EsimModems *self, guint grace_ms)
{
  self->stopped = TRUE;
  for (guint i = 0; i < self->list->len; i++)
    esim_modem_stop (g_ptr_array_index (self->list, i));
  /* All are told before the first is waited for. */
  each_slot (self, esim_euicc_hurry, grace_ms);
  each_slot (self, stop_slot, 0);
}

gboolean
esim_modems_knows (EsimModems *self, const char *name, const char *path)
{
  for (guint i = 0; i < self->left_out->len; i++) {
    const EsimLeftOut *port = g_ptr_array_index (self->left_out, i);

    if (strcmp (port->way.device, path) == 0 || strcmp (port->modem, name) == 0)
      return TRUE;
  }
  return find_modem (self, path, NULL) != NULL || find_modem (self, path, name) != NULL;
}

gboolean
esim_modems_has_port (EsimModems *self)
{
  for (guint i = 0; i < self->list->len; i++)
    if (esim_modem_has_port (g_ptr_array_index (self->list, i)))
      return TRUE;
  return FALSE;
}

GPtrArray *
esim_modems_get_list (EsimModems *self)
{
  return self->list;
}

GPtrArray *
esim_modems_get_left_out (EsimModems *self)
{
  return self->left_out;
}

EsimEuicc *
esim_modems_find_active_slot (EsimModems *self, EsimEuicc *euicc)
{
  for (guint i = 0; i < self->list->len; i++) {
    EsimModem *modem = g_ptr_array_index (self->list, i);

    if (esim_modem_has (modem, euicc))
      return esim_modem_find_active (modem);
  }
  return NULL;
}

EsimModems *
esim_modems_new (const EsimEuiccSetup *setup, const EsimSlotEvents *events)
{
  EsimModems *self = g_new0 (EsimModems, 1);

  self->setup = *setup;
  self->events = *events;
  self->list = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_modem_free);
  self->left_out = g_ptr_array_new_with_free_func (left_out_free);
  return self;
}

void
esim_modems_free (EsimModems *self)
{
  g_ptr_array_unref (self->list);
  g_ptr_array_unref (self->left_out);
  g_free (self);
}
