/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-track.h"
#include "esim-error.h"

#include <string.h>

#define GROUP "ts43"
#define GROUP_WORD "ts43 word "

/* The end of the year 9999: nothing that is counted from it overflows. */
#define TIME_MAX G_GINT64_CONSTANT (253402300799)
#define COUNT_MAX G_MAXINT32
#define RESULT_MAX 99
#define OPERATION_MAX 40
#define SAID_MAX 80
#define HOST_MAX 253
#define SHA256_DIGITS 64

static const char *const way_names[] = {"", "sim", "login", "code"};
static const char *const ask_names[] = {"",         "login",  "number",   "code",  "message", "page",
                                        "evidence", "attest", "reversal", "blind", "change"};
static const char *const seen_names[] = {
    "", "ended", "deactivated", "absent", "delete-first", "delete-profile-in-use", "no-longer-recognised"};
static const char *const why_names[] = {
    "", "refused", "not-recognised", "not-listed", "not-eligible", "no-delete-address", "page-failed"};

#define AT(member) G_STRUCT_OFFSET (EsimTs43Track, member)

static const struct {
  const char *key;
  gsize offset;
  const char *const *names;
  guint n;
} enums[] = {
    {"way", AT (way), way_names, G_N_ELEMENTS (way_names)},
    {"ask", AT (ask), ask_names, G_N_ELEMENTS (ask_names)},
    {"why", AT (why), why_names, G_N_ELEMENTS (why_names)},
    {"seen", AT (seen), seen_names, G_N_ELEMENTS (seen_names)},
    {"first", AT (first), seen_names, G_N_ELEMENTS (seen_names)},
    {"run", AT (run), seen_names, G_N_ELEMENTS (seen_names)},
    {"basis", AT (basis), seen_names, G_N_ELEMENTS (seen_names)},
};

static const struct {
  const char *key;
  gsize offset;
  gint64 max;
} numbers[] = {
    {"ask-since", AT (ask_since), TIME_MAX},
    {"authenticated", AT (authenticated), TIME_MAX},
    {"baseline", AT (baseline), TIME_MAX},
    {"eligibility", AT (eligibility), TIME_MAX},
    {"operation", AT (operation), 2},
    {"submitting", AT (submitting), TIME_MAX},
    {"answered", AT (answered), TIME_MAX},
    {"sends", AT (sends), ESIM_TS43_SENDS_MAX},
    {"messages", AT (messages), ESIM_TS43_MESSAGES_MAX},
    {"replying", AT (replying), 1},
    {"result", AT (result), RESULT_MAX},
    {"change", AT (change), TIME_MAX},
    {"acknowledged", AT (acknowledged), TIME_MAX},
    {"acknowledgment", AT (acknowledgment), 3},
    {"status", AT (status), 4},
    {"status-at", AT (status_at), TIME_MAX},
    {"run-count", AT (run_count), COUNT_MAX},
    {"run-first", AT (run_first), TIME_MAX},
    {"run-last", AT (run_last), TIME_MAX},
    {"forbidden-count", AT (forbidden_count), COUNT_MAX},
    {"forbidden-since", AT (forbidden_since), TIME_MAX},
    {"forbidden-last", AT (forbidden_last), TIME_MAX},
    {"quiet-until", AT (quiet_until), TIME_MAX},
    {"polls", AT (polls), COUNT_MAX},
    {"polled", AT (polled), TIME_MAX},
    {"failures", AT (failures), COUNT_MAX},
    {"silent", AT (silent), COUNT_MAX},
    {"next-poll", AT (next_poll), TIME_MAX},
    {"not-before", AT (not_before), TIME_MAX},
    {"interval", AT (interval), 7 * 86400},
    {"released", AT (released), TIME_MAX},
    {"looked", AT (looked), TIME_MAX},
    {"blind", AT (blind), TIME_MAX},
    {"verifying", AT (verifying), TIME_MAX},
    {"ended", AT (ended), TIME_MAX},
    {"ended-stated", AT (ended_stated), TIME_MAX},
};

/* An enumeration is as large as an unsigned number here; that is what the table takes them for. */
G_STATIC_ASSERT (sizeof (EsimTs43Way) == sizeof (guint) && sizeof (EsimTs43Ask) == sizeof (guint) &&
                 sizeof (EsimTs43Why) == sizeof (guint) && sizeof (EsimTs43Seen) == sizeof (guint));

void
esim_ts43_word_free (gpointer data)
{
  EsimTs43Word *word = data;

  g_free (word->operation);
  g_free (word->said);
  g_free (word->digest);
  g_free (word->host);
  g_free (word);
}

