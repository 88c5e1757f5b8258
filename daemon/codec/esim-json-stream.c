/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-json-stream.h"
#include "esim-error.h"

#include <string.h>

#define NAMES_MAX 64 /* of one object */
#define NAME_OCTETS_MAX 64
#define SCALAR_MAX 64 /* a number; true, false, null */
#define HEX_DIGITS 4
#define REPORTED_MAX G_GUINT64_CONSTANT (1000000000000)

typedef enum {
  EXPECT_VALUE,         /* the text itself, or behind "name": or [ , */
  EXPECT_VALUE_OR_END,  /* behind [ */
  EXPECT_NAME,          /* behind { , */
  EXPECT_NAME_OR_END,   /* behind { */
  EXPECT_COLON,         /* behind a name */
  EXPECT_COMMA_OR_END,  /* behind a value */
  IN_STRING,            /* of a value or, with in_name, of a name */
  IN_ESCAPE,            /* behind \ */
  IN_HEX,               /* behind \u */
  EXPECT_LOW_SURROGATE, /* \ must follow */
  EXPECT_LOW_U,         /* u must follow */
  IN_SCALAR,
  EXPECT_NOTHING, /* behind the text */
} State;

typedef struct {
  gboolean is_object;
  GHashTable *names; /* NULL for an array */
} Level;

struct _EsimJsonStream {
  EsimJsonReceiver receiver;
  gpointer user_data;
  State state;
  gboolean in_name;
  gboolean tells_all;
  guint64 position; /* octets that were read */
  Level levels[ESIM_JSON_DEPTH_MAX];
  guint depth;
  GString *name;   /* of the member under way */
  GString *scalar; /* the number or word under way */
  GString *piece;  /* of a string's value: what is to be passed on */
  guint hex_digits;
  gunichar unit;
  gunichar high; /* the first half of a surrogate pair; 0 = none */
};

static gboolean
refuse (EsimJsonStream *self, const char *what, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_SERVER_ERROR,
               "The server's answer is not proper JSON: %s at octet %" G_GUINT64_FORMAT
               ". Try again later, and tell the operator if it stays.",
               what, MIN (self->position, REPORTED_MAX));
  return FALSE;
}

static gboolean
refuse_size (const char *what, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
               "The server's answer has %s than any that the standard knows. Tell the operator.", what);
  return FALSE;
}

EsimJsonStream *
esim_json_stream_new (const EsimJsonReceiver *receiver, gpointer user_data)
{
  EsimJsonStream *self = g_new0 (EsimJsonStream, 1);

  self->receiver = *receiver;
  self->user_data = user_data;
  self->name = g_string_new (NULL);
  self->scalar = g_string_new (NULL);
  self->piece = g_string_new (NULL);
  return self;
}

void
esim_json_stream_tell_all (EsimJsonStream *self)
{
  self->tells_all = TRUE;
}

void
esim_json_stream_free (EsimJsonStream *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->depth; i++)
    g_clear_pointer (&self->levels[i].names, g_hash_table_unref);
  g_string_free (self->name, TRUE);
  g_string_free (self->scalar, TRUE);
  g_string_free (self->piece, TRUE);
  g_free (self);
}

static gboolean
begin (EsimJsonStream *self, EsimJsonKind kind, GError **error)
{
  gboolean is_member = self->depth > 0 && self->levels[self->depth - 1].is_object;

  return self->receiver.begin (kind, self->depth, is_member ? self->name->str : NULL, self->user_data, error);
}

static gboolean
end (EsimJsonStream *self, EsimJsonKind kind, GError **error)
{
  self->state = self->depth > 0 ? EXPECT_COMMA_OR_END : EXPECT_NOTHING;
  return self->receiver.end (kind, self->depth, self->user_data, error);
}

static gboolean
open_level (EsimJsonStream *self, gboolean is_object, GError **error)
{
  Level *level;

  if (self->depth == ESIM_JSON_DEPTH_MAX)
    return refuse_size ("more levels", error);
  if (!begin (self, is_object ? ESIM_JSON_OBJECT : ESIM_JSON_ARRAY, error))
    return FALSE;
  level = &self->levels[self->depth++];
  level->is_object = is_object;
  level->names = is_object ? g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) : NULL;
  self->state = is_object ? EXPECT_NAME_OR_END : EXPECT_VALUE_OR_END;
  return TRUE;
}

static gboolean
close_level (EsimJsonStream *self, gboolean is_object, GError **error)
{
  if (self->depth == 0 || self->levels[self->depth - 1].is_object != is_object)
    return refuse (self, "a bracket that closes nothing", error);
  self->depth--;
  g_clear_pointer (&self->levels[self->depth].names, g_hash_table_unref);
  return end (self, is_object ? ESIM_JSON_OBJECT : ESIM_JSON_ARRAY, error);
}

