/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_ICCID_OCTETS 10
#define ESIM_EID_OCTETS 16
#define ESIM_PLMN_OCTETS 3

/**
 * esim_bcd_iccid_from_octets:
 * As EF ICCID has it (ETSI TS 102 221, 13.2): two digits an octet, the first in the low half, F for what is
 * not used at the end.
 *
 * Returns: (transfer full): 18, 19 or 20 digits; CARD_ERROR for anything else
 */
char *
esim_bcd_iccid_from_octets (const guint8 *octets, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The way back. INVALID_ARGUMENT unless @iccid is 18 to 20 digits. */
gboolean esim_bcd_iccid_to_octets (const char *iccid, guint8 octets[ESIM_ICCID_OCTETS],
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_bcd_eid_from_octets:
 * Two digits an octet, the first in the high half.
 *
 * Returns: (transfer full): 32 digits; CARD_ERROR if they are none, or fail esim_bcd_eid_is_valid()
 */
char *esim_bcd_eid_from_octets (const guint8 *octets, gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The way back. INVALID_ARGUMENT unless @eid is valid. */
gboolean esim_bcd_eid_to_octets (const char *eid, guint8 octets[ESIM_EID_OCTETS],
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* 32 digits whose number leaves 1 when divided by 97 (SGP.02 2.2.2; SGP.29). */
gboolean esim_bcd_eid_is_valid (const char *eid);

/**
 * esim_bcd_plmn_from_octets:
 * MCC and MNC as in 3GPP TS 24.008, 10.5.1.3.
 *
 * Returns: (transfer full): 5 or 6 digits; "" where the octets hold none
 */
char *esim_bcd_plmn_from_octets (const guint8 *octets, gsize length) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