void
esim_ts43_track_init (EsimTs43Track *self)
{
  memset (self, 0, sizeof *self);
  self->others = g_new0 (char *, 1);
  self->words = g_ptr_array_new_with_free_func (esim_ts43_word_free);
}

void
esim_ts43_track_dup (EsimTs43Track *self)
{
  GPtrArray *words = self->words;

  self->others = g_strdupv (self->others);
  self->words = g_ptr_array_new_with_free_func (esim_ts43_word_free);
  for (guint i = 0; i < words->len; i++) {
    EsimTs43Word *word = g_memdup2 (g_ptr_array_index (words, i), sizeof (EsimTs43Word));

    word->operation = g_strdup (word->operation);
    word->said = g_strdup (word->said);
    word->digest = g_strdup (word->digest);
    word->host = g_strdup (word->host);
    g_ptr_array_add (self->words, word);
  }
}

void
esim_ts43_track_clear (EsimTs43Track *self)
{
  g_clear_pointer (&self->others, g_strfreev);
  g_clear_pointer (&self->words, g_ptr_array_unref);
}

void
esim_ts43_track_begin_again (EsimTs43Track *self)
{
  GPtrArray *words = g_steal_pointer (&self->words);

  esim_ts43_track_clear (self);
  esim_ts43_track_init (self);
  g_ptr_array_unref (self->words);
  self->words = words;
}

gboolean
esim_ts43_track_is_empty (const EsimTs43Track *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (enums); i++)
    if (G_STRUCT_MEMBER (guint, self, enums[i].offset) != 0)
      return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (G_STRUCT_MEMBER (gint64, self, numbers[i].offset) != 0)
      return FALSE;
  return self->words->len == 0 && self->others[0] == NULL;
}

gboolean
esim_ts43_seen_is_first (EsimTs43Seen seen)
{
  return seen == ESIM_TS43_SEEN_DELETE_FIRST || seen == ESIM_TS43_SEEN_DELETE_IN_USE;
}

const char *
esim_ts43_seen_to_string (EsimTs43Seen seen)
{
  return seen_names[seen];
}

const char *
esim_ts43_why_to_string (EsimTs43Why why)
{
  return why_names[why];
}

static void
write_words (const EsimTs43Track *self, GKeyFile *file)
{
  g_key_file_set_uint64 (file, GROUP, "words", self->words->len);
  for (guint i = 0; i < self->words->len; i++) {
    const EsimTs43Word *word = g_ptr_array_index (self->words, i);
    g_autofree char *group = g_strdup_printf (GROUP_WORD "%u", i);

    g_key_file_set_int64 (file, group, "time", word->time);
    g_key_file_set_string (file, group, "operation", word->operation);
    g_key_file_set_string (file, group, "said", word->said);
    g_key_file_set_string (file, group, "digest", word->digest);
    g_key_file_set_string (file, group, "host", word->host);
  }
}

void
esim_ts43_track_write (const EsimTs43Track *self, GKeyFile *file)
{
  for (guint i = 0; i < G_N_ELEMENTS (enums); i++)
    g_key_file_set_string (file, GROUP, enums[i].key,
                           enums[i].names[G_STRUCT_MEMBER (guint, self, enums[i].offset)]);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_key_file_set_int64 (file, GROUP, numbers[i].key, G_STRUCT_MEMBER (gint64, self, numbers[i].offset));
  g_key_file_set_string_list (file, GROUP, "others", (const char *const *) self->others,
                              g_strv_length (self->others));
  write_words (self, file);
}

static gboolean
refuse (GError **error, const char *group, const char *key)
{
  g_set_error (error, ESIM_ERROR, ESIM_ERROR_STORAGE_ERROR, "[%s] %s is missing or makes no sense", group,
               key);
  return FALSE;
}

static gboolean
read_number (GKeyFile *file, const char *group, const char *key, gint64 max, gint64 *value, GError **error)
{
  g_autoptr (GError) local = NULL;

  *value = g_key_file_get_int64 (file, group, key, &local);
  return local == NULL && *value >= 0 && *value <= max ? TRUE : refuse (error, group, key);
}

static gboolean
read_enums (EsimTs43Track *self, GKeyFile *file, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (enums); i++) {
    g_autofree char *text = g_key_file_get_string (file, GROUP, enums[i].key, NULL);
    guint value = 0;

    while (value < enums[i].n && g_strcmp0 (text, enums[i].names[value]) != 0)
      value++;
    if (value == enums[i].n)
      return refuse (error, GROUP, enums[i].key);
    G_STRUCT_MEMBER (guint, self, enums[i].offset) = value;
  }
  return TRUE;
}

