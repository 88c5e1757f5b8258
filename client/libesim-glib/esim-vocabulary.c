/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-vocabulary.h"

#include <libintl.h>
#include <string.h>

#include "esim-text.h"
#include "esim-words-carrier.h"
#include "esim-words-course.h"
#include "esim-words-ts43.h"
#include "esim-words.h"

#define GETTEXT_DOMAIN "esimd"

void
esim_vocabulary_bind (void)
{
  static gsize bound;

  if (g_once_init_enter (&bound)) {
    bindtextdomain (GETTEXT_DOMAIN, g_getenv ("ESIM_LOCALEDIR") ?: ESIM_LOCALEDIR);
    bind_textdomain_codeset (GETTEXT_DOMAIN, "UTF-8");
    g_once_init_leave (&bound, 1);
  }
}

const char *
esim_vocabulary_translate (const char *text)
{
  esim_vocabulary_bind ();
  return dgettext (GETTEXT_DOMAIN, text);
}

const char *
esim_vocabulary_find (const EsimWord *words, gsize n_words, const char *code)
{
  for (gsize i = 0; i < n_words; i++)
    if (g_strcmp0 (words[i].code, code) == 0)
      return words[i].words;
  return NULL;
}

const char *
esim_vocabulary_say (const EsimWord *words, gsize n_words, const char *code)
{
  const char *text = esim_vocabulary_find (words, n_words, code);

  return text != NULL ? esim_vocabulary_translate (text) : code;
}

static char *
in_form (const char *form, const char *value)
{
  if (strcmp (form, "value") == 0)
    return g_strdup (esim_words_carrier_value (value));
  if (strcmp (form, "topic") == 0)
    return g_strdup (esim_words_carrier_topic (value));
  if (strcmp (form, "reason") == 0)
    return g_strdup (esim_words_reason (value));
  if (strcmp (form, "period") == 0)
    return esim_words_carrier_period (value);
  if (strcmp (form, "seen") == 0)
    return g_strdup (esim_words_seen (value));
  if (strcmp (form, "why") == 0)
    return g_strdup (esim_words_why (value));
  if (strcmp (form, "outcome") == 0)
    return g_strdup (esim_words_outcome (value));
  return g_strdup (value);
}

/* What is joined is a list of the user's language. */
static char *
join (GVariant *strings, const char *form)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  GVariantIter iter;
  const char *one;

  g_variant_iter_init (&iter, strings);
  while (g_variant_iter_next (&iter, "&s", &one))
    g_ptr_array_add (parts, in_form (form, one));
  if (parts->len == 0)
    return NULL;
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (esim_vocabulary_translate (N_ (", ")), (char **) parts->pdata);
}

/* Texts of several sources that say different things. */
static char *
join_texts (GVariant *list)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) texts = g_variant_get_child_value (list, i);
    g_autofree char *one = esim_words_carrier_text (texts);

    g_string_append_printf (out, "%s%s", out->len > 0 && *one != '\0' ? " / " : "", one);
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
moment (gint64 seconds, const char *form)
{
  g_autoptr (GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_local (seconds) : NULL;

  if (time == NULL)
    return NULL;
  return g_date_time_format (time, strcmp (form, "day") == 0 ? "%Y-%m-%d" : "%Y-%m-%d %H:%M");
}

/* Returns: (nullable): %NULL for what is not there, and for what is empty. */
static char *
parameter_text (GVariant *parameters, const char *name, const char *form)
{
  g_autoptr (GVariant) value = parameters != NULL ? g_variant_lookup_value (parameters, name, NULL) : NULL;
  g_autofree char *text = NULL;

  if (value == NULL)
    return NULL;
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64) &&
      (strcmp (form, "day") == 0 || strcmp (form, "time") == 0))
    return moment (g_variant_get_int64 (value), form);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    text = in_form (form, g_variant_get_string (value, NULL));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    text = join (value, form);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE ("a{ss}")))
    text = esim_words_carrier_text (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE ("aa{ss}")))
    text = join_texts (value);
  else if (!g_variant_is_container (value))
    text = g_variant_print (value, FALSE);
  return text != NULL && *text != '\0' ? g_steal_pointer (&text) : NULL;
}

/* What stands between braces. */
static char *
fill_field (const char *field, GVariant *parameters)
{
  g_auto (GStrv) parts = NULL;
  gboolean value = FALSE;

  if (*field == '?' || *field == '!') {
    if (parameters == NULL || !g_variant_lookup (parameters, field + 1, "b", &value) ||
        value != (*field == '?'))
      return NULL;
    return g_strdup ("");
  }
  parts = g_strsplit (field, ":", 2);
  return parameter_text (parameters, parts[0], parts[1] != NULL ? parts[1] : "");
}

/* @text has no brackets. */
static char *
fill_plain (const char *text, gsize length, GVariant *parameters)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *end = text + length;

  while (text < end) {
    const char *open = memchr (text, '{', (gsize) (end - text));
    const char *close = open != NULL ? memchr (open, '}', (gsize) (end - open)) : NULL;
    g_autofree char *field = NULL;
    g_autofree char *value = NULL;

    if (close == NULL)
      break;
    field = g_strndup (open + 1, (gsize) (close - open - 1));
    value = fill_field (field, parameters);
    if (value == NULL)
      return NULL;
    g_string_append_len (out, text, open - text);
    g_string_append (out, value);
    text = close + 1;
  }
  g_string_append_len (out, text, end - text);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
fill_choice (const char *text, gsize length, GVariant *parameters)
{
  g_autofree char *inside = g_strndup (text, length);
  g_auto (GStrv) choices = g_strsplit (inside, "|", -1);

  for (gsize i = 0; choices[i] != NULL; i++) {
    char *filled = fill_plain (choices[i], strlen (choices[i]), parameters);

    if (filled != NULL)
      return filled;
  }
  return g_strdup ("");
}

char *
esim_vocabulary_fill (const char *text, GVariant *parameters)
{
  g_autoptr (GString) out = g_string_new (NULL);

  while (*text != '\0') {
    const char *open = strchr (text, '[');
    const char *close = open != NULL ? strchr (open, ']') : NULL;
    gsize plain = close != NULL ? (gsize) (open - text) : strlen (text);
    g_autofree char *before = fill_plain (text, plain, parameters);
    g_autofree char *choice = NULL;

    if (before == NULL)
      return NULL;
    g_string_append (out, before);
    if (close == NULL)
      break;
    choice = fill_choice (open + 1, (gsize) (close - open - 1), parameters);
    g_string_append (out, choice);
    text = close + 1;
  }
  return g_strdup (g_strstrip (out->str));
}

char *
esim_vocabulary_message (const EsimWord *words, gsize n_words, const char *code, const char *message,
                         GVariant *parameters)
{
  const char *text = esim_vocabulary_find (words, n_words, code);
  const char *translated = text != NULL ? esim_vocabulary_translate (text) : NULL;
  gboolean said = message != NULL && *message != '\0';
  g_autofree char *filled = NULL;

  if (text == NULL || (translated == text && said))
    return esim_text_clean (said ? message : code);
  filled = esim_vocabulary_fill (translated, parameters);
  if (filled == NULL || *filled == '\0')
    return esim_text_clean (said ? message : code);
  return esim_text_clean (filled);
}
