/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-mm-hold.h"

#include <string.h>

#include "esim-error.h"

#define ERROR_PREFIX "org.freedesktop.ModemManager1.Error.Core."
#define RETRY_MAX_MS 60000

typedef enum {
  FREE,    /* ModemManager does with the modem what it likes */
  ASKING,  /* InhibitDevice (TRUE) is on its way */
  HELD,    /* inhibited, by us */
  LIFTING, /* InhibitDevice (FALSE) is on its way, or will be tried again */
} State;

typedef struct {
  EsimMmDone done;
  gpointer data;
} Waiter;

/* A call of InhibitDevice; it lives until its answer comes, even if nobody waits for that any more. */
typedef struct {
  EsimMmHold *hold; /* NULL: nobody does */
  char *owner;      /* ModemManager's unique name */
  char *uid;
} Call;

struct _EsimMmHold {
  const EsimMmHoldOwner *owner;
  char *uid;
  char *device;
  char *inhibited; /* the uid that was told to ModemManager */
  EsimMmModem *kept;
  State state;
  Call *call;
  GQueue waiters;
  guint n_held;
  guint deadline, answer, release, fail_safe, retry, back; /* sources */
  guint retry_ms;
  gboolean overdue;  /* the waiters have waited long enough for a better moment */
  gboolean unknown;  /* ModemManager does not know the modem, it said */
  gboolean probing;  /* it knows the device, and does not show it as a modem yet */
  gboolean hopeless; /* it never will, so it seems */
  gboolean refused;
  gboolean expected;
};

static void step (EsimMmHold *self);

static void
call_free (Call *call)
{
  g_free (call->owner);
  g_free (call->uid);
  g_free (call);
}

static void
waiter_free (gpointer waiter)
{
  g_free (waiter);
}

static void
start_timer (EsimMmHold *self, guint *id, guint milliseconds, GSourceFunc func)
{
  g_clear_handle_id (id, g_source_remove);
  *id = g_timeout_add (milliseconds, func, self);
}

static void
stop_timer (guint *id)
{
  g_clear_handle_id (id, g_source_remove);
}

static gboolean
is_wanted (EsimMmHold *self)
{
  return self->n_held > 0 || self->release != 0 || !g_queue_is_empty (&self->waiters);
}

static EsimMmModem *
find_modem (EsimMmHold *self)
{
  EsimMmModem *modem = esim_mm_watch_find (self->owner->watch, self->uid, self->device);

  if (modem == NULL && self->inhibited != NULL)
    modem = esim_mm_watch_find (self->owner->watch, self->inhibited, NULL);
  return modem;
}

static void
forget_kept (EsimMmHold *self)
{
  stop_timer (&self->back);
  g_clear_pointer (&self->kept, esim_mm_modem_unref);
}

/* ModemManager shows the modem. */
static void
welcome_back (EsimMmHold *self)
{
  self->expected = FALSE;
  forget_kept (self);
}

static gboolean
on_fail_safe (gpointer data)
{
  EsimMmHold *self = data;

  self->fail_safe = 0;
  g_warning ("ModemManager was kept off the modem %s for too long: what wanted that is given up", self->uid);
  self->n_held = 0;
  stop_timer (&self->release);
  step (self);
  return G_SOURCE_REMOVE;
}

static void
end_waiting (EsimMmHold *self)
{
  stop_timer (&self->deadline);
  self->overdue = FALSE;
}

static void
grant (EsimMmHold *self)
{
  Waiter *waiter;

  while ((waiter = g_queue_pop_head (&self->waiters)) != NULL) {
    if (self->n_held++ == 0)
      start_timer (self, &self->fail_safe, self->owner->limits->fail_safe, on_fail_safe);
    self->owner->answer (self->owner->owner, waiter->done, waiter->data, NULL);
    waiter_free (waiter);
  }
  end_waiting (self);
}

/* Takes @error. */
static void
refuse (EsimMmHold *self, GError *error)
{
  g_autoptr (GError) owned = error;
  Waiter *waiter;

  while ((waiter = g_queue_pop_head (&self->waiters)) != NULL) {
    self->owner->answer (self->owner->owner, waiter->done, waiter->data, g_error_copy (owned));
    waiter_free (waiter);
  }
  end_waiting (self);
}

