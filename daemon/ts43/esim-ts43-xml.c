/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The XML form of an entitlement server's documents (OMA provisioning content): elements and attributes. A
 * reader of our own, since servers write a bare "&" and a document type must not even be begun: no DTD, no
 * entities but the five of XML and numbers, nothing from elsewhere. Nothing recurses. */
#include "esim-error.h"
#include "esim-ts43-node.h"

#include <openssl/crypto.h>
#include <string.h>

#define ELEMENT_MAX 32

typedef struct {
  char element[ELEMENT_MAX + 1];
  EsimTs43Node *group; /* where its contents go */
  EsimTs43Node *leaf;  /* (nullable): the parameter that its text is the value of */
} Level;

typedef struct {
  const char *at, *end;
  EsimTs43Node *root;
  Level levels[ESIM_TS43_DEPTH_MAX + 1];
  guint depth;
  guint count;
  gboolean ended; /* the root element was closed */
} Reader;

static gboolean
refuse (const char *words, GError **error)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_CARRIER_ERROR, "the carrier's server answered XML %s", words);
  return FALSE;
}

static gboolean
refuse_size (GError **error)
{
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_LIMIT_EXCEEDED,
                       "the carrier's server answered more than any that the standard knows");
  return FALSE;
}

static gboolean
is_at (const Reader *reader, const char *text)
{
  const gsize length = strlen (text);

  return (gsize) (reader->end - reader->at) >= length && memcmp (reader->at, text, length) == 0;
}

static void
skip_blanks (Reader *reader)
{
  while (reader->at < reader->end && strchr (" \t\r\n", *reader->at) != NULL)
    reader->at++;
}

/* Goes behind the next @text. */
static gboolean
skip_past (Reader *reader, const char *text, GError **error)
{
  const char *found = g_strstr_len (reader->at, reader->end - reader->at, text);

  if (found == NULL)
    return refuse ("that is cut off", error);
  reader->at = found + strlen (text);
  return TRUE;
}

/* A number that stands for a character: "&#38;", "&#x26;". Returns: its length, 0 if it is none */
static gsize
read_number (const char *at, const char *end, GString *out)
{
  const char *start = at + 2;
  gboolean is_hex = start < end && (*start == 'x' || *start == 'X');
  guint32 character = 0;
  const char *c = is_hex ? start + 1 : start;
  const char *first = c;

  for (; c < end && (is_hex ? g_ascii_isxdigit (*c) : g_ascii_isdigit (*c)) && character < 0x110000; c++)
    character = character * (is_hex ? 16 : 10) + (guint32) g_ascii_xdigit_value (*c);
  if (c == first || c == end || *c != ';' || !g_unichar_validate (character) || character == 0)
    return 0;
  g_string_append_unichar (out, character);
  return (gsize) (c + 1 - at);
}

/* What stands at an "&". What is none of the five and no number stands for itself: it is a bare "&" of an
 * address, and never an entity of somebody's own. Returns: its length */
static gsize
read_reference (const char *at, const char *end, GString *out)
{
  static const struct {
    const char *name;
    char meant;
  } five[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
  gsize length = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (five); i++)
    if (g_str_has_prefix (at, five[i].name)) {
      g_string_append_c (out, five[i].meant);
      return strlen (five[i].name);
    }
  if (end - at > 2 && at[1] == '#')
    length = read_number (at, end, out);
  if (length == 0)
    g_string_append_c (out, '&');
  return MAX (length, 1);
}

/* Appends [at, end) to @out; both are within a text that ends with a 0. */
static gboolean
add_text (GString *out, const char *at, const char *end, gboolean raw, GError **error)
{
  if (out->len + (gsize) (end - at) > ESIM_TS43_VALUE_MAX)
    return refuse_size (error);
  while (at < end)
    if (*at == '&' && !raw)
      at += read_reference (at, end, out);
    else
      g_string_append_c (out, *at++);
  return TRUE;
}

static void
free_secret (GString *text)
{
  OPENSSL_cleanse (text->str, text->allocated_len);
  g_string_free (text, TRUE);
}

