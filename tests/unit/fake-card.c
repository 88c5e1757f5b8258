/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fake-card.h"
#include "esim-error.h"
#include "hex.h"

#define ISDR_AID "A0000005591010FFFFFFFF8900000100"

typedef enum {
  STEP_COMMAND,
  STEP_AWAIT,
  STEP_RESET,
  STEP_CLOSE_STALE,
  STEP_USE_SLOT,
  STEP_LINE,
  STEP_AUTHENTICATE,
} StepType;

typedef struct {
  StepType type;
  char *expected; /* of an await */
  char *previous;
  gboolean seen;
  gboolean then_gone;
  EsimCardReset level;
  guint slot; /* to be used */
  guint previous_slot;
  GBytes *command;
  GBytes *answer; /* NULL: failure */
  int failure;
  guint others; /* of a line: its ICCID and IMSI are "expected" and "previous" */
  EsimAkaAnswer aka;
} Step;

struct _FakeCard {
  GObject parent;
  GQueue script;
  guint channel;
  GBytes *select_answer;
  guint segment_size;
  int open_failure;
  int close_failure;
  gboolean gone;
  gboolean inactive;
  gboolean no_way;
  GHashTable *applications; /* (nullable): AIDs in hexadecimal, to the failure or -1 */
  guint open_count;
  guint opened;
  guint transmitted;
  guint slot;
  guint *shut;      /* (nullable): counts */
  GPtrArray *slots; /* of EsimCardSlot; NULL: this one alone */
};

static void fake_card_iface_init (EsimCardInterface *iface);
G_DEFINE_TYPE_WITH_CODE (FakeCard, fake_card, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (ESIM_TYPE_CARD, fake_card_iface_init))

static void
step_free (Step *step)
{
  g_free (step->expected);
  g_free (step->previous);
  g_clear_pointer (&step->command, g_bytes_unref);
  g_clear_pointer (&step->answer, g_bytes_unref);
  g_free (step);
}

static gboolean
fail (int code, GError **error)
{
  g_set_error (error, ESIM_ERROR, code, "The fake card was told to fail.");
  return FALSE;
}

/* Unless told of others, there is the ISD-R. */
static gboolean
may_open (FakeCard *self, const guint8 *aid, gsize length, GError **error)
{
  g_autofree char *name = hex_string (aid, length);
  gpointer code;

  if (self->applications == NULL) {
    g_assert_cmpstr (name, ==, ISDR_AID);
    return TRUE;
  }
  if (!g_hash_table_lookup_extended (self->applications, name, NULL, &code))
    return fail (ESIM_ERROR_NOT_SUPPORTED, error);
  return GPOINTER_TO_INT (code) < 0 || fail (GPOINTER_TO_INT (code), error);
}

static gboolean
open_channel (EsimCard *card, const guint8 *aid, gsize aid_length, guint *channel, GBytes **answer,
              GError **error)
{
  FakeCard *self = FAKE_CARD (card);

  if (!may_open (self, aid, aid_length, error))
    return FALSE;
  if (self->inactive) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE, "The modem uses another slot.");
    esim_error_set_detail (*error, ESIM_DETAIL_SLOT_STATE, g_variant_new_string ("inactive"));
    return FALSE;
  }
  if (self->no_way) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED, "The modem has no such commands.");
    esim_error_set_detail (*error, ESIM_DETAIL_NO_WAY, g_variant_new_boolean (TRUE));
    return FALSE;
  }
  if (self->open_failure >= 0)
    return fail (self->open_failure, error);
  self->open_count++;
  self->opened++;
  *channel = self->channel;
  if (answer != NULL)
    *answer = g_bytes_ref (self->select_answer);
  return TRUE;
}

static gboolean
transmit (EsimCard *card, guint channel, const guint8 *command, gsize length, GByteArray *response,
          guint16 *status_word, GError **error)
{
  FakeCard *self = FAKE_CARD (card);
  Step *step = g_queue_pop_head (&self->script);
  const guint8 *answer;
  gsize size = 0;
  int failure;

  self->transmitted++;
  g_assert_cmpuint (channel, ==, self->channel);
  g_assert_nonnull (step);
  g_assert_cmpint (step->type, ==, STEP_COMMAND);
  {
    g_autofree char *expected =
        hex_string (g_bytes_get_data (step->command, NULL), g_bytes_get_size (step->command));

    assert_hex (command, length, expected);
  }
  failure = step->failure;
  if (step->then_gone) {
    self->gone = TRUE;
    self->open_count = 0;
  }
  if (step->answer == NULL) {
    step_free (step);
    return fail (failure, error);
  }
  answer = g_bytes_get_data (step->answer, &size);
  g_byte_array_append (response, answer, (guint) size - 2);
  *status_word = (guint16) (answer[size - 2] << 8 | answer[size - 1]);
  step_free (step);
  return TRUE;
}

static gboolean
close_channel (EsimCard *card, guint channel, GError **error)
{
  FakeCard *self = FAKE_CARD (card);

  g_assert_cmpuint (channel, ==, self->channel);
  g_assert_cmpuint (self->open_count, >, 0);
  self->open_count--;
  return self->close_failure < 0 || fail (self->close_failure, error);
}