static void
inhibit (GDBusConnection *connection, const Call *call, gboolean on, GAsyncReadyCallback ready)
{
  /* Without a limit on the bus: an answer that nobody heard would be an inhibition that nobody lifts.
   * ModemManager disables the modem before it lets go of it, which takes as long as it takes. */
  g_dbus_connection_call (connection, call->owner, ESIM_MM_ROOT_PATH, ESIM_MM_BUS_NAME, "InhibitDevice",
                          g_variant_new ("(sb)", call->uid, on), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START,
                          G_MAXINT, NULL, ready, ready != NULL ? (gpointer) call : NULL);
}

static Call *
new_call (EsimMmHold *self)
{
  Call *call = g_new (Call, 1);

  *call = (Call){self, g_strdup (esim_mm_watch_get_owner (self->owner->watch)), g_strdup (self->inhibited)};
  self->call = call;
  return call;
}

/* What ModemManager answered under its own names: "NotFound", …; "" for anything else. Static. */
static const char *
name_refusal (const GError *error)
{
  static const char *const known[] = {"NotFound", "InProgress", "WrongState", "Unauthorized"};
  g_autofree char *name = g_dbus_error_get_remote_error (error);

  if (name == NULL || !g_str_has_prefix (name, ERROR_PREFIX))
    return "";
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (name + strlen (ERROR_PREFIX), known[i]))
      return known[i];
  return "";
}

/* -- lifting -- */

static void lift (EsimMmHold *self);