static gboolean
is_name_character (char c)
{
  return g_ascii_isalnum (c) || strchr ("-_.:", c) != NULL;
}

static gboolean
read_name (Reader *reader, char *name, gsize max, GError **error)
{
  gsize length = 0;

  while (reader->at + length < reader->end && reader->at[length] != '\0' &&
         is_name_character (reader->at[length]))
    length++;
  if (length == 0)
    return refuse ("that is not well-formed", error);
  if (length > max)
    return refuse_size (error);
  memcpy (name, reader->at, length);
  name[length] = '\0';
  reader->at += length;
  return TRUE;
}

/* ="…" or ='…' */
static gboolean
read_value (Reader *reader, char **value, GError **error)
{
  g_autoptr (GString) out = g_string_sized_new (256);
  const char *end;
  gboolean good;
  char quote;

  skip_blanks (reader);
  if (!is_at (reader, "="))
    return refuse ("with an attribute that has no value", error);
  reader->at++;
  skip_blanks (reader);
  quote = reader->at < reader->end ? *reader->at : '\0';
  if (quote != '"' && quote != '\'')
    return refuse ("with an attribute that is not quoted", error);
  reader->at++;
  end = memchr (reader->at, quote, (gsize) (reader->end - reader->at));
  if (end == NULL || memchr (reader->at, '<', (gsize) (end - reader->at)) != NULL)
    return refuse ("with an attribute that does not end", error);
  good = add_text (out, reader->at, end, FALSE, error);
  reader->at = end + 1;
  *value = good ? g_strdup (out->str) : NULL;
  OPENSSL_cleanse (out->str, out->allocated_len);
  return good;
}

typedef struct {
  char *type, *name, *value; /* (nullable): the attributes that matter */
} Attributes;

static void
attributes_clear (Attributes *attributes)
{
  if (attributes->value != NULL)
    OPENSSL_cleanse (attributes->value, strlen (attributes->value));
  g_free (attributes->type);
  g_free (attributes->name);
  g_free (attributes->value);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Attributes, attributes_clear)

static gboolean
read_attributes (Reader *reader, Attributes *attributes, GError **error)
{
  for (skip_blanks (reader); reader->at < reader->end && *reader->at != '>' && !is_at (reader, "/>");
       skip_blanks (reader)) {
    char name[ELEMENT_MAX + 1];
    g_autofree char *value = NULL;
    char **place;

    if (!read_name (reader, name, ELEMENT_MAX, error) || !read_value (reader, &value, error))
      return FALSE;
    place = g_ascii_strcasecmp (name, "type") == 0    ? &attributes->type
            : g_ascii_strcasecmp (name, "name") == 0  ? &attributes->name
            : g_ascii_strcasecmp (name, "value") == 0 ? &attributes->value
                                                      : NULL;
    if (place != NULL && *place != NULL)
      return refuse ("with an attribute that is there twice", error);
    if (place != NULL)
      *place = g_steal_pointer (&value);
  }
  return reader->at < reader->end || refuse ("that is cut off", error);
}

/* What an element means, in the group that is open. */
static gboolean
open_element (Reader *reader, const char *element, Attributes *attributes, GError **error)
{
  Level *around = reader->depth > 0 ? &reader->levels[reader->depth - 1] : NULL;
  Level *level = &reader->levels[reader->depth];
  gboolean is_group = g_ascii_strcasecmp (element, "characteristic") == 0;
  const char *name = is_group ? attributes->type : attributes->name;
  EsimTs43Node *node = NULL;

  if (reader->depth == ESIM_TS43_DEPTH_MAX || ++reader->count > ESIM_TS43_NODES_MAX ||
      (name != NULL && strlen (name) > ESIM_TS43_NAME_MAX))
    return refuse_size (error);
  *level = (Level){.group = around != NULL ? around->group : reader->root};
  g_strlcpy (level->element, element, sizeof level->element);
  reader->depth++;
  if (around == NULL)
    return (!reader->ended && g_ascii_strcasecmp (element, "wap-provisioningdoc") == 0) ||
           refuse ("that is no provisioning document", error);
  if (!is_group && g_ascii_strcasecmp (element, "parm") != 0)
    return refuse ("with an element that is not of the standard", error);
  if (name == NULL || around->leaf != NULL)
    return refuse ("that is not as the standard has it", error);
  node = esim_ts43_node_new (name, is_group);
  g_ptr_array_add (level->group->children, node);
  if (is_group) {
    level->group = node;
  } else {
    level->leaf = node;
    node->value = g_steal_pointer (&attributes->value);
  }
  return TRUE;
}

