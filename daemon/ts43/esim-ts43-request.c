/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-request.h"

#include <openssl/crypto.h>
#include <string.h>

#define ROOM 1024

typedef struct {
  char *name;
  char *value;
} Pair;

struct _EsimTs43Request {
  GPtrArray *pairs;
};

static void
wipe (char *text)
{
  OPENSSL_cleanse (text, strlen (text));
  g_free (text);
}

static void
pair_free (gpointer data)
{
  Pair *pair = data;

  g_free (pair->name);
  wipe (pair->value);
  g_free (pair);
}

EsimTs43Request *
esim_ts43_request_new (void)
{
  EsimTs43Request *self = g_new0 (EsimTs43Request, 1);

  self->pairs = g_ptr_array_new_with_free_func (pair_free);
  return self;
}

void
esim_ts43_request_free (EsimTs43Request *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->pairs);
  g_free (self);
}

static Pair *
find (EsimTs43Request *self, const char *name, guint *index)
{
  for (*index = 0; *index < self->pairs->len; (*index)++) {
    Pair *pair = g_ptr_array_index (self->pairs, *index);

    if (strcmp (pair->name, name) == 0)
      return pair;
  }
  return NULL;
}

void
esim_ts43_request_set (EsimTs43Request *self, const char *name, const char *value)
{
  guint index;
  Pair *pair = find (self, name, &index);

  if (value == NULL)
    return;
  if (pair == NULL) {
    pair = g_new0 (Pair, 1);
    pair->name = g_strdup (name);
    g_ptr_array_add (self->pairs, pair);
  } else {
    wipe (pair->value);
  }
  pair->value = g_strdup (value);
}

void
esim_ts43_request_remove (EsimTs43Request *self, const char *name)
{
  guint index;

  if (find (self, name, &index) != NULL)
    g_ptr_array_remove_index (self->pairs, index);
}

static void
add_json_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++) {
    if (*text == '"' || *text == '\\')
      g_string_append_printf (out, "\\%c", *text);
    else if ((guchar) *text < 0x20)
      g_string_append_printf (out, "\\u%04x", (guint) (guchar) *text);
    else
      g_string_append_c (out, *text);
  }
  g_string_append_c (out, '"');
}

/* Room is made before, so that no half of it is left behind where it was moved from. */
static GString *
new_text (const EsimTs43Request *self)
{
  gsize room = ROOM;

  for (guint i = 0; i < self->pairs->len; i++) {
    const Pair *pair = g_ptr_array_index (self->pairs, i);

    room += strlen (pair->name) + 6 * strlen (pair->value) + 8;
  }
  return g_string_sized_new (room);
}

static void
free_body (gpointer text)
{
  wipe (text);
}

GBytes *
esim_ts43_request_make_json (const EsimTs43Request *self)
{
  GString *out = new_text (self);
  gsize length;
  char *text;

  g_string_append_c (out, '{');
  for (guint i = 0; i < self->pairs->len; i++) {
    const Pair *pair = g_ptr_array_index (self->pairs, i);

    if (i > 0)
      g_string_append_c (out, ',');
    add_json_string (out, pair->name);
    g_string_append_c (out, ':');
    add_json_string (out, pair->value);
  }
  g_string_append_c (out, '}');
  length = out->len;
  text = g_string_free (out, FALSE);
  return g_bytes_new_with_free_func (text, length, free_body, text);
}

char *
esim_ts43_request_make_query (const EsimTs43Request *self)
{
  GString *out = new_text (self);

  for (guint i = 0; i < self->pairs->len; i++) {
    const Pair *pair = g_ptr_array_index (self->pairs, i);

    g_string_append_printf (out, "%s%s=", i > 0 ? "&" : "", pair->name);
    g_string_append_uri_escaped (out, pair->value, NULL, FALSE);
  }
  return g_string_free (out, FALSE);
}
