/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-carrier-file.h"

#include <string.h>

static void
problem_free (gpointer data)
{
  EsimCarrierProblem *problem = data;

  g_free (problem->group);
  g_free (problem->key);
  g_free (problem->words);
  g_free (problem);
}

GPtrArray *
esim_carrier_problems_new (void)
{
  return g_ptr_array_new_with_free_func (problem_free);
}

void
esim_carrier_problems_add (GPtrArray *problems, guint line, const char *group, const char *key,
                           const char *format, ...)
{
  EsimCarrierProblem *problem;
  va_list args;

  if (problems->len >= ESIM_CARRIER_PROBLEMS_MAX)
    return;
  problem = g_new0 (EsimCarrierProblem, 1);
  problem->line = line;
  problem->group = g_strdup (group != NULL ? group : "");
  problem->key = g_strdup (key != NULL ? key : "");
  va_start (args, format);
  problem->words = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (problems, problem);
}

static void
entry_free (gpointer data)
{
  EsimCarrierEntry *entry = data;

  g_free (entry->key);
  g_free (entry->locale);
  g_free (entry->value);
  g_free (entry);
}

static void
group_free (gpointer data)
{
  EsimCarrierGroup *group = data;

  g_free (group->title);
  g_free (group->word);
  g_free (group->name);
  g_ptr_array_unref (group->entries);
  g_free (group);
}

/* A word of ours: small letters, digits and "-". */
static gboolean
is_word (const char *text)
{
  gsize length = strlen (text);

  return length > 0 && length <= 40 && strspn (text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length &&
         g_ascii_isalnum (text[0]);
}

static gboolean
is_locale (const char *text)
{
  return g_regex_match_simple ("^[a-z]{2,3}(_[A-Z]{2})?$", text, G_REGEX_DOLLAR_ENDONLY, 0);
}

/* What can be seen on one line and means what it looks like. */
static gboolean
is_plain (const char *line)
{
  for (const char *p = line; *p != '\0'; p = g_utf8_next_char (p)) {
    switch (g_unichar_type (g_utf8_get_char (p))) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
      return FALSE;
    default:
      break;
    }
  }
  return TRUE;
}

static EsimCarrierGroup *
begin_group (GPtrArray *groups, char *line, guint number, GPtrArray *problems)
{
  gsize length = strlen (line);
  g_auto (GStrv) parts = NULL;
  EsimCarrierGroup *group;

  if (line[length - 1] != ']') {
    esim_carrier_problems_add (problems, number, NULL, NULL, "a group's title ends with \"]\"");
    return NULL;
  }
  line[length - 1] = '\0';
  parts = g_strsplit (line + 1, " ", 2);
  if (parts[0] == NULL || !is_word (parts[0]) || (parts[1] != NULL && !is_word (parts[1]))) {
    esim_carrier_problems_add (problems, number, NULL, NULL,
                               "a title is [WORD] or [WORD NAME], of small letters, digits and \"-\"");
    return NULL;
  }
  for (guint i = 0; i < groups->len; i++) {
    group = g_ptr_array_index (groups, i);
    if (strcmp (group->title, line + 1) == 0)
      esim_carrier_problems_add (problems, number, group->title, NULL,
                                 "this group is there already, in line %u: give this one another name",
                                 group->line);
  }
  group = g_new0 (EsimCarrierGroup, 1);
  group->line = number;
  group->title = g_strdup (line + 1);
  group->word = g_strdup (parts[0]);
  group->name = g_strdup (parts[1] != NULL ? parts[1] : "");
  group->entries = g_ptr_array_new_with_free_func (entry_free);
  g_ptr_array_add (groups, group);
  return group;
}

static gboolean
has_entry (EsimCarrierGroup *group, const char *key, const char *locale)
{
  for (guint i = 0; i < group->entries->len; i++) {
    EsimCarrierEntry *entry = g_ptr_array_index (group->entries, i);

    if (strcmp (entry->key, key) == 0 && strcmp (entry->locale, locale) == 0)
      return TRUE;
  }
  return FALSE;
}

/* Cuts "key[locale]" in two, in place. Returns: the locale, "" if there is none; %NULL if it is no locale. */
static const char *
cut_locale (char *key)
{
  char *bracket = strchr (key, '[');
  gsize length;

  if (bracket == NULL)
    return "";
  *bracket++ = '\0';
  length = strlen (bracket);
  if (length == 0 || bracket[length - 1] != ']')
    return NULL;
  bracket[length - 1] = '\0';
  return is_locale (bracket) ? bracket : NULL;
}

