/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-http.h"
#include "esim-profile-info.h"

G_BEGIN_DECLS

/* A way to a card: "mbim", "qmi", "qmi-over-mbim" with a control port; "qrtr" with "qrtr:NODE"; "pcsc" with a
 * reader's name. */
typedef struct {
  char *transport;
  char *device;
} EsimWay;

EsimWay *esim_way_new (const char *transport, const char *device);
void esim_way_free (EsimWay *self);

/* Whether there is such a transport in this build. */
gboolean esim_way_is_transport (const char *transport);

/* A group [modem NAME]: a modem that is not found by itself, or parameters for one that is. */
typedef struct {
  char *name;
  char *device; /* of the first way to it */
  char *transport;
  GPtrArray *more;    /* of EsimWay (nullable): other ways, for when that one does not serve */
  gboolean ignore;    /* it is left alone */
  int use_proxy;      /* through the transport's proxy; -1 = where there is one for such a device */
  guint slot;         /* physical, from 1; 0 = the active one */
  guint found_slot;   /* which one that was when it was first looked at; 0 = it is not to be kept to */
  guint segment_size; /* octets of data per STORE DATA; 0 = 255 */
  int select_p2;      /* P2 of the channel's SELECT; -1 = found out */
} EsimModemConfig;

/* With every parameter left open. */
EsimModemConfig *esim_modem_config_new (const char *name, const char *device, const char *transport);
EsimModemConfig *esim_modem_config_copy (const EsimModemConfig *self);
void esim_modem_config_free (EsimModemConfig *self);

/* How many ways there are to it, and one of them, from 0. */
guint esim_modem_config_count_ways (const EsimModemConfig *self);
EsimWay esim_modem_config_get_way (const EsimModemConfig *self, guint number);

/* The slot to be opened; 0 = the active one. */
guint esim_modem_config_get_slot (const EsimModemConfig *self);

/* What becomes of a notification that a card raised: it is delivered; it is taken from the card; it stays. */
typedef enum { ESIM_NOTIFY_SEND, ESIM_NOTIFY_REMOVE, ESIM_NOTIFY_KEEP } EsimNotify;

/* By event. Those of a deletion are always sent: the end of a contract hangs on them. */
typedef struct {
  EsimNotify install;
  EsimNotify enable;
  EsimNotify disable;
} EsimNotifyPolicy;

EsimNotify esim_notify_policy_get (const EsimNotifyPolicy *self, EsimNotificationEvents event);

/**
 * EsimConfig:
 *
 * What esimd.conf(5) tells. Immutable after it was read.
 */
typedef struct {
  EsimHttpConfig http;
  char **trust_folders;
  char **also_trust;
  char **carrier_folders; /* of the carrier directory; the first counts first */
  guint retry_min_s;      /* first pause after a failed delivery */
  guint retry_max_s;      /* longest pause between two tries */
  guint refusals_max;     /* definite refusals after which later notifications may pass */
  guint linger_ms;        /* how long the card's channel is kept for the next step */
  guint switch_timeout_s; /* how long the modem gets to read the card again after a switch */
  EsimNotifyPolicy notify;
  GPtrArray *modems;      /* of EsimModemConfig */
  gboolean pcsc;          /* readers of smart cards are looked at */
  gboolean modem_manager; /* it is asked to keep off, where it runs */
  gboolean network_manager;
} EsimConfig;

/**
 * esim_config_load:
 * @path: the main file; one that is not there is as good as an empty one
 *
 * Reads @path, then conf.d/NAME.conf beside it in the order of their names; later ones override.
 * INVALID_ARGUMENT for an unknown group or key or a value that is not of its form: the message names file,
 * group and key.
 */
EsimConfig *esim_config_load (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esim_config_free (EsimConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimConfig, esim_config_free)

G_END_DECLS