/* The next step of the script, which must be of @type; every channel dies with it. */
static Step *
pop_step (FakeCard *self, StepType type)
{
  Step *step = g_queue_pop_head (&self->script);

  g_assert_nonnull (step);
  g_assert_cmpint (step->type, ==, type);
  self->open_count = 0;
  return step;
}

static gboolean
finish_step (Step *step, GError **error)
{
  int failure = step->failure;

  step_free (step);
  return failure < 0 || fail (failure, error);
}

static gboolean
await_subscription (EsimCard *card, const char *expected_iccid, const char *previous_iccid, guint timeout_ms,
                    gboolean *seen, GError **error)
{
  Step *step = pop_step (FAKE_CARD (card), STEP_AWAIT);

  g_assert_cmpstr (expected_iccid, ==, step->expected);
  g_assert_cmpstr (previous_iccid, ==, step->previous);
  g_assert_cmpuint (timeout_ms, >, 0);
  *seen = step->seen;
  return finish_step (step, error);
}

static gboolean
reset (EsimCard *card, EsimCardReset level, GError **error)
{
  Step *step = pop_step (FAKE_CARD (card), STEP_RESET);

  g_assert_cmpint (level, ==, step->level);
  return finish_step (step, error);
}

static gboolean
close_stale (EsimCard *card, GError **error)
{
  return finish_step (pop_step (FAKE_CARD (card), STEP_CLOSE_STALE), error);
}

static guint
get_segment_size (EsimCard *card)
{
  return FAKE_CARD (card)->segment_size;
}

static gboolean
is_gone (EsimCard *card)
{
  return FAKE_CARD (card)->gone;
}

static guint
get_slot (EsimCard *card)
{
  return FAKE_CARD (card)->slot;
}

static GPtrArray *
list_slots (EsimCard *card, GError **error)
{
  FakeCard *self = FAKE_CARD (card);
  g_autoptr (GPtrArray) list = esim_card_slots_new ();

  if (self->slots != NULL)
    return g_ptr_array_ref (self->slots);
  g_ptr_array_add (list, esim_card_slot_new (self->slot, TRUE, ESIM_CARD_SLOT_CARD, NULL));
  return g_steal_pointer (&list);
}

static gboolean
use_slot (EsimCard *card, guint slot, guint timeout_ms, guint *previous, GError **error)
{
  FakeCard *self = FAKE_CARD (card);
  Step *step = pop_step (self, STEP_USE_SLOT);

  g_assert_cmpuint (slot, ==, step->slot);
  g_assert_cmpuint (timeout_ms, >, 0);
  if (previous != NULL)
    *previous = step->previous_slot;
  self->inactive = slot != self->slot;
  return finish_step (step, error);
}

/* Unless it is told otherwise this card is no modem's that has such functions. */
static Step *
pop_own_way (FakeCard *self, StepType type, GError **error)
{
  Step *step = g_queue_peek_head (&self->script);

  if (step == NULL || step->type != type) {
    (void) fail (ESIM_ERROR_NOT_SUPPORTED, error);
    return NULL;
  }
  return g_queue_pop_head (&self->script);
}

static gboolean
read_line (EsimCard *card, EsimCardLine *line, GError **error)
{
  Step *step = pop_own_way (FAKE_CARD (card), STEP_LINE, error);

  if (step == NULL)
    return FALSE;
  *line = (EsimCardLine){g_strdup (step->expected), g_strdup (step->previous), step->others};
  return finish_step (step, error);
}

static gboolean
authenticate (EsimCard *card, const guint8 challenge[ESIM_AKA_KEY], const guint8 token[ESIM_AKA_KEY],
              EsimAkaAnswer *answer, GError **error)
{
  Step *step = pop_own_way (FAKE_CARD (card), STEP_AUTHENTICATE, error);

  if (step == NULL)
    return FALSE;
  *answer = step->aka;
  return finish_step (step, error);
}

static void
hurry (EsimCard *card, guint grace_ms)
{
}

/* As a transport's card is shut: channels that are open still are closed with it. */
static void
shut (EsimCard *card)
{
  FakeCard *self = FAKE_CARD (card);

  self->open_count = 0;
  if (self->shut != NULL)
    (*self->shut)++;
}

static void
fake_card_iface_init (EsimCardInterface *iface)
{
  iface->open_channel = open_channel;
  iface->transmit = transmit;
  iface->close_channel = close_channel;
  iface->close_stale = close_stale;
  iface->await_subscription = await_subscription;
  iface->reset = reset;
  iface->get_segment_size = get_segment_size;
  iface->is_gone = is_gone;
  iface->get_slot = get_slot;
  iface->list_slots = list_slots;
  iface->use_slot = use_slot;
  iface->read_line = read_line;
  iface->authenticate = authenticate;
  iface->hurry = hurry;
  iface->shut = shut;
}

