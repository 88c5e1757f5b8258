/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* NotificationEvent of SGP.22 5.7.9 as its only octet: notificationDelete is bit 3. */
#define ESIMCTL_EVENT_DELETE 0x10

/* EsimctlMetadata: a NotificationMetadata (SGP.22, tag BF2F). */
typedef struct {
  guint64 sequence;
  guint8 event;
  char *address;
  char iccid[21]; /* digits; "" if there was none */
} EsimctlMetadata;

/* Reads @bytes strictly: definite lengths, nothing missing but the ICCID, nothing unknown, nothing behind it.
 */
gboolean esimctl_metadata_parse (GBytes *bytes, EsimctlMetadata *metadata) G_GNUC_WARN_UNUSED_RESULT;
void esimctl_metadata_clear (EsimctlMetadata *metadata);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimctlMetadata, esimctl_metadata_clear)

G_END_DECLS
