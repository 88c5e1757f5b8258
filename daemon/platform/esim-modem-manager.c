/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-modem-manager.h"

#include <string.h>

#include "esim-error.h"
#include "esim-redact.h"

#define FAIL_SAFE_MS (6 * 60 * 1000)
#define ANSWER_MS (60 * 1000)
#define RETRY_MS 1000
#define BACK_MS (60 * 1000)

/* Somebody who waits until ModemManager shows an ICCID. */
typedef struct {
  EsimModemManager *manager;
  char *uid;
  char *device;
  char *iccid;
  EsimMmDone done;
  gpointer data;
  guint deadline;
} Check;

typedef struct {
  EsimMmDone done;
  gpointer data;
  GError *error;
} Answer;

struct _EsimModemManager {
  GObject parent;
  GDBusConnection *connection;
  EsimMmWatch *watch;
  EsimMmLimits limits;
  EsimMmHoldOwner owner;
  GPtrArray *holds;  /* EsimMmHold */
  GPtrArray *checks; /* Check */
  GHashTable *shown; /* uid → EsimMmModem */
  GQueue answers;    /* Answer: what is to be called from the main loop */
  guint answering;
  gboolean stopped;
};

G_DEFINE_TYPE (EsimModemManager, esim_modem_manager, G_TYPE_OBJECT)

enum { SIGNAL_ADDED, SIGNAL_CHANGED, SIGNAL_REMOVED, N_SIGNALS };
static guint signals[N_SIGNALS];

/* -- answers -- */

static void
give_answers (EsimModemManager *self)
{
  Answer *answer;

  while ((answer = g_queue_pop_head (&self->answers)) != NULL) {
    answer->done (answer->error, answer->data);
    g_clear_error (&answer->error);
    g_free (answer);
  }
}

static gboolean
on_answer (gpointer data)
{
  g_autoptr (EsimModemManager) self = g_object_ref (data);

  self->answering = 0;
  give_answers (self);
  return G_SOURCE_REMOVE;
}

static void
answer (gpointer data, EsimMmDone done, gpointer done_data, GError *error)
{
  EsimModemManager *self = data;
  Answer *one = g_new (Answer, 1);

  *one = (Answer){done, done_data, error};
  g_queue_push_tail (&self->answers, one);
  if (self->answering == 0)
    self->answering = g_idle_add_full (G_PRIORITY_DEFAULT, on_answer, self, NULL);
}

/* -- checks -- */

static void
check_free (gpointer data)
{
  Check *check = data;

  g_clear_handle_id (&check->deadline, g_source_remove);
  g_free (check->uid);
  g_free (check->device);
  g_free (check->iccid);
  g_free (check);
}

static void
look_closely (EsimModemManager *self)
{
  esim_mm_watch_look_closely (self->watch, self->checks->len > 0);
}

/* Takes @error; the check is gone then. */
static void
end_check (EsimModemManager *self, Check *check, GError *error)
{
  answer (self, check->done, check->data, error);
  (void) g_ptr_array_remove (self->checks, check);
}

static EsimMmHold *
find_hold (EsimModemManager *self, const char *uid, const char *device)
{
  for (guint i = 0; i < self->holds->len; i++)
    if (esim_mm_hold_is_for (self->holds->pdata[i], uid, device))
      return self->holds->pdata[i];
  return NULL;
}

/* The modem as ModemManager shows it now; NULL while it is kept off. */
static EsimMmModem *
find_live (EsimModemManager *self, const char *uid, const char *device)
{
  EsimMmHold *hold = find_hold (self, uid, device);
  EsimMmModem *kept = hold != NULL ? esim_mm_hold_get_kept (hold) : NULL;

  if (hold != NULL && esim_mm_hold_is_inhibited (hold))
    return NULL;
  return esim_mm_watch_find (self->watch, kept != NULL ? kept->uid : uid, device);
}

static gboolean
is_passed (EsimModemManager *self, const Check *check)
{
  EsimMmHold *hold = find_hold (self, check->uid, check->device);
  EsimMmModem *modem;

  switch (esim_mm_watch_get_presence (self->watch)) {
  case ESIM_MM_ABSENT:
    return TRUE;
  case ESIM_MM_PRESENT:
    break;
  case ESIM_MM_NOT_ASKED:
  case ESIM_MM_LISTING:
  default:
    return FALSE;
  }
  modem = find_live (self, check->uid, check->device);
  if (modem != NULL)
    return esim_mm_modem_shows (modem, check->iccid);
  return hold == NULL || (!esim_mm_hold_is_inhibited (hold) && !esim_mm_hold_is_expected (hold));
}

static char *
describe_what_is_shown (EsimModemManager *self, const Check *check)
{
  EsimMmModem *modem = find_live (self, check->uid, check->device);
  g_autofree char *iccid = modem != NULL ? esim_redact_id (modem->iccid) : NULL;
  g_autofree char *state = modem != NULL ? esim_mm_modem_describe_state (modem) : NULL;

  if (modem == NULL)
    return g_strdup ("does not show the modem any more");
  if (modem->iccid == NULL)
    return g_strdup_printf ("shows no SIM (%s)", state);
  return g_strdup_printf ("still shows the ICCID %s (%s)", iccid, state);
}