static void
close_element (Reader *reader)
{
  reader->depth--;
  reader->ended = reader->depth == 0;
}

static gboolean
read_tag (Reader *reader, GError **error)
{
  g_auto (Attributes) attributes = {0};
  gboolean is_end = reader->at[1] == '/';
  char element[ELEMENT_MAX + 1];

  reader->at += is_end ? 2 : 1;
  if (!read_name (reader, element, ELEMENT_MAX, error))
    return FALSE;
  if (is_end) {
    skip_blanks (reader);
    if (!is_at (reader, ">") || reader->depth == 0 ||
        g_ascii_strcasecmp (element, reader->levels[reader->depth - 1].element) != 0)
      return refuse ("whose elements are not closed as they were opened", error);
    reader->at++;
    close_element (reader);
    return TRUE;
  }
  if (!read_attributes (reader, &attributes, error) || !open_element (reader, element, &attributes, error))
    return FALSE;
  if (*reader->at == '/') {
    reader->at++;
    close_element (reader);
  }
  reader->at++;
  return TRUE;
}

/* Text between the tags: a parameter's value where it has no attribute for it; else there may only be
 * blanks. */
static gboolean
take_text (Reader *reader, const char *at, const char *end, gboolean raw, GError **error)
{
  EsimTs43Node *leaf = reader->depth > 0 ? reader->levels[reader->depth - 1].leaf : NULL;
  GString *out;
  gboolean good;

  if (leaf == NULL) {
    while (at < end && strchr (" \t\r\n", *at) != NULL)
      at++;
    return at == end || refuse ("with words between its elements", error);
  }
  out = g_string_new (leaf->value);
  good = add_text (out, at, end, raw, error);
  if (good) {
    g_free (leaf->value);
    leaf->value = g_strdup (out->str);
  }
  free_secret (out);
  return good;
}

static gboolean
read_text (Reader *reader, GError **error)
{
  const char *start = reader->at;
  const char *next = memchr (start, '<', (gsize) (reader->end - start));

  reader->at = next != NULL ? next : reader->end;
  /* Line ends and indentation around a value that stands in an attribute are no value. */
  while (start < reader->at && strchr (" \t\r\n", *start) != NULL)
    start++;
  return start == reader->at || take_text (reader, start, reader->at, FALSE, error);
}

static gboolean
read_one (Reader *reader, GError **error)
{
  const char *start;

  if (*reader->at != '<')
    return read_text (reader, error);
  if (is_at (reader, "<?"))
    return skip_past (reader, "?>", error);
  if (is_at (reader, "<!--"))
    return skip_past (reader, "-->", error);
  if (is_at (reader, "<![CDATA[")) {
    start = reader->at + strlen ("<![CDATA[");
    return skip_past (reader, "]]>", error) &&
           take_text (reader, start, reader->at - strlen ("]]>"), TRUE, error);
  }
  if (is_at (reader, "<!"))
    return refuse ("with a document type, which is not read", error);
  return read_tag (reader, error);
}

EsimTs43Node *
esim_ts43_xml_read (const char *text, gsize length, GError **error)
{
  g_autoptr (EsimTs43Node) root = esim_ts43_node_new ("", TRUE);
  Reader reader = {.at = text, .end = text + length, .root = root};

  while (reader.at < reader.end)
    if (!read_one (&reader, error))
      return NULL;
  if (!reader.ended || reader.depth > 0) {
    (void) !refuse ("that is cut off", error);
    return NULL;
  }
  return g_steal_pointer (&root);
}