static gboolean
on_retry (gpointer data)
{
  EsimMmHold *self = data;

  self->retry = 0;
  self->state = HELD;
  step (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_not_back (gpointer data)
{
  EsimMmHold *self = data;

  self->back = 0;
  forget_kept (self);
  self->owner->changed (self->owner->owner);
  return G_SOURCE_REMOVE;
}

static void
on_lifted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  Call *call = data;
  EsimMmHold *self = call->hold;

  call_free (call);
  if (self == NULL)
    return;
  self->call = NULL;
  if (reply == NULL && !g_str_equal (name_refusal (error), "NotFound")) {
    g_warning ("ModemManager is still kept off the modem %s, and will be asked again: %s", self->uid,
               error->message);
    start_timer (self, &self->retry, self->retry_ms, on_retry);
    self->retry_ms = MIN (self->retry_ms * 2, RETRY_MAX_MS);
    return;
  }
  self->state = FREE;
  if (find_modem (self) != NULL)
    welcome_back (self);
  else if (self->kept != NULL)
    start_timer (self, &self->back, self->owner->limits->back, on_not_back);
  step (self);
  self->owner->changed (self->owner->owner);
}

static void
lift (EsimMmHold *self)
{
  stop_timer (&self->fail_safe);
  self->state = LIFTING;
  inhibit (self->owner->connection, new_call (self), FALSE, on_lifted);
}

/* -- asking -- */

static GError *
make_refusal (EsimMmHold *self, const GError *error)
{
  if (g_str_equal (name_refusal (error), "InProgress"))
    return g_error_new (
        ESIM_ERROR, ESIM_ERROR_BUSY,
        "another program keeps ModemManager off the modem %s (a firmware update, for example): "
        "let it finish, or end it, and try again",
        self->uid);
  if (g_str_equal (name_refusal (error), "WrongState"))
    return g_error_new (ESIM_ERROR, ESIM_ERROR_BUSY,
                        "ModemManager is at work with the modem %s and cannot let go of it now: try again",
                        self->uid);
  if (g_str_equal (name_refusal (error), "Unauthorized"))
    return g_error_new (
        ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
        "ModemManager does not let esimd keep it off the modem %s: allow it the polkit action "
        "org.freedesktop.ModemManager1.Control (%s)",
        self->uid, error->message);
  return g_error_new (
      ESIM_ERROR, ESIM_ERROR_MODEM_ERROR,
      "ModemManager could not let go of the modem %s: %s; try again, and if that does not help, "
      "restart ModemManager",
      self->uid, error->message);
}

static void
on_refused (EsimMmHold *self, const GError *error)
{
  const char *name = name_refusal (error);

  self->state = FREE;
  forget_kept (self);
  if (g_str_equal (name, "NotFound")) {
    self->unknown = TRUE;
  } else if (g_str_equal (name, "WrongState")) {
    self->probing = TRUE;
  } else {
    self->refused = TRUE;
    if (g_queue_is_empty (&self->waiters))
      g_warning ("ModemManager is not kept off the modem %s: %s", self->uid, error->message);
    refuse (self, make_refusal (self, error));
  }
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  Call *call = data;
  EsimMmHold *self = call->hold;

  if (self == NULL && reply != NULL)
    inhibit (G_DBUS_CONNECTION (source), call, FALSE, NULL);
  call_free (call);
  if (self == NULL)
    return;
  self->call = NULL;
  stop_timer (&self->answer);
  if (reply != NULL) {
    self->state = HELD;
    self->expected = TRUE;
    self->retry_ms = self->owner->limits->retry;
  } else {
    on_refused (self, error);
  }
  step (self);
  self->owner->changed (self->owner->owner);
}

/* The waiters go; if the answer is a yes after all, the inhibition is lifted then. */
static gboolean
on_no_answer (gpointer data)
{
  EsimMmHold *self = data;

  self->answer = 0;
  refuse (self,
          g_error_new (ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
                       "ModemManager did not let go of the modem %s in time: try again, and if that does "
                       "not help, restart ModemManager",
                       self->uid));
  return G_SOURCE_REMOVE;
}

static void
ask (EsimMmHold *self, const char *uid, EsimMmModem *modem)
{
  g_free (self->inhibited);
  self->inhibited = g_strdup (uid);
  forget_kept (self);
  self->kept = modem != NULL ? esim_mm_modem_ref (modem) : NULL;
  self->state = ASKING;
  start_timer (self, &self->answer, self->owner->limits->answer, on_no_answer);
  inhibit (self->owner->connection, new_call (self), TRUE, on_asked);
}

/* -- what is to be done now -- */

/* ModemManager is there, and does not show the modem. */
static void
step_unseen (EsimMmHold *self)
{
  if (!self->probing && !self->expected) {
    ask (self, self->uid, NULL);
  } else if (self->overdue) {
    /* Nothing was shown for as long as anybody waits: there is nothing to keep off. The next one shall not
     * wait for that again. */
    self->hopeless = TRUE;
    grant (self);
  }
}

static void
step_seen (EsimMmHold *self, EsimMmModem *modem)
{
  /* Inhibiting cuts off what ModemManager is doing, and some modems do not survive that well. One that is
   * still at it when the time is over is asked nevertheless: a modem that fails to connect again and again
   * because its profile is bad must be able to get another one, and nothing is changed on the card yet. Where
   * somebody holds it already, it is too late to wait. */
  if (self->n_held == 0 && esim_mm_modem_in_transition (modem) && !self->overdue)
    return;
  if (!self->probing && !self->refused)
    ask (self, modem->uid, modem);
  else if (self->probing && self->overdue)
    refuse (self, g_error_new (ESIM_ERROR, ESIM_ERROR_BUSY,
                               "ModemManager is at work with the modem %s and cannot let go of it: try again",
                               self->uid));
}

static void
step_free (EsimMmHold *self)
{
  EsimMmPresence presence = esim_mm_watch_get_presence (self->owner->watch);
  EsimMmModem *modem;

  if (presence == ESIM_MM_NOT_ASKED || presence == ESIM_MM_LISTING) {
    if (self->overdue)
      refuse (self, g_error_new (ESIM_ERROR, ESIM_ERROR_TIMED_OUT,
                                 "ModemManager does not answer: restart it, or stop it, and try again"));
    return;
  }
  if (presence == ESIM_MM_ABSENT || self->unknown || self->hopeless) {
    grant (self);
    return;
  }
  modem = find_modem (self);
  if (modem != NULL)
    step_seen (self, modem);
  else
    step_unseen (self);
}

static void
step (EsimMmHold *self)
{
  if (self->state == FREE && is_wanted (self))
    step_free (self);
  else if (self->state == HELD && is_wanted (self))
    grant (self);
  else if (self->state == HELD)
    lift (self);
}

static gboolean
on_deadline (gpointer data)
{
  EsimMmHold *self = data;

  self->deadline = 0;
  self->overdue = TRUE;
  step (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_release (gpointer data)
{
  EsimMmHold *self = data;

  self->release = 0;
  step (self);
  return G_SOURCE_REMOVE;
}

/* -- for the owner -- */

EsimMmHold *
esim_mm_hold_new (const EsimMmHoldOwner *owner, const char *uid, const char *device)
{
  EsimMmHold *self = g_new0 (EsimMmHold, 1);

  self->owner = owner;
  self->uid = g_strdup (uid);
  self->device = g_strdup (device);
  g_queue_init (&self->waiters);
  return self;
}

static void
orphan_call (EsimMmHold *self)
{
  if (self->call != NULL)
    self->call->hold = NULL;
  self->call = NULL;
}

void
esim_mm_hold_free (EsimMmHold *self)
{
  guint *const timers[] = {&self->deadline,  &self->answer, &self->release,
                           &self->fail_safe, &self->retry,  &self->back};

  for (guint i = 0; i < G_N_ELEMENTS (timers); i++)
    stop_timer (timers[i]);
  refuse (self, g_error_new (ESIM_ERROR, ESIM_ERROR_CANCELLED, "the service is stopping"));
  if (self->state == HELD || (self->state == LIFTING && self->call == NULL)) {
    Call *call = new_call (self);

    inhibit (self->owner->connection, call, FALSE, NULL);
    call_free (g_steal_pointer (&self->call));
  }
  orphan_call (self);
  forget_kept (self);
  g_free (self->inhibited);
  g_free (self->device);
  g_free (self->uid);
  g_free (self);
}

gboolean
esim_mm_hold_is_for (EsimMmHold *self, const char *uid, const char *device)
{
  if (g_strcmp0 (self->uid, uid) == 0 || g_strcmp0 (self->inhibited, uid) == 0)
    return TRUE;
  if (device == NULL || *device == '\0')
    return FALSE;
  return g_strcmp0 (self->device, device) == 0 ||
         (self->kept != NULL && esim_mm_modem_is_named (self->kept, NULL, device));
}

void
esim_mm_hold_take (EsimMmHold *self, guint timeout, EsimMmDone done, gpointer data)
{
  Waiter *waiter = g_new (Waiter, 1);

  *waiter = (Waiter){done, data};
  g_queue_push_tail (&self->waiters, waiter);
  stop_timer (&self->release);
  if (self->deadline == 0)
    start_timer (self, &self->deadline, timeout, on_deadline);
  if (self->state == FREE)
    self->unknown = self->probing = self->refused = FALSE;
  step (self);
}

void
esim_mm_hold_release (EsimMmHold *self, guint delay)
{
  if (self->n_held == 0) {
    /* Taken back before it was had. */
    Waiter *waiter = g_queue_pop_head (&self->waiters);

    if (waiter != NULL)
      self->owner->answer (self->owner->owner, waiter->done, waiter->data,
                           g_error_new (ESIM_ERROR, ESIM_ERROR_CANCELLED, "it is no longer wanted"));
    g_free (waiter);
    if (g_queue_is_empty (&self->waiters))
      end_waiting (self);
  } else if (--self->n_held == 0) {
    stop_timer (&self->fail_safe);
    if (delay > 0 && self->state == HELD)
      start_timer (self, &self->release, MIN (delay, self->owner->limits->fail_safe), on_release);
  }
  step (self);
}

void
esim_mm_hold_look (EsimMmHold *self, EsimMmModem *modem)
{
  if (modem != NULL && !esim_mm_hold_is_for (self, modem->uid, NULL) &&
      !esim_mm_modem_is_named (modem, self->uid, self->device))
    return;
  self->unknown = self->probing = self->hopeless = self->refused = FALSE;
  if (esim_mm_watch_get_presence (self->owner->watch) == ESIM_MM_ABSENT) {
    /* Its inhibitions went with it. */
    orphan_call (self);
    stop_timer (&self->answer);
    stop_timer (&self->retry);
    stop_timer (&self->release);
    self->state = FREE;
    self->expected = FALSE;
    forget_kept (self);
  } else if (self->state == FREE && find_modem (self) != NULL) {
    welcome_back (self);
  }
  step (self);
}

gboolean
esim_mm_hold_is_inhibited (EsimMmHold *self)
{
  return self->state != FREE;
}

gboolean
esim_mm_hold_is_expected (EsimMmHold *self)
{
  return self->expected;
}

EsimMmModem *
esim_mm_hold_get_kept (EsimMmHold *self)
{
  return self->kept;
}

gboolean
esim_mm_hold_is_over (EsimMmHold *self)
{
  return self->state == FREE && !is_wanted (self) && !self->expected && !self->hopeless && self->kept == NULL;
}