static gboolean
on_check_over (gpointer data)
{
  Check *check = data;
  EsimModemManager *self = check->manager;
  EsimMmPresence presence = esim_mm_watch_get_presence (self->watch);
  g_autofree char *shown = describe_what_is_shown (self, check);
  g_autofree char *wanted = check->iccid != NULL ? esim_redact_id (check->iccid) : NULL;

  check->deadline = 0;
  /* It has not said a word: no reset of the modem would change that. */
  if (presence == ESIM_MM_NOT_ASKED || presence == ESIM_MM_LISTING)
    end_check (self, check,
               g_error_new (ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
                            "ModemManager does not answer: restart it, or stop it, and try again"));
  else
    end_check (
        self, check,
        g_error_new (ESIM_ERROR, ESIM_ERROR_REFRESH_FAILED,
                     "the card has been changed, but ModemManager %s instead of %s: restart ModemManager, or "
                     "unplug the modem and plug it in again",
                     shown, wanted != NULL ? wanted : "a card without an enabled profile"));
  look_closely (self);
  return G_SOURCE_REMOVE;
}

static void
look_at_checks (EsimModemManager *self)
{
  guint i = 0;

  while (i < self->checks->len)
    if (is_passed (self, self->checks->pdata[i]))
      end_check (self, self->checks->pdata[i], NULL);
    else
      i++;
  look_closely (self);
}

/* -- what is shown -- */

/* As ModemManager shows it, else as it did before it was kept off. */
static EsimMmModem *
find_to_show (EsimModemManager *self, const char *uid)
{
  EsimMmModem *live = esim_mm_watch_find (self->watch, uid, NULL);

  if (live != NULL)
    return live;
  for (guint i = 0; i < self->holds->len; i++) {
    EsimMmModem *kept = esim_mm_hold_get_kept (self->holds->pdata[i]);

    if (kept != NULL && g_str_equal (kept->uid, uid))
      return kept;
  }
  return NULL;
}

static void
show (EsimModemManager *self, const char *uid)
{
  EsimMmModem *now = find_to_show (self, uid);
  g_autoptr (EsimMmModem) after = now != NULL ? esim_mm_modem_ref (now) : NULL;
  EsimMmModem *was = g_hash_table_lookup (self->shown, uid);
  g_autoptr (EsimMmModem) before = was != NULL ? esim_mm_modem_ref (was) : NULL;

  if (after == NULL && before != NULL)
    g_hash_table_remove (self->shown, before->uid);
  else if (after != NULL)
    g_hash_table_replace (self->shown, (gpointer) after->uid, esim_mm_modem_ref (after));
  if (after == NULL && before != NULL)
    g_signal_emit (self, signals[SIGNAL_REMOVED], 0, before);
  else if (after != NULL && before == NULL)
    g_signal_emit (self, signals[SIGNAL_ADDED], 0, after);
  else if (after != NULL && !esim_mm_modem_equal (before, after))
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0, after);
}

static void
forget_ended_holds (EsimModemManager *self)
{
  for (guint i = self->holds->len; i > 0; i--)
    if (esim_mm_hold_is_over (self->holds->pdata[i - 1]))
      g_ptr_array_remove_index (self->holds, i - 1);
}

static void
on_hold_changed (gpointer data)
{
  EsimModemManager *self = data;
  g_autoptr (GPtrArray) before = NULL;

  if (self->stopped)
    return;
  before = esim_modem_manager_list (self);
  for (guint i = 0; i < before->len; i++)
    show (self, ((EsimMmModem *) before->pdata[i])->uid);
  look_at_checks (self);
}

static void
on_watch_event (EsimMmModem *modem, gpointer data)
{
  EsimModemManager *self = data;

  if (self->stopped)
    return;
  for (guint i = 0; i < self->holds->len; i++)
    esim_mm_hold_look (self->holds->pdata[i], modem);
  if (modem != NULL)
    show (self, modem->uid);
  on_hold_changed (self);
  forget_ended_holds (self);
}

/* -- for callers -- */

EsimModemManager *
esim_modem_manager_new (GDBusConnection *connection)
{
  EsimModemManager *self = g_object_new (ESIM_TYPE_MODEM_MANAGER, NULL);

  self->connection = g_object_ref (connection);
  self->watch = esim_mm_watch_new (connection, on_watch_event, self);
  self->owner = (EsimMmHoldOwner){connection, self->watch, &self->limits, answer, on_hold_changed, self};
  return self;
}

void
esim_modem_manager_start (EsimModemManager *self)
{
  esim_mm_watch_start (self->watch);
}

