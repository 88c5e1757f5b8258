/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What stands in the files of a USIM (3GPP TS 31.102, 4.2; ETSI TS 102 221, 13.1). */

#define ESIM_USIM_AID_MIN 7
#define ESIM_USIM_AID_MAX 16

/* What every USIM's AID begins with: 3GPP, and the application (ETSI TS 101 220, annex E). */
extern const guint8 esim_usim_files_aid[ESIM_USIM_AID_MIN];

/* EF IMSI. Returns: (transfer full): 6 to 15 digits; CARD_ERROR for anything else */
char *
esim_usim_files_read_imsi (const guint8 *octets, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* EF AD: 2 or 3; 0 where it does not tell. */
guint esim_usim_files_read_mnc_length (const guint8 *octets, gsize length);

/* EF GID1, EF GID2. Returns: (transfer full) (nullable): upper-case hexadecimal; %NULL if nothing is written
 * there */
char *esim_usim_files_read_group (const guint8 *octets, gsize length) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_usim_files_read_directory:
 * @octets: a record of EF DIR
 * @aid: (out): written only if it is a USIM's
 *
 * Returns: how many octets of @aid there are; 0 if the record is empty, of another application or makes no
 * sense
 */
gsize esim_usim_files_read_directory (const guint8 *octets, gsize length, guint8 aid[ESIM_USIM_AID_MAX]);

G_END_DECLS
