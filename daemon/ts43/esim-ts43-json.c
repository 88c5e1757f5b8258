/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The JSON form of an entitlement server's documents. The standard's own example has a name twice in one
 * object, so that a reader that makes a map of an object would lose a line and fake its end. */
#include "esim-error.h"
#include "esim-json-stream.h"
#include "esim-ts43-node.h"

#include <openssl/crypto.h>

/* One for each level: what is open there. An array is no node: its elements stand in the group around it,
 * under the array's name. */
typedef struct {
  EsimTs43Node *group;
  char name[ESIM_TS43_NAME_MAX + 1]; /* for the elements of an array; "" in an object */
  gboolean is_array;
} Level;

typedef struct {
  EsimTs43Node *root;
  Level levels[ESIM_TS43_DEPTH_MAX + 1];
  EsimTs43Node *leaf;
  GString *text; /* of the string under way */
  guint count;
} Reader;

static gboolean
refuse (const char *words, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR, "the carrier's server answered JSON that %s",
               words);
  return FALSE;
}

static gboolean
begin (EsimJsonKind kind, guint depth, const char *name, gpointer user_data, GError **error)
{
  Reader *reader = user_data;
  gboolean nests = kind == ESIM_JSON_OBJECT || kind == ESIM_JSON_ARRAY;
  Level *around = depth > 0 ? &reader->levels[depth - 1] : NULL;
  const char *called = name != NULL ? name : around != NULL ? around->name : "";
  EsimTs43Node *node = NULL;

  if (around == NULL && kind != ESIM_JSON_OBJECT)
    return refuse ("is no object", error);
  if (++reader->count > ESIM_TS43_NODES_MAX || depth >= ESIM_TS43_DEPTH_MAX) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                         "the carrier's server answered more than any that the standard knows");
    return FALSE;
  }
  if (kind != ESIM_JSON_ARRAY) {
    node = esim_ts43_node_new (called, kind == ESIM_JSON_OBJECT);
    if (around != NULL)
      g_ptr_array_add (around->group->children, node);
    else
      reader->root = node;
    reader->leaf = node;
  }
  if (nests) {
    Level *level = &reader->levels[depth];

    level->is_array = kind == ESIM_JSON_ARRAY;
    level->group = level->is_array ? around->group : node;
    g_strlcpy (level->name, level->is_array ? called : "", sizeof level->name);
  }
  g_string_truncate (reader->text, 0);
  return TRUE;
}

static gboolean
take_string (const char *text, gsize length, gpointer user_data, GError **error)
{
  Reader *reader = user_data;

  if (reader->text->len + length > ESIM_TS43_VALUE_MAX) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                         "the carrier's server answered a longer text than any that is taken");
    return FALSE;
  }
  g_string_append_len (reader->text, text, (gssize) length);
  return TRUE;
}

static gboolean
end (EsimJsonKind kind, guint depth, gpointer user_data, GError **error)
{
  Reader *reader = user_data;

  if (kind == ESIM_JSON_STRING || kind == ESIM_JSON_NUMBER || kind == ESIM_JSON_BOOLEAN)
    reader->leaf->value = g_strdup (reader->text->str);
  return TRUE;
}

EsimTs43Node *
esim_ts43_json_read (const char *text, gsize length, GError **error)
{
  const EsimJsonReceiver receiver = {begin, take_string, end};
  Reader reader = {.text = g_string_sized_new (ESIM_TS43_VALUE_MAX)};
  g_autoptr (EsimJsonStream) stream = esim_json_stream_new (&receiver, &reader);
  g_autoptr (GError) local = NULL;
  gboolean good;

  esim_json_stream_tell_all (stream);
  good = esim_json_stream_feed (stream, text, length, &local) && esim_json_stream_finish (stream, &local);
  OPENSSL_cleanse (reader.text->str, reader.text->allocated_len);
  g_string_free (reader.text, TRUE);
  if (good)
    return reader.root;
  esim_ts43_node_free (reader.root);
  if (g_error_matches (local, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR))
    (void) !refuse ("is none", error);
  else
    g_propagate_error (error, g_steal_pointer (&local));
  return NULL;
}