static void
fake_card_finalize (GObject *object)
{
  FakeCard *self = FAKE_CARD (object);

  g_queue_clear_full (&self->script, (GDestroyNotify) step_free);
  g_bytes_unref (self->select_answer);
  g_clear_pointer (&self->applications, g_hash_table_unref);
  g_clear_pointer (&self->slots, g_ptr_array_unref);
  G_OBJECT_CLASS (fake_card_parent_class)->finalize (object);
}

static void
fake_card_class_init (FakeCardClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_card_finalize;
}

static void
fake_card_init (FakeCard *self)
{
  g_queue_init (&self->script);
  self->channel = 1;
  self->slot = 1;
  self->select_answer = g_bytes_new (NULL, 0);
  self->segment_size = 255;
  self->open_failure = -1;
  self->close_failure = -1;
}

FakeCard *
fake_card_new (void)
{
  return g_object_new (FAKE_TYPE_CARD, NULL);
}

static Step *
push_step (FakeCard *self, const char *command)
{
  Step *step = g_new0 (Step, 1);

  step->command = hex_bytes (command);
  g_queue_push_tail (&self->script, step);
  return step;
}

void
fake_card_expect (FakeCard *self, const char *command, const char *answer)
{
  Step *step = push_step (self, command);

  step->answer = hex_bytes (answer);
  g_assert_cmpuint (g_bytes_get_size (step->answer), >=, 2);
}

void
fake_card_expect_failure (FakeCard *self, const char *command, int code)
{
  push_step (self, command)->failure = code;
}

void
fake_card_expect_last (FakeCard *self, const char *command, const char *answer)
{
  fake_card_expect (self, command, answer);
  ((Step *) g_queue_peek_tail (&self->script))->then_gone = TRUE;
}

static Step *
push_other (FakeCard *self, StepType type, int code)
{
  Step *step = g_new0 (Step, 1);

  step->type = type;
  step->failure = code;
  g_queue_push_tail (&self->script, step);
  return step;
}

void
fake_card_expect_await (FakeCard *self, const char *expected_iccid, const char *previous_iccid, gboolean seen,
                        int code)
{
  Step *step = push_other (self, STEP_AWAIT, code);

  step->expected = g_strdup (expected_iccid);
  step->previous = g_strdup (previous_iccid);
  step->seen = seen;
}

void
fake_card_expect_reset (FakeCard *self, EsimCardReset level, int code)
{
  push_other (self, STEP_RESET, code)->level = level;
}

void
fake_card_expect_use_slot (FakeCard *self, guint slot, guint previous, int code)
{
  Step *step = push_other (self, STEP_USE_SLOT, code);

  step->slot = slot;
  step->previous_slot = previous;
}

void
fake_card_expect_line (FakeCard *self, const char *iccid, const char *imsi, guint others)
{
  Step *step = push_other (self, STEP_LINE, -1);

  step->expected = g_strdup (iccid);
  step->previous = g_strdup (imsi);
  step->others = others;
}

void
fake_card_expect_authenticate (FakeCard *self, const EsimAkaAnswer *answer, int code)
{
  push_other (self, STEP_AUTHENTICATE, code)->aka = *answer;
}

void
fake_card_set_application (FakeCard *self, const char *aid, int code)
{
  if (self->applications == NULL)
    self->applications = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_insert (self->applications, g_strdup (aid), GINT_TO_POINTER (code));
}

void
fake_card_set_slot (FakeCard *self, guint slot)
{
  self->slot = slot;
}

void
fake_card_set_slots (FakeCard *self, GPtrArray *slots)
{
  g_clear_pointer (&self->slots, g_ptr_array_unref);
  self->slots = slots;
}

void
fake_card_count_shut (FakeCard *self, guint *counter)
{
  self->shut = counter;
}

void
fake_card_expect_close_stale (FakeCard *self, int code)
{
  push_other (self, STEP_CLOSE_STALE, code);
}

void
fake_card_set_channel (FakeCard *self, guint channel)
{
  self->channel = channel;
}

void
fake_card_set_select_answer (FakeCard *self, const char *answer)
{
  g_bytes_unref (self->select_answer);
  self->select_answer = hex_bytes (answer);
}

void
fake_card_set_segment_size (FakeCard *self, guint octets)
{
  self->segment_size = octets;
}

void
fake_card_set_open_failure (FakeCard *self, int code)
{
  self->open_failure = code;
}

void
fake_card_set_inactive (FakeCard *self, gboolean inactive)
{
  self->inactive = inactive;
}

void
fake_card_set_no_way (FakeCard *self)
{
  self->no_way = TRUE;
}

void
fake_card_set_close_failure (FakeCard *self, int code)
{
  self->close_failure = code;
}

void
fake_card_set_gone (FakeCard *self, gboolean gone)
{
  self->gone = gone;
}

guint
fake_card_get_open_count (FakeCard *self)
{
  return self->open_count;
}

guint
fake_card_get_opened (FakeCard *self)
{
  return self->opened;
}

guint
fake_card_get_transmitted (FakeCard *self)
{
  return self->transmitted;
}

void
fake_card_assert_done (FakeCard *self)
{
  g_assert_cmpuint (g_queue_get_length (&self->script), ==, 0);
  g_assert_cmpuint (self->open_count, ==, 0);
}
