/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-keeper.h"
#include "esim-error.h"

typedef struct {
  EsimKeeperDone done;
  gpointer data;
  int code;
  gboolean hold;
} Question;

static GString *trace;
static GQueue holds = G_QUEUE_INIT, verifies = G_QUEUE_INIT, silent = G_QUEUE_INIT;
static gboolean known, known_when_held;
static int held, awake, awoken;
static guint (*watch) (gpointer data);
static gpointer watch_data;

static void
note (const char *what)
{
  if (trace->len > 0)
    g_string_append_c (trace, ' ');
  g_string_append (trace, what);
  if (watch != NULL)
    g_string_append_printf (trace, "@%u", watch (watch_data));
}

static gboolean
answer (gpointer data)
{
  Question *question = data;
  g_autoptr (GError) error = NULL;

  if (question->code >= 0)
    error = g_error_new_literal (ESIM_ERROR, question->code, "The fake keeper was told to fail.");
  else if (question->hold)
    held++;
  question->done (error, question->data);
  return G_SOURCE_REMOVE;
}

static void
take (GQueue *script, gboolean hold, EsimKeeperDone done, gpointer data)
{
  Question *question = g_new (Question, 1);

  *question = (Question){done, data, -1, hold};
  if (!g_queue_is_empty (script))
    question->code = GPOINTER_TO_INT (g_queue_pop_head (script));
  if (question->code == FAKE_KEEPER_SILENT)
    g_queue_push_tail (&silent, question);
  else
    g_idle_add_full (G_PRIORITY_DEFAULT, answer, question, g_free);
}

static gboolean
is_known (const char *modem, const char *device, gpointer keeper)
{
  return known;
}

static void
hold (const char *modem, const char *device, guint timeout_ms, EsimKeeperDone done, gpointer data,
      gpointer keeper)
{
  g_assert_cmpuint (timeout_ms, >, 0);
  note ("hold");
  known = known || known_when_held;
  take (&holds, TRUE, done, data);
}

static void
release (const char *modem, const char *device, guint delay_ms, gpointer keeper)
{
  g_autofree char *text = g_strdup_printf ("release:%u", delay_ms);

  g_assert_cmpint (held, >, 0);
  held--;
  note (text);
}

static void
verify (const char *modem, const char *device, const char *iccid, guint timeout_ms, EsimKeeperDone done,
        gpointer data, gpointer keeper)
{
  g_autofree char *text = g_strdup_printf ("verify:%s", iccid != NULL ? iccid : "-");

  g_assert_cmpuint (timeout_ms, >, 0);
  note (text);
  take (&verifies, FALSE, done, data);
}

static gboolean
describe (const char *modem, const char *device, char **name, char **state, gpointer keeper)
{
  return FALSE;
}

static gboolean
is_same (const char *modem, const char *device, const char *name, gpointer keeper)
{
  return FALSE;
}

static GPtrArray *
list (gpointer keeper)
{
  return g_ptr_array_new_with_free_func (g_free);
}

static void
stay_awake (gboolean on, gpointer keeper)
{
  (void) g_atomic_int_add (&awake, on ? 1 : -1);
  if (on)
    (void) g_atomic_int_add (&awoken, 1);
}

const EsimKeeper *
fake_keeper_begin (void)
{
  static const EsimKeeper keeper = {is_known, hold, release,    verify, describe,
                                    is_same,  list, stay_awake, NULL};

  if (trace == NULL)
    trace = g_string_new (NULL);
  g_string_truncate (trace, 0);
  g_queue_clear (&holds);
  g_queue_clear (&verifies);
  g_queue_clear_full (&silent, g_free);
  known = TRUE;
  known_when_held = FALSE;
  held = awake = awoken = 0;
  watch = NULL;
  return &keeper;
}

void
fake_keeper_script_hold (int code)
{
  g_queue_push_tail (&holds, GINT_TO_POINTER (code));
}

void
fake_keeper_script_verify (int code)
{
  g_queue_push_tail (&verifies, GINT_TO_POINTER (code));
}

void
fake_keeper_set_known (gboolean is)
{
  known = is;
}

void
fake_keeper_know_when_held (void)
{
  known = FALSE;
  known_when_held = TRUE;
}

void
fake_keeper_watch (guint (*func) (gpointer data), gpointer data)
{
  watch = func;
  watch_data = data;
}

void
fake_keeper_answer (int code)
{
  Question *question = g_queue_pop_head (&silent);

  g_assert_nonnull (question);
  question->code = code;
  (void) answer (question);
  g_free (question);
}

void
fake_keeper_await (guint count)
{
  while (g_queue_get_length (&silent) < count)
    g_main_context_iteration (NULL, TRUE);
}

const char *
fake_keeper_get_trace (void)
{
  return trace->str;
}

int
fake_keeper_get_held (void)
{
  return held;
}

int
fake_keeper_get_awake (void)
{
  return g_atomic_int_get (&awake);
}

int
fake_keeper_count_awake (void)
{
  return g_atomic_int_get (&awoken);
}
