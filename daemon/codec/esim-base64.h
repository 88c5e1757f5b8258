/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimBase64:
 *
 * Decodes base64 (RFC 4648, 4) piece by piece. Strict, unlike g_base64_decode_step(): nothing outside of the
 * alphabet but line ends, padding where it is due, and nothing behind it. All zero is a fresh one. Private.
 */
typedef struct {
  guint32 bits;
  guint count;   /* characters of the group that is under way */
  guint padding; /* how many of them were "=" */
  gboolean ended;
} EsimBase64;

/* Appends to @octets what @text decodes to. %FALSE: it is not base64; @octets is of no use then. */
gboolean esim_base64_feed (EsimBase64 *self, const char *text, gsize length,
                           GByteArray *octets) G_GNUC_WARN_UNUSED_RESULT;

/* The text is over. %FALSE: in the middle of a group. */
gboolean esim_base64_finish (const EsimBase64 *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
