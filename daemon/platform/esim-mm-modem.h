/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define ESIM_MM_MODEM_INTERFACE "org.freedesktop.ModemManager1.Modem"
#define ESIM_MM_SIM_INTERFACE "org.freedesktop.ModemManager1.Sim"

/* Modem.State: the numbers of ModemManager's interface. */
typedef enum {
  ESIM_MM_STATE_FAILED = -1,
  ESIM_MM_STATE_UNKNOWN = 0,
  ESIM_MM_STATE_INITIALIZING,
  ESIM_MM_STATE_LOCKED,
  ESIM_MM_STATE_DISABLED,
  ESIM_MM_STATE_DISABLING,
  ESIM_MM_STATE_ENABLING,
  ESIM_MM_STATE_ENABLED,
  ESIM_MM_STATE_SEARCHING,
  ESIM_MM_STATE_REGISTERED,
  ESIM_MM_STATE_DISCONNECTING,
  ESIM_MM_STATE_CONNECTING,
  ESIM_MM_STATE_CONNECTED,
} EsimMmState;

/* Modem.StateFailedReason, likewise. */
typedef enum {
  ESIM_MM_REASON_NONE,
  ESIM_MM_REASON_UNKNOWN,
  ESIM_MM_REASON_SIM_MISSING,
  ESIM_MM_REASON_SIM_ERROR,
  ESIM_MM_REASON_UNKNOWN_CAPABILITIES,
  ESIM_MM_REASON_ESIM_WITHOUT_PROFILES,
} EsimMmReason;

/* Modem.Ports: those that lead to a card. */
typedef enum {
  ESIM_MM_PORT_QMI = 6,
  ESIM_MM_PORT_MBIM = 7,
} EsimMmPortType;

/**
 * EsimMmPort:
 * @path: the device node ("/dev/cdc-wdm0"), or "qrtr0" for a QRTR node, which has none
 */
typedef struct {
  EsimMmPortType type;
  char *path;
} EsimMmPort;

/**
 * EsimMmModem:
 * @uid: Modem.Device: stays while the modem stays where it is plugged in
 * @path: of the D-Bus object: another one each time that ModemManager has probed the modem
 * @name: maker and model; "" if unknown
 * @ports: (element-type EsimMmPort)
 * @failed_reason: ESIM_MM_REASON_NONE unless @state is FAILED
 * @primary_port: (nullable): like EsimMmPort.path
 * @primary_slot: physical, from 1; 0: the modem has one slot, or none is told
 * @iccid: (nullable): of the SIM in use, digits, without padding
 * @eid: (nullable): of the card in use, 32 digits
 * @imei: (nullable)
 *
 * A modem as ModemManager shows it at one moment. Immutable: read the fields, never write them.
 */
typedef struct {
  const char *uid;
  const char *path;
  const char *name;
  const GPtrArray *ports;
  EsimMmState state;
  EsimMmReason failed_reason;
  const char *primary_port;
  guint primary_slot;
  const char *iccid;
  const char *eid;
  const char *imei;
} EsimMmModem;

#define ESIM_TYPE_MM_MODEM (esim_mm_modem_get_type ())
GType esim_mm_modem_get_type (void);

/**
 * esim_mm_modem_new:
 * @path: of the object
 * @modem: a{sv}: the properties of org.freedesktop.ModemManager1.Modem
 * @sim: (nullable): a{sv}: those of org.freedesktop.ModemManager1.Sim for the SIM in use
 *
 * What is of another type or form than it should be, or too long, is left out as if it were not there.
 *
 * Returns: (transfer full) (nullable): %NULL without a uid
 */
EsimMmModem *esim_mm_modem_new (const char *path, GVariant *modem, GVariant *sim) G_GNUC_WARN_UNUSED_RESULT;
EsimMmModem *esim_mm_modem_ref (EsimMmModem *self);
void esim_mm_modem_unref (EsimMmModem *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimMmModem, esim_mm_modem_unref)

gboolean esim_mm_modem_equal (const EsimMmModem *a, const EsimMmModem *b);

/**
 * esim_mm_modem_is_named:
 * @uid: (nullable)
 * @device: (nullable): a device node, or a link to one, or "qrtr0"
 *
 * Whether the modem has this uid or this port.
 */
gboolean esim_mm_modem_is_named (const EsimMmModem *self, const char *uid, const char *device);

/**
 * esim_mm_modem_in_transition:
 *
 * Whether ModemManager is in the middle of a sequence of commands that ends by itself: initializing,
 * enabling, disabling, connecting, disconnecting. Searching is none: a modem without coverage, or with a
 * profile that no longer works, rests there for ever.
 */
gboolean esim_mm_modem_in_transition (const EsimMmModem *self);

/**
 * esim_mm_modem_shows:
 * @iccid: (nullable): %NULL: no profile is enabled
 *
 * Whether ModemManager knows the card as it is. An ICCID is the same with and without padding, and with and
 * without its last digit: there are modems that tell 19 of 20, and those settle the last one (ITU-T E.118).
 */
gboolean esim_mm_modem_shows (const EsimMmModem *self, const char *iccid);

/* (transfer full): "registered", "failed: esim-without-profiles" */
char *esim_mm_modem_describe_state (const EsimMmModem *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
