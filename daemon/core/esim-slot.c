/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-slot.h"

#include <gio/gio.h>

#define ABSENT_KEPT_S 120

struct _EsimSlot {
  EsimEuiccSetup setup;
  EsimSlotEvents events;
  EsimModemConfig *config;
  gboolean watched;
  EsimEuicc *euicc; /* NULL after the port was away for long */
  gboolean shown;
  gboolean port_gone; /* somebody said so */
  gboolean stopped;
  GFileMonitor *monitor; /* of a configured port that is not there: it tells of its return */
  guint away;            /* timer: how long an absent card is still shown */
};

/* A node of QRTR or a reader is there until somebody says that it went. */
static gboolean
has_port (EsimSlot *self)
{
  if (self->port_gone)
    return FALSE;
  return self->config->device[0] != '/' || g_file_test (self->config->device, G_FILE_TEST_EXISTS);
}

static void
hide (EsimSlot *self)
{
  if (!self->shown)
    return;
  self->shown = FALSE;
  self->events.removed (self->euicc, self->events.user_data);
}

static void
show (EsimSlot *self)
{
  if (self->shown)
    return;
  self->shown = TRUE;
  self->events.added (self->euicc, self->events.user_data);
}

static void
drop_euicc (EsimSlot *self)
{
  g_autoptr (EsimEuicc) euicc = NULL;

  g_clear_handle_id (&self->away, g_source_remove);
  if (self->euicc == NULL)
    return;
  hide (self);
  euicc = g_steal_pointer (&self->euicc);
  g_signal_handlers_disconnect_by_data (euicc, self);
  esim_euicc_hurry (euicc, 0);
  esim_euicc_stop (euicc);
}

/* A card that was pulled may be put back, and only an open port tells of that: such an eUICC is not shown any
 * more, and still watched. */
static gboolean
on_away_long (gpointer data)
{
  EsimSlot *self = data;

  self->away = 0;
  if (has_port (self))
    hide (self);
  else
    drop_euicc (self);
  return G_SOURCE_REMOVE;
}

static void
on_device_event (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gpointer data)
{
  EsimSlot *self = data;

  if (event == G_FILE_MONITOR_EVENT_CREATED)
    esim_slot_come (self);
}

/* Watched only while it is away: a monitor of one node hears of everything in its folder, and in /dev there
 * is always something, so it would wake an idle daemon. */
static void
watch_port (EsimSlot *self, gboolean absent)
{
  g_autoptr (GFile) file = NULL;

  if (!absent) {
    g_clear_object (&self->monitor);
    return;
  }
  if (!self->watched || self->monitor != NULL || self->config->device[0] != '/')
    return;
  file = g_file_new_for_path (self->config->device);
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  if (self->monitor == NULL)
    return;
  g_signal_connect (self->monitor, "changed", G_CALLBACK (on_device_event), self);
  /* It may have come back before anybody listened. */
  if (esim_euicc_get_snapshot (self->euicc) != NULL && g_file_test (self->config->device, G_FILE_TEST_EXISTS))
    esim_euicc_reopen (self->euicc);
}

static void
on_changed (EsimEuicc *euicc, gpointer data)
{
  EsimSlot *self = data;
  gboolean absent = esim_euicc_get_state (euicc) == ESIM_EUICC_ABSENT;
  /* One that never was read is shown as long as its port is there: why it is left out is of interest. */
  gboolean leaving = absent && (esim_euicc_get_snapshot (euicc) != NULL || self->port_gone);

  if (self->stopped)
    return;
  if (leaving && self->away == 0 && self->shown)
    self->away = g_timeout_add_seconds (ABSENT_KEPT_S, on_away_long, self);
  else if (!leaving)
    g_clear_handle_id (&self->away, g_source_remove);
  watch_port (self, absent && esim_euicc_is_known (euicc));
  if (!absent)
    show (self);
  self->events.changed (euicc, self->events.user_data);
}

void
esim_slot_open (EsimSlot *self)
{
  if (self->euicc != NULL) {
    esim_euicc_reopen (self->euicc);
    return;
  }
  self->euicc = esim_euicc_new (&self->setup);
  g_signal_connect (self->euicc, "changed", G_CALLBACK (on_changed), self);
  show (self);
}

void
esim_slot_come (EsimSlot *self)
{
  if (self->stopped)
    return;
  self->port_gone = FALSE;
  g_clear_handle_id (&self->away, g_source_remove);
  esim_slot_open (self);
}

/* The worker reads the configuration: a new one needs a new worker. */
void
esim_slot_renew (EsimSlot *self, EsimModemConfig *config)
{
  drop_euicc (self);
  esim_modem_config_free (self->config);
  self->config = config;
  self->setup.modem = config;
  esim_slot_come (self);
}

void
esim_slot_yield (EsimSlot *self)
{
  self->port_gone = TRUE;
  drop_euicc (self);
}

void
esim_slot_go (EsimSlot *self)
{
  self->port_gone = TRUE;
  /* A worker that has the port open notices by itself. */
  if (self->euicc != NULL && !self->stopped)
    on_changed (self->euicc, self);
}

void
esim_slot_stop (EsimSlot *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->away, g_source_remove);
  g_clear_object (&self->monitor);
}

gboolean
esim_slot_is_shown (EsimSlot *self)
{
  return self->shown;
}

const EsimModemConfig *
esim_slot_get_config (EsimSlot *self)
{
  return self->config;
}

guint
esim_slot_get_number (EsimSlot *self)
{
  return self->config->slot != 0 || self->euicc == NULL ? self->config->slot
                                                        : esim_euicc_get_slot (self->euicc);
}

EsimEuicc *
esim_slot_get_euicc (EsimSlot *self)
{
  return self->euicc;
}

EsimSlot *
esim_slot_new (const EsimEuiccSetup *setup, EsimModemConfig *config, gboolean watched,
               const EsimSlotEvents *events)
{
  EsimSlot *self = g_new0 (EsimSlot, 1);

  self->setup = *setup;
  self->setup.modem = config;
  self->config = config;
  self->watched = watched;
  self->events = *events;
  return self;
}

void
esim_slot_free (EsimSlot *self)
{
  esim_slot_stop (self);
  if (self->euicc != NULL) {
    g_signal_handlers_disconnect_by_data (self->euicc, self);
    /* Its worker may wait for the main thread, which waits for it now. */
    esim_euicc_hurry (self->euicc, 0);
    esim_euicc_stop (self->euicc);
    g_object_unref (self->euicc);
  }
  esim_modem_config_free (self->config);
  g_free (self);
}
