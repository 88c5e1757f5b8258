/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "mbim-fixture.h"

static const guint8 aid[16] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                               0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};

const guint8 mbim_fixture_command[9] = {0x81, 0xE2, 0x91, 0x00, 0x03, 0xBF, 0x2D, 0x00, 0x00};

void
mbim_fixture_shut (ShutCard *card)
{
  esim_card_shut (card);
  g_object_unref (card);
}

EsimCard *
mbim_fixture_try_open (MbimPeer *peer, guint slot, GError **error)
{
  EsimMbimOptions options = {.device = peer->path, .slot = slot, .select_p2 = -1, .apdu_timeout = 1};

  return esim_mbim_card_open (&options, error);
}

EsimCard *
mbim_fixture_open (MbimPeer *peer)
{
  g_autoptr (GError) error = NULL;
  EsimCard *card = mbim_fixture_try_open (peer, 0, &error);

  g_assert_no_error (error);
  g_assert_nonnull (card);
  return card;
}

guint
mbim_fixture_open_channel (EsimCard *card)
{
  g_autoptr (GError) error = NULL;
  guint channel = 0;

  g_assert_true (esim_card_open_channel (card, aid, sizeof aid, &channel, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (channel, >=, 1);
  return channel;
}

GBytes *
mbim_fixture_select (EsimCard *card)
{
  g_autoptr (GError) error = NULL;
  GBytes *answer = NULL;
  guint channel = 0;

  g_assert_true (esim_card_open_channel (card, aid, sizeof aid, &channel, &answer, &error));
  g_assert_no_error (error);
  g_assert_true (esim_card_close_channel (card, channel, &error));
  g_assert_no_error (error);
  return answer;
}

GError *
mbim_fixture_fail_open_channel (EsimCard *card)
{
  GError *error = NULL;
  guint channel = 0;

  g_assert_false (esim_card_open_channel (card, aid, sizeof aid, &channel, NULL, &error));
  return error;
}

void
mbim_fixture_count (EsimCard *card, guint *counter)
{
  (*counter)++;
}
