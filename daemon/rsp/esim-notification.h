/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-profile-info.h"

G_BEGIN_DECLS

/**
 * EsimNotification:
 *
 * One pending notification: its metadata (SGP.22, NotificationMetadata), and, where it was retrieved, the
 * signed object byte for byte as the card gave it: that is what is delivered, never decoded and encoded
 * again. Immutable, reference counted.
 */
typedef struct {
  gatomicrefcount refs;
  guint64 sequence;             /* 0 is a number like any other */
  EsimNotificationEvents event; /* one of them */
  char *address;                /* FQDN of the recipient */
  char *iccid;                  /* "" if not given */
  GBytes *bytes;                /* BF37 or 30, tag and length included; NULL if only listed */
} EsimNotification;

EsimNotification *esim_notification_ref (EsimNotification *self);
void esim_notification_unref (EsimNotification *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimNotification, esim_notification_unref)

/* Returns: "install", "enable", "disable" or "delete". */
const char *esim_notification_event_to_string (EsimNotificationEvents event);
gboolean esim_notification_event_from_string (const char *string, EsimNotificationEvents *event);

/* The answer to ListNotification, BF28. (element-type EsimNotification), @bytes of each is NULL. One of a
 * kind that a later version of the standard brought is left out with a warning. */
GPtrArray *esim_notification_list_parse (GBytes *response, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The answer to RetrieveNotificationsList, BF2B. (element-type EsimNotification), in ascending sequence. An
 * element that cannot be read is left out with a warning rather than making the others unreachable;
 * @left_out: (out) (optional): how many. */
GPtrArray *esim_notification_retrieved_parse (GBytes *response, guint *left_out,
                                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One element of it, as it was kept: BF37 or 30. */
EsimNotification *esim_notification_parse (GBytes *bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_notification_dup_parts:
 * @metadata: (out): the BF2F object, exact bytes: what the signature covers
 * @signature: (out): raw r ‖ s
 * @euicc_certificate: (out): DER
 * @eum_certificate: (out): DER
 *
 * The parts of an OtherSignedNotification (SEQUENCE 30), for a receipt. NOT_SUPPORTED for a BF37,
 * WRONG_STATE where it was only listed.
 */
gboolean esim_notification_dup_parts (EsimNotification *self, GBytes **metadata, GBytes **signature,
                                      GBytes **euicc_certificate, GBytes **eum_certificate,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