static gboolean
is_iccid (const char *text)
{
  gsize length = strlen (text);

  return length >= 18 && length <= 20 && strspn (text, "0123456789") == length;
}

static gboolean
read_others (EsimTs43Track *self, GKeyFile *file, GError **error)
{
  g_auto (GStrv) others = g_key_file_get_string_list (file, GROUP, "others", NULL, NULL);

  if (others == NULL || g_strv_length (others) > ESIM_TS43_OTHERS_MAX)
    return refuse (error, GROUP, "others");
  for (guint i = 0; others[i] != NULL; i++)
    if (!is_iccid (others[i]))
      return refuse (error, GROUP, "others");
  g_strfreev (self->others);
  self->others = g_steal_pointer (&others);
  return TRUE;
}

static gboolean
is_digest (const char *text)
{
  return *text == '\0' ||
         (strlen (text) == SHA256_DIGITS && strspn (text, "0123456789abcdef") == SHA256_DIGITS);
}

static gboolean
read_text (GKeyFile *file, const char *group, const char *key, gsize max, char **value, GError **error)
{
  *value = g_key_file_get_string (file, group, key, NULL);
  return *value != NULL && strlen (*value) <= max ? TRUE : refuse (error, group, key);
}

static gboolean
read_words (EsimTs43Track *self, GKeyFile *file, GError **error)
{
  gint64 count;

  if (!read_number (file, GROUP, "words", ESIM_TS43_WORDS_MAX, &count, error))
    return FALSE;
  for (guint i = 0; i < count; i++) {
    g_autofree char *group = g_strdup_printf (GROUP_WORD "%u", i);
    EsimTs43Word *word = g_new0 (EsimTs43Word, 1);

    g_ptr_array_add (self->words, word);
    if (!read_number (file, group, "time", TIME_MAX, &word->time, error) ||
        !read_text (file, group, "operation", OPERATION_MAX, &word->operation, error) ||
        !read_text (file, group, "said", SAID_MAX, &word->said, error) ||
        !read_text (file, group, "digest", SHA256_DIGITS, &word->digest, error) ||
        !read_text (file, group, "host", HOST_MAX, &word->host, error))
      return FALSE;
    if (!is_digest (word->digest))
      return refuse (error, group, "digest");
  }
  return TRUE;
}

/* What cannot stand without something else. */
static gboolean
check (const EsimTs43Track *self, GError **error)
{
  if ((self->ask == ESIM_TS43_ASK_NONE) != (self->ask_since == 0))
    return refuse (error, GROUP, "ask-since");
  if ((self->ask == ESIM_TS43_ASK_EVIDENCE) != (self->seen != ESIM_TS43_SEEN_NOTHING))
    return refuse (error, GROUP, "seen");
  if (self->first != ESIM_TS43_SEEN_NOTHING && !esim_ts43_seen_is_first (self->first))
    return refuse (error, GROUP, "first");
  if (self->run > ESIM_TS43_SEEN_ABSENT || (self->run == ESIM_TS43_SEEN_NOTHING) != (self->run_count == 0))
    return refuse (error, GROUP, "run");
  if ((self->forbidden_count == 0) != (self->forbidden_since == 0))
    return refuse (error, GROUP, "forbidden-since");
  if ((self->acknowledged == 0) != (self->acknowledgment == 0))
    return refuse (error, GROUP, "acknowledgment");
  /* Nothing is submitted without a baseline, and nothing acknowledged that was not submitted. */
  if (self->acknowledged != 0 && (self->baseline == 0 || self->operation == 0))
    return refuse (error, GROUP, "acknowledged");
  if (self->run != ESIM_TS43_SEEN_NOTHING && self->acknowledged == 0)
    return refuse (error, GROUP, "run");
  /* Only the table's first row needs no answer of the user's. */
  if (self->basis > ESIM_TS43_SEEN_ENDED && self->released == 0)
    return refuse (error, GROUP, "released");
  return self->basis == ESIM_TS43_SEEN_NOTHING || self->acknowledged != 0 ? TRUE
                                                                          : refuse (error, GROUP, "basis");
}

gboolean
esim_ts43_track_read (EsimTs43Track *self, GKeyFile *file, GError **error)
{
  if (!read_enums (self, file, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    if (!read_number (file, GROUP, numbers[i].key, numbers[i].max,
                      &G_STRUCT_MEMBER (gint64, self, numbers[i].offset), error))
      return FALSE;
  return read_others (self, file, error) && read_words (self, file, error) && check (self, error);
}