static gboolean
end_name (EsimJsonStream *self, GError **error)
{
  GHashTable *names = self->levels[self->depth - 1].names;

  if (g_hash_table_size (names) == NAMES_MAX)
    return refuse_size ("more members in an object", error);
  if (!g_hash_table_add (names, g_strdup (self->name->str)) && !self->tells_all)
    return refuse (self, "a name that was there before", error);
  self->state = EXPECT_COLON;
  return TRUE;
}

/* Passes on what of a string there is. */
static gboolean
flush (EsimJsonStream *self, GError **error)
{
  gboolean good = self->piece->len == 0 ||
                  self->receiver.string (self->piece->str, self->piece->len, self->user_data, error);

  g_string_truncate (self->piece, 0);
  return good;
}

static gboolean
end_string (EsimJsonStream *self, GError **error)
{
  if (self->in_name)
    return end_name (self, error);
  return flush (self, error) && end (self, ESIM_JSON_STRING, error);
}

static void
begin_name (EsimJsonStream *self)
{
  g_string_truncate (self->name, 0);
  self->in_name = TRUE;
  self->state = IN_STRING;
}

static gboolean
begin_string (EsimJsonStream *self, GError **error)
{
  self->in_name = FALSE;
  self->state = IN_STRING;
  return begin (self, ESIM_JSON_STRING, error);
}

static gboolean
add_text (EsimJsonStream *self, const char *text, gsize length, GError **error)
{
  if (self->in_name && self->name->len + length > NAME_OCTETS_MAX)
    return refuse_size ("a longer name", error);
  g_string_append_len (self->in_name ? self->name : self->piece, text, (gssize) length);
  return TRUE;
}

/* Strings cannot hold it here, and no message of the standard has it. */
static gboolean
add_character (EsimJsonStream *self, gunichar character, GError **error)
{
  char utf8[6];

  if (character == 0)
    return refuse (self, "a character of number 0", error);
  self->state = IN_STRING;
  return add_text (self, utf8, (gsize) g_unichar_to_utf8 (character, utf8), error);
}

static gboolean
end_unit (EsimJsonStream *self, GError **error)
{
  gunichar unit = self->unit, high = self->high;
  gboolean is_low = unit >= 0xDC00 && unit <= 0xDFFF;

  self->high = 0;
  if ((high != 0) != is_low)
    return refuse (self, "half of a character", error);
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    self->high = unit;
    self->state = EXPECT_LOW_SURROGATE;
    return TRUE;
  }
  return add_character (self, is_low ? 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00) : unit, error);
}

static gboolean
read_hex (EsimJsonStream *self, char c, GError **error)
{
  if (!g_ascii_isxdigit (c))
    return refuse (self, "an escape that is none", error);
  self->unit = self->unit << 4 | (gunichar) g_ascii_xdigit_value (c);
  return ++self->hex_digits < HEX_DIGITS || end_unit (self, error);
}

static void
begin_hex (EsimJsonStream *self)
{
  self->unit = 0;
  self->hex_digits = 0;
  self->state = IN_HEX;
}

static gboolean
read_escape (EsimJsonStream *self, char c, GError **error)
{
  static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  const char *letter = c != '\0' ? strchr (letters, c) : NULL;

  if (c == 'u') {
    begin_hex (self);
    return TRUE;
  }
  if (letter == NULL)
    return refuse (self, "an escape that is none", error);
  return add_character (self, (gunichar) meant[letter - letters], error);
}

/* RFC 8259, 6. */
static gboolean
is_number (const char *text)
{
  if (*text == '-')
    text++;
  if (!g_ascii_isdigit (*text))
    return FALSE;
  if (*text++ != '0')
    while (g_ascii_isdigit (*text))
      text++;
  if (*text == '.') {
    if (!g_ascii_isdigit (*++text))
      return FALSE;
    while (g_ascii_isdigit (*text))
      text++;
  }
  if (*text == 'e' || *text == 'E') {
    text++;
    if (*text == '+' || *text == '-')
      text++;
    if (!g_ascii_isdigit (*text))
      return FALSE;
    while (g_ascii_isdigit (*text))
      text++;
  }
  return *text == '\0';
}

static gboolean
end_scalar (EsimJsonStream *self, GError **error)
{
  const char *text = self->scalar->str;
  EsimJsonKind kind;

  if (is_number (text))
    kind = ESIM_JSON_NUMBER;
  else if (strcmp (text, "true") == 0 || strcmp (text, "false") == 0)
    kind = ESIM_JSON_BOOLEAN;
  else if (strcmp (text, "null") == 0)
    kind = ESIM_JSON_NULL;
  else
    return refuse (self, "a word that is no value", error);
  return begin (self, kind, error) &&
         (!self->tells_all || self->receiver.string (text, strlen (text), self->user_data, error)) &&
         end (self, kind, error);
}

