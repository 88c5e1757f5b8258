/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimBpp:
 *
 * Reads the answer to ES9+.GetBoundProfilePackage (SGP.22 6.5.2.7) while it is still coming: the JSON
 * envelope, the base64 in it, and the bound profile package in that, which is cut into the segments that the
 * card takes (2.5.5). Pure: octets in, segments out; no network, no card. It holds what was fed and not yet
 * taken, never more than the bounds allow.
 *
 * No segment is given out before the metadata in the package (StoreMetadata, whose blocks are authenticated
 * and not encrypted) can be read, so that nothing has gone to the card when the caller finds that it is not
 * what the user agreed to. The session's transaction id is looked for in InitialiseSecureChannel before that,
 * and in the envelope wherever it stands.
 *
 * Errors of all functions: SERVER_ERROR; LIMIT_EXCEEDED for what is larger or deeper than any package is.
 * After an error nothing more can be fed, and no more segments come out.
 */
typedef struct _EsimBpp EsimBpp;

/* @address: the server, for errors; @transaction_id: as the server wrote it, hexadecimal: it must be the same
 * throughout. */
EsimBpp *esim_bpp_new (const char *address, const char *transaction_id);
void esim_bpp_free (EsimBpp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimBpp, esim_bpp_free)

/* @chunk: the next octets of the body, cut wherever the network cut them */
gboolean esim_bpp_feed (EsimBpp *self, GBytes *chunk, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_bpp_finish:
 * The body came to its end. %TRUE: the answer was whole, the server executed the function, and every segment
 * of the package is there to be taken. A server that refused ("Failed") makes the error that its codes stand
 * for (esim-es9-words.h), also where no package came at all.
 */
gboolean esim_bpp_finish (EsimBpp *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* (nullable) (transfer full): the next segment, in order; %NULL: none is whole yet, or all were given */
GBytes *esim_bpp_next_segment (EsimBpp *self);

/* (nullable) (transfer none): BF25, whole, as it came in the package. There once a segment is. */
GBytes *esim_bpp_get_metadata_bytes (EsimBpp *self);

/* Octets of the package, by its own header: 0 while that is not known. And how many of them were given out in
 * segments. */
gsize esim_bpp_get_octets_total (EsimBpp *self);
gsize esim_bpp_get_octets_given (EsimBpp *self);

/* All segments were given out: the card owes its result. */
gboolean esim_bpp_is_given (EsimBpp *self);

G_END_DECLS
