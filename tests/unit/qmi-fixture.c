/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qmi-fixture.h"

#include "esim-error.h"
#include "esim-worker.h"

const guint8 qmi_fixture_aid[16] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                                    0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x01, 0x00};

const guint8 qmi_fixture_command[9] = {0x81, 0xE2, 0x91, 0x00, 0x03, 0xBF, 0x2D, 0x00, 0x00};

void
qmi_fixture_shut (ShutCard *card)
{
  esim_card_shut (card);
  g_object_unref (card);
}

void
qmi_fixture_expect_hang_up (void)
{
  g_test_expect_message ("Qmi", G_LOG_LEVEL_WARNING, "*istream*");
}

EsimCard *
qmi_fixture_try_open (QmiPeer *peer, guint slot, GError **error)
{
  EsimQmiOptions options = {.device = peer->path, .slot = slot, .apdu_timeout = 1};

  return esim_qmi_card_open (&options, error);
}

EsimCard *
qmi_fixture_open (QmiPeer *peer)
{
  g_autoptr (GError) error = NULL;
  EsimCard *card = qmi_fixture_try_open (peer, 0, &error);

  g_assert_no_error (error);
  g_assert_nonnull (card);
  return card;
}

guint
qmi_fixture_open_channel (EsimCard *card)
{
  g_autoptr (GError) error = NULL;
  guint channel = 0;

  g_assert_true (
      esim_card_open_channel (card, qmi_fixture_aid, sizeof qmi_fixture_aid, &channel, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (channel, >=, 1);
  return channel;
}

GError *
qmi_fixture_fail_open_channel (EsimCard *card)
{
  GError *error = NULL;
  guint channel = 0;

  g_assert_false (
      esim_card_open_channel (card, qmi_fixture_aid, sizeof qmi_fixture_aid, &channel, NULL, &error));
  g_assert_nonnull (error);
  return error;
}

GError *
qmi_fixture_fail_transmit (EsimCard *card, guint channel, gint64 *took)
{
  g_autoptr (GByteArray) response = g_byte_array_new ();
  gint64 begin = g_get_monotonic_time ();
  GError *error = NULL;
  guint16 word = 0;

  g_assert_false (esim_card_transmit (card, channel, qmi_fixture_command, sizeof qmi_fixture_command,
                                      response, &word, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (response->len, ==, 0);
  if (took != NULL)
    *took = (g_get_monotonic_time () - begin) / 1000;
  return error;
}

guint
qmi_fixture_modem_status (GError *error)
{
  g_autoptr (GVariant) details = esim_error_dup_details (error);
  guint32 status = 0;

  (void) g_variant_lookup (details, ESIM_DETAIL_MODEM_STATUS, "u", &status);
  return status;
}

void
qmi_fixture_count (EsimCard *card, guint *counter)
{
  (*counter)++;
}

void
qmi_fixture_wait_for (const guint *flag, guint timeout_ms)
{
  gint64 end = g_get_monotonic_time () + timeout_ms * 1000;

  while (*flag == 0 && g_get_monotonic_time () < end)
    esim_wait_sleep (10);
}