static gboolean
is_scalar_character (char c)
{
  return g_ascii_isalnum (c) || c == '+' || c == '-' || c == '.';
}

static gboolean
read_value (EsimJsonStream *self, char c, GError **error)
{
  if (c == '{' || c == '[')
    return open_level (self, c == '{', error);
  if (c == '"')
    return begin_string (self, error);
  if (c == ']' && self->state == EXPECT_VALUE_OR_END)
    return close_level (self, FALSE, error);
  if (!is_scalar_character (c))
    return refuse (self, "something else than a value", error);
  g_string_truncate (self->scalar, 0);
  g_string_append_c (self->scalar, c);
  self->state = IN_SCALAR;
  return TRUE;
}

static gboolean
read_name (EsimJsonStream *self, char c, GError **error)
{
  if (c == '}' && self->state == EXPECT_NAME_OR_END)
    return close_level (self, TRUE, error);
  if (c != '"')
    return refuse (self, "something else than a name", error);
  begin_name (self);
  return TRUE;
}

static gboolean
read_after_value (EsimJsonStream *self, char c, GError **error)
{
  if (c == '}' || c == ']')
    return close_level (self, c == '}', error);
  if (c != ',')
    return refuse (self, "something else than a comma", error);
  self->state = self->levels[self->depth - 1].is_object ? EXPECT_NAME : EXPECT_VALUE;
  return TRUE;
}

/* Between values, where blanks may be. */
static gboolean
read_structure (EsimJsonStream *self, char c, GError **error)
{
  if (c == ' ' || c == '\t' || c == '\r' || c == '\n')
    return TRUE;
  switch (self->state) {
  case EXPECT_VALUE:
  case EXPECT_VALUE_OR_END:
    return read_value (self, c, error);
  case EXPECT_NAME:
  case EXPECT_NAME_OR_END:
    return read_name (self, c, error);
  case EXPECT_COLON:
    self->state = EXPECT_VALUE;
    return c == ':' || refuse (self, "a name without a colon", error);
  case EXPECT_COMMA_OR_END:
    return read_after_value (self, c, error);
  default:
    return refuse (self, "something behind the end", error);
  }
}

static gboolean
read_in_scalar (EsimJsonStream *self, char c, GError **error)
{
  if (!is_scalar_character (c))
    return end_scalar (self, error) && read_structure (self, c, error);
  if (self->scalar->len == SCALAR_MAX)
    return refuse_size ("a longer number", error);
  g_string_append_c (self->scalar, c);
  return TRUE;
}

static gboolean
read_low (EsimJsonStream *self, char c, GError **error)
{
  if (c != (self->state == EXPECT_LOW_U ? 'u' : '\\'))
    return refuse (self, "half of a character", error);
  if (self->state == EXPECT_LOW_U)
    begin_hex (self);
  else
    self->state = EXPECT_LOW_U;
  return TRUE;
}

/* What of a string stands for itself goes on in one piece. Returns: how many octets that were. */
static gsize
read_plain (EsimJsonStream *self, const char *text, gsize length, gboolean *good, GError **error)
{
  gsize n = 0;

  while (n < length && text[n] != '"' && text[n] != '\\' && (guchar) text[n] >= 0x20)
    n++;
  *good = n == 0 || add_text (self, text, n, error);
  return n;
}

static gboolean
read_one (EsimJsonStream *self, char c, GError **error)
{
  switch (self->state) {
  case IN_STRING:
    if (c == '"')
      return end_string (self, error);
    self->state = IN_ESCAPE;
    return c == '\\' || refuse (self, "a control character in a string", error);
  case IN_ESCAPE:
    return read_escape (self, c, error);
  case IN_HEX:
    return read_hex (self, c, error);
  case EXPECT_LOW_SURROGATE:
  case EXPECT_LOW_U:
    return read_low (self, c, error);
  case IN_SCALAR:
    return read_in_scalar (self, c, error);
  default:
    return read_structure (self, c, error);
  }
}

gboolean
esim_json_stream_feed (EsimJsonStream *self, const char *text, gsize length, GError **error)
{
  for (gsize i = 0; i < length;) {
    gboolean good = TRUE;
    gsize plain = self->state == IN_STRING ? read_plain (self, text + i, length - i, &good, error) : 0;

    if (plain == 0) {
      good = read_one (self, text[i], error);
      plain = 1;
    }
    if (!good)
      return FALSE;
    i += plain;
    self->position += plain;
  }
  /* A half-read string is passed on at the end of each piece, so that nothing waits here. */
  return flush (self, error);
}

gboolean
esim_json_stream_finish (EsimJsonStream *self, GError **error)
{
  if (self->state == IN_SCALAR && self->depth == 0 && !end_scalar (self, error))
    return FALSE;
  return self->state == EXPECT_NOTHING || refuse (self, "the end comes too early", error);
}