static GError *
make_stopped (void)
{
  return g_error_new (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the service is stopping");
}

void
esim_modem_manager_stop (EsimModemManager *self)
{
  self->stopped = TRUE;
  g_ptr_array_set_size (self->holds, 0);
  while (self->checks->len > 0)
    end_check (self, self->checks->pdata[0], make_stopped ());
  g_clear_pointer (&self->watch, esim_mm_watch_free);
  g_hash_table_remove_all (self->shown);
  g_clear_handle_id (&self->answering, g_source_remove);
  give_answers (self);
}

static int
compare_uids (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(EsimMmModem *const *) a)->uid, (*(EsimMmModem *const *) b)->uid);
}

static void
modem_unref (gpointer modem)
{
  esim_mm_modem_unref (modem);
}

GPtrArray *
esim_modem_manager_list (EsimModemManager *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (modem_unref);
  GHashTableIter iter;
  gpointer modem;

  g_hash_table_iter_init (&iter, self->shown);
  while (g_hash_table_iter_next (&iter, NULL, &modem))
    g_ptr_array_add (list, esim_mm_modem_ref (modem));
  g_ptr_array_sort (list, compare_uids);
  return list;
}

EsimMmModem *
esim_modem_manager_find (EsimModemManager *self, const char *uid, const char *device)
{
  EsimMmModem *modem = uid != NULL ? g_hash_table_lookup (self->shown, uid) : NULL;
  GHashTableIter iter;

  if (modem != NULL)
    return modem;
  g_hash_table_iter_init (&iter, self->shown);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &modem))
    if (esim_mm_modem_is_named (modem, NULL, device))
      return modem;
  return NULL;
}

void
esim_modem_manager_hold (EsimModemManager *self, const char *uid, const char *device, guint timeout_ms,
                         EsimMmDone done, gpointer data)
{
  EsimMmHold *hold;

  if (self->stopped) {
    answer (self, done, data, make_stopped ());
    return;
  }
  hold = find_hold (self, uid, device);
  if (hold == NULL) {
    hold = esim_mm_hold_new (&self->owner, uid, device);
    g_ptr_array_add (self->holds, hold);
  }
  esim_mm_hold_take (hold, MIN (timeout_ms, ESIM_MODEM_MANAGER_HOLD_MS), done, data);
}

void
esim_modem_manager_release (EsimModemManager *self, const char *uid, const char *device, guint delay_ms)
{
  EsimMmHold *hold = find_hold (self, uid, device);

  if (hold != NULL)
    esim_mm_hold_release (hold, delay_ms);
  forget_ended_holds (self);
}

void
esim_modem_manager_verify (EsimModemManager *self, const char *uid, const char *device, const char *iccid,
                           guint timeout_ms, EsimMmDone done, gpointer data)
{
  Check *check;

  if (self->stopped) {
    answer (self, done, data, make_stopped ());
    return;
  }
  check = g_new0 (Check, 1);
  check->manager = self;
  check->uid = g_strdup (uid);
  check->device = g_strdup (device);
  check->iccid = g_strdup (iccid);
  check->done = done;
  check->data = data;
  check->deadline = g_timeout_add (timeout_ms, on_check_over, check);
  g_ptr_array_add (self->checks, check);
  look_at_checks (self);
}

void
esim_modem_manager_set_limits (EsimModemManager *self, const EsimMmLimits *limits)
{
  self->limits = *limits;
}

static void
hold_free (gpointer hold)
{
  esim_mm_hold_free (hold);
}

static void
esim_modem_manager_dispose (GObject *object)
{
  EsimModemManager *self = ESIM_MODEM_MANAGER (object);

  if (!self->stopped)
    esim_modem_manager_stop (self);
  give_answers (self);
  G_OBJECT_CLASS (esim_modem_manager_parent_class)->dispose (object);
}

static void
esim_modem_manager_finalize (GObject *object)
{
  EsimModemManager *self = ESIM_MODEM_MANAGER (object);

  g_clear_handle_id (&self->answering, g_source_remove);
  g_ptr_array_unref (self->holds);
  g_ptr_array_unref (self->checks);
  g_hash_table_unref (self->shown);
  g_clear_object (&self->connection);
  G_OBJECT_CLASS (esim_modem_manager_parent_class)->finalize (object);
}

static void
add_signal (EsimModemManagerClass *class, guint number, const char *name)
{
  signals[number] = g_signal_new (name, G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, ESIM_TYPE_MM_MODEM);
}

static void
esim_modem_manager_class_init (EsimModemManagerClass *class)
{
  G_OBJECT_CLASS (class)->dispose = esim_modem_manager_dispose;
  G_OBJECT_CLASS (class)->finalize = esim_modem_manager_finalize;
  add_signal (class, SIGNAL_ADDED, "modem-added");
  add_signal (class, SIGNAL_CHANGED, "modem-changed");
  add_signal (class, SIGNAL_REMOVED, "modem-removed");
}

static void
esim_modem_manager_init (EsimModemManager *self)
{
  self->limits = (EsimMmLimits){FAIL_SAFE_MS, ANSWER_MS, RETRY_MS, BACK_MS};
  self->holds = g_ptr_array_new_with_free_func (hold_free);
  self->checks = g_ptr_array_new_with_free_func (check_free);
  self->shown = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, modem_unref);
  g_queue_init (&self->answers);
}
