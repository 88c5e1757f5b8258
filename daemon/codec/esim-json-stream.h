/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_JSON_DEPTH_MAX 16

/**
 * EsimJsonStream:
 *
 * Reads one JSON text (RFC 8259) that comes in pieces, cut anywhere, and tells of it as it comes. Strict: no
 * comments, no trailing commas, no name twice in an object, nothing behind the end. Bounded: depth, the names
 * of an object, the length of names and numbers; a string's length is for the receiver to judge, who gets it
 * in pieces. Nothing recurses.
 */
typedef struct _EsimJsonStream EsimJsonStream;

typedef enum {
  ESIM_JSON_OBJECT,
  ESIM_JSON_ARRAY,
  ESIM_JSON_STRING,
  ESIM_JSON_NUMBER,
  ESIM_JSON_BOOLEAN,
  ESIM_JSON_NULL,
} EsimJsonKind;

/**
 * EsimJsonReceiver:
 * @begin: a value begins. @depth: how many objects and arrays it is in; @name: of the member that it is,
 *   (nullable): NULL in an array and for the text itself. An object's or array's contents follow, then @end
 * @string: a piece of the string that began last, with its escapes resolved; never in the middle of a
 *   character that was escaped
 * @end: the value that began at @depth is over
 *
 * Each returns %FALSE to stop, with an error set.
 */
typedef struct {
  gboolean (*begin) (EsimJsonKind kind, guint depth, const char *name, gpointer user_data, GError **error);
  gboolean (*string) (const char *text, gsize length, gpointer user_data, GError **error);
  gboolean (*end) (EsimJsonKind kind, guint depth, gpointer user_data, GError **error);
} EsimJsonReceiver;

EsimJsonStream *esim_json_stream_new (const EsimJsonReceiver *receiver, gpointer user_data);
void esim_json_stream_free (EsimJsonStream *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimJsonStream, esim_json_stream_free)

/* A name may come more than once in an object, for a standard whose documents have it so; and @string tells
 * of numbers, true, false and null, too, as they are written. Before the first piece. */
void esim_json_stream_tell_all (EsimJsonStream *self);

/**
 * esim_json_stream_feed:
 * Errors: the receiver's; SERVER_ERROR for what is no JSON; LIMIT_EXCEEDED. After an error nothing more is to
 * be fed.
 */
gboolean esim_json_stream_feed (EsimJsonStream *self, const char *text, gsize length,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The text is over: SERVER_ERROR if it is not whole. */
gboolean esim_json_stream_finish (EsimJsonStream *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
