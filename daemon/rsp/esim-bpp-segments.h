/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimBppSegments:
 *
 * Cuts a bound profile package (BF36; SGP.22 2.5.4) that comes in pieces into the segments that a card takes
 * (2.5.5): BF36's header with InitialiseSecureChannel; the header of each sequence of 87 with its first
 * block, and every further one alone; the headers of the sequences of 88 and of 86 alone, and each of their
 * blocks alone. Octets are neither changed nor left out.
 *
 * Errors: SERVER_ERROR for what is not of that form; LIMIT_EXCEEDED.
 */
typedef struct _EsimBppSegments EsimBppSegments;

/* @transaction_id: that InitialiseSecureChannel must have */
EsimBppSegments *esim_bpp_segments_new (GBytes *transaction_id);
void esim_bpp_segments_free (EsimBppSegments *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimBppSegments, esim_bpp_segments_free)

gboolean esim_bpp_segments_feed (EsimBppSegments *self, const guint8 *octets, gsize length,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The package came to its end: SERVER_ERROR if it is not whole. */
gboolean esim_bpp_segments_finish (EsimBppSegments *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As in esim-bpp.h. */
GBytes *esim_bpp_segments_next (EsimBppSegments *self);
GBytes *esim_bpp_segments_get_metadata (EsimBppSegments *self);
gsize esim_bpp_segments_get_total (EsimBppSegments *self);
gsize esim_bpp_segments_get_given (EsimBppSegments *self);

G_END_DECLS