static void
add_entry (EsimCarrierGroup *group, char *line, guint number, GPtrArray *problems)
{
  char *equals = strchr (line, '=');
  const char *locale;
  EsimCarrierEntry *entry;

  if (equals == NULL) {
    esim_carrier_problems_add (problems, number, group->title, NULL,
                               "a line is KEY=VALUE, a title in brackets, or begins with \"#\"");
    return;
  }
  *equals = '\0';
  g_strchomp (line);
  locale = cut_locale (line);
  if (locale == NULL || !is_word (line)) {
    esim_carrier_problems_add (
        problems, number, group->title, NULL,
        "a key is of small letters, digits and \"-\", with a locale as in text[zh_CN] if it has one");
    return;
  }
  if (has_entry (group, line, locale)) {
    esim_carrier_problems_add (problems, number, group->title, line, "this key is given twice");
    return;
  }
  entry = g_new0 (EsimCarrierEntry, 1);
  entry->line = number;
  entry->key = g_strdup (line);
  entry->locale = g_strdup (locale);
  entry->value = g_strstrip (g_strdup (equals + 1));
  g_ptr_array_add (group->entries, entry);
}

/* Returns: %FALSE: no use to go on */
static gboolean
parse_line (GPtrArray *groups, EsimCarrierGroup **current, const char *text, guint number,
            GPtrArray *problems)
{
  g_autofree char *line = g_strstrip (g_strdup (text));

  if (strlen (text) > ESIM_CARRIER_LINE_MAX || !is_plain (line)) {
    esim_carrier_problems_add (problems, number, NULL, NULL,
                               "the line is longer than %d octets, or holds control or invisible characters",
                               ESIM_CARRIER_LINE_MAX);
    return FALSE;
  }
  if (line[0] == '\0' || line[0] == '#')
    return TRUE;
  if (line[0] == '[')
    *current = begin_group (groups, line, number, problems);
  else if (*current != NULL)
    add_entry (*current, line, number, problems);
  else
    esim_carrier_problems_add (problems, number, NULL, NULL, "this line stands under no group's title");
  if (groups->len > ESIM_CARRIER_GROUPS_MAX ||
      (*current != NULL && (*current)->entries->len > ESIM_CARRIER_ENTRIES_MAX)) {
    esim_carrier_problems_add (problems, number, NULL, NULL,
                               "there are more than %d groups, or more than %d keys in one",
                               ESIM_CARRIER_GROUPS_MAX, ESIM_CARRIER_ENTRIES_MAX);
    return FALSE;
  }
  return TRUE;
}

GPtrArray *
esim_carrier_file_parse (const char *text, gsize length, GPtrArray *problems)
{
  g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func (group_free);
  g_autofree char *copy = NULL;
  EsimCarrierGroup *current = NULL;
  char *line, *rest;

  if (length > ESIM_CARRIER_FILE_MAX) {
    esim_carrier_problems_add (problems, 0, NULL, NULL, "the file is larger than %d octets",
                               ESIM_CARRIER_FILE_MAX);
    return NULL;
  }
  if (!g_utf8_validate_len (text, length, NULL)) {
    esim_carrier_problems_add (problems, 0, NULL, NULL, "the file is not UTF-8 text");
    return NULL;
  }
  copy = g_strndup (text, length);
  rest = copy;
  for (guint number = 1; (line = strsep (&rest, "\n")) != NULL; number++)
    if (!parse_line (groups, &current, line, number, problems))
      return NULL;
  return g_steal_pointer (&groups);
}

/* Copies @value up to an unescaped ";" if @is_list, else whole. Returns: %FALSE for a bad escape */
static gboolean
take_item (const char **value, gboolean is_list, GString *item)
{
  const char *p = *value;

  for (; *p != '\0' && !(is_list && *p == ';'); p++) {
    if (*p != '\\') {
      g_string_append_c (item, *p);
      continue;
    }
    p++;
    if (*p == 's')
      g_string_append_c (item, ' ');
    else if (*p == '\\' || *p == ';')
      g_string_append_c (item, *p);
    else
      return FALSE;
  }
  *value = p;
  return TRUE;
}

char *
esim_carrier_file_unescape (const char *value)
{
  g_autoptr (GString) item = g_string_new (NULL);

  if (!take_item (&value, FALSE, item))
    return NULL;
  return g_strdup (item->str);
}

char **
esim_carrier_file_split (const char *value)
{
  g_autoptr (GStrvBuilder) items = g_strv_builder_new ();

  while (*value != '\0') {
    g_autoptr (GString) item = g_string_new (NULL);
    const char *trimmed;

    if (!take_item (&value, TRUE, item))
      return NULL;
    trimmed = g_strstrip (item->str);
    if (*trimmed != '\0')
      g_strv_builder_add (items, trimmed);
    if (*value == ';')
      value++;
  }
  return g_strv_builder_end (items);
}
