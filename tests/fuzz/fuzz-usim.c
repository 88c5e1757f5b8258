/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "fuzz.h"

#include <string.h>

#include "esim-usim-aka.h"
#include "esim-usim.h"

#define ICCID "8944500102201200013"

/* A card, and a modem, that answer with what the input holds: each command takes a length, so many octets,
 * and a status word; nothing is left of it at the end but 6F00. */
#define INPUT_TYPE_CARD (input_card_get_type ())
G_DECLARE_FINAL_TYPE (InputCard, input_card, INPUT, CARD, GObject)

struct _InputCard {
  GObject parent;
  const guint8 *next;
  gsize left;
  guint open;
};

static void input_card_iface_init (EsimCardInterface *iface);
G_DEFINE_TYPE_WITH_CODE (InputCard, input_card, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (ESIM_TYPE_CARD, input_card_iface_init))

static gboolean
open_channel (EsimCard *card, const guint8 *aid, gsize aid_length, guint *channel, GBytes **answer,
              GError **error)
{
  g_assert_cmpuint (aid_length, >=, 5);
  g_assert_cmpuint (aid_length, <=, 16);
  INPUT_CARD (card)->open++;
  *channel = 1;
  return TRUE;
}

static gboolean
close_channel (EsimCard *card, guint channel, GError **error)
{
  g_assert_cmpuint (channel, ==, 1);
  INPUT_CARD (card)->open--;
  return TRUE;
}

static gboolean
transmit (EsimCard *card, guint channel, const guint8 *command, gsize length, GByteArray *response,
          guint16 *status_word, GError **error)
{
  InputCard *self = INPUT_CARD (card);
  gsize size = self->left > 0 ? MIN (self->next[0], self->left - 1) : 0;

  g_assert_cmpuint (length, >=, 5);
  g_assert_cmphex (command[0], ==, 0x01);
  *status_word = 0x6F00;
  if (self->left < size + 3) {
    self->left = 0;
    return TRUE;
  }
  g_byte_array_append (response, self->next + 1, (guint) size);
  *status_word = (guint16) (self->next[size + 1] << 8 | self->next[size + 2]);
  self->next += size + 3;
  self->left -= size + 3;
  return TRUE;
}

static gboolean
is_gone (EsimCard *card)
{
  return FALSE;
}

static void
input_card_iface_init (EsimCardInterface *iface)
{
  iface->open_channel = open_channel;
  iface->close_channel = close_channel;
  iface->transmit = transmit;
  iface->is_gone = is_gone;
}

static void
input_card_class_init (InputCardClass *class)
{
}

static void
input_card_init (InputCard *self)
{
}

static InputCard *
card_new (const guint8 *data, gsize size)
{
  InputCard *card = g_object_new (INPUT_TYPE_CARD, NULL);

  card->next = data;
  card->left = size;
  return card;
}

static void
check_digits (const char *text, gsize min, gsize max)
{
  g_assert_cmpuint (strspn (text, "0123456789"), ==, strlen (text));
  g_assert_cmpuint (strlen (text), >=, min);
  g_assert_cmpuint (strlen (text), <=, max);
}

static void
check_subscriber (const guint8 *data, gsize size)
{
  g_autoptr (InputCard) card = card_new (data, size);
  g_autoptr (EsimUsim) usim = esim_usim_open (ESIM_CARD (card), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (EsimSubscriber) subscriber = esim_usim_read_subscriber (usim, &error);

  g_assert_true ((subscriber != NULL) == (error == NULL));
  if (subscriber == NULL)
    return;
  check_digits (subscriber->iccid, 18, 20);
  check_digits (subscriber->imsi, 6, 15);
  g_assert_true (subscriber->mnc_length == 0 || subscriber->mnc_length == 2 || subscriber->mnc_length == 3);
}

static gboolean
is_zero (const guint8 *octets, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (octets[i] != 0)
      return FALSE;
  return TRUE;
}

static void
check_answer (const EsimAkaAnswer *answer)
{
  gboolean accepted = answer->verdict == ESIM_AKA_ACCEPTED;

  g_assert_true (accepted ? answer->response_bits >= 32 && answer->response_bits <= 128
                          : answer->response_bits == 0);
  g_assert_true (accepted || is_zero (answer->cipher, sizeof answer->cipher));
  g_assert_true (accepted || is_zero (answer->integrity, sizeof answer->integrity));
  g_assert_true (answer->verdict == ESIM_AKA_OUT_OF_STEP ||
                 is_zero (answer->resynchronisation, sizeof answer->resynchronisation));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const guint8 octets[ESIM_AKA_KEY] = {0};
  g_autoptr (InputCard) card = card_new (data, size);
  g_autoptr (GError) error = NULL;
  EsimAkaAnswer answer;

  check_subscriber (data, size);
  memset (&answer, 0xA5, sizeof answer);
  if (esim_usim_aka (ESIM_CARD (card), ICCID, NULL, octets, octets, &answer, &error))
    check_answer (&answer);
  else
    g_assert_true (error != NULL && is_zero ((const guint8 *) &answer, sizeof answer));
  g_assert_cmpuint (card->open, ==, 0);
  return 0;
}
