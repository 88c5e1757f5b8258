/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimTs43Line:
 * @iccid, @eid: of the profile that all this is about, and of its eUICC
 * @imei: (nullable): of the device; a UUID made from the EID stands for it where there is none
 * @imsi: (nullable): as the profile's USIM gave it; without one there is only the login
 * @mnc_length: 2 or 3; 0: the USIM does not tell
 * @host, @path: where the entitlement server is (esim_ts43_server_find())
 * @hosts: whom this machine may talk to: @host, and what else the carrier's entry names
 * @pins: (nullable): see EsimWebRequest
 * @language: (nullable): for Accept-Language, for example "th-TH"
 * @gid1, @gid2: (nullable): hexadecimal
 *
 * What a session needs to know of a line. Plain data.
 */
typedef struct {
  char *iccid;
  char *eid;
  char *imei;
  char *imsi;
  guint mnc_length;
  char *host;
  char *path;
  char **hosts;
  char **pins;
  char *language;
  char *gid1;
  char *gid2;
} EsimTs43Line;

EsimTs43Line *esim_ts43_line_new (void);
EsimTs43Line *esim_ts43_line_copy (const EsimTs43Line *self);

/* Wipes the IMSI. */
void esim_ts43_line_free (EsimTs43Line *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimTs43Line, esim_ts43_line_free)

G_END_DECLS
