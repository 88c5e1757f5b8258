/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-isdr.h"

G_BEGIN_DECLS

/**
 * esim_isdr_load_segment:
 * @segment: as esim_bpp_next_segment() gives it
 * @answer: (out) (nullable) (transfer full): what the card answered: %NULL for nothing, as it is due for all
 * segments but the last; else the result (BF37, esim-load-result.h), after which no segment may be sent
 *
 * ES10b.LoadBoundProfilePackage (SGP.22 5.7.6), one segment of it: a STORE DATA chain of its own. Linear, in
 * the card's worker. No other command may go to the ISD-R between two segments: it would end the loading.
 *
 * Errors: those of #EsimCard and esim_apdu_store_data(). The card may have a result all the same, which it
 * keeps among its pending notifications.
 */
gboolean esim_isdr_load_segment (EsimIsdr *self, GBytes *segment, GBytes **answer,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
