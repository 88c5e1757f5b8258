/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "hex.h"
#include "mbim-fixture.h"

#include "esim-error.h"

#include <string.h>

/* MBIM_AUTH_AKA_INFO: RES, its length, IK, CK, AUTS. */
#define ZEROS "00000000000000000000000000000000"
#define RES "A54211D5E3BA50BF"
#define IK "F769BCD751044604127672711C6D3441"
#define CK "B40BA9A3C58B2A05BBF0D987B21BF8CB"
#define AUTS "BACA125EDB2201CFAF9EC4E871E9"
#define KEYS(length)                                                                                         \
  RES "0000000000000000" length "000000" IK CK "0000000000000000000000000000"                                \
      "0000"

static const guint8 challenge[ESIM_AKA_KEY] = {1, 2, 3};
static const guint8 token[ESIM_AKA_KEY] = {4, 5, 6, [15] = 7};

static gboolean
ask (MbimPeer *peer, guint32 status, const char *info, EsimAkaAnswer *answer, GError **error)
{
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);

  peer->auth_status = status;
  peer->auth_answer = info;
  memset (answer, 0xA5, sizeof *answer);
  return esim_card_authenticate (card, challenge, token, answer, error);
}

static void
assert_wiped (const EsimAkaAnswer *answer)
{
  for (gsize i = 0; i < sizeof *answer; i++)
    g_assert_cmpuint (((const guint8 *) answer)[i], ==, 0);
}

/* In octets as the standard has it, and in bits. */
static void
test_accepted (void)
{
  static const char *const infos[] = {KEYS ("08"), KEYS ("40")};

  for (guint i = 0; i < G_N_ELEMENTS (infos); i++) {
    g_autoptr (MbimPeer) peer = mbim_peer_new ();
    g_autoptr (GError) error = NULL;
    EsimAkaAnswer answer;

    g_assert_true (ask (peer, 0, infos[i], &answer, &error));
    g_assert_no_error (error);
    g_assert_cmpint (answer.verdict, ==, ESIM_AKA_ACCEPTED);
    g_assert_cmpuint (answer.response_bits, ==, 64);
    assert_hex (answer.response, ESIM_AKA_KEY, RES "0000000000000000");
    assert_hex (answer.cipher, ESIM_AKA_KEY, CK);
    assert_hex (answer.integrity, ESIM_AKA_KEY, IK);
    g_assert_cmpmem (peer->auth_request, 16, challenge, 16);
    g_assert_cmpmem (peer->auth_request + 16, 16, token, 16);
  }
}

static void
test_out_of_step (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (GError) error = NULL;
  EsimAkaAnswer answer;

  g_assert_true (ask (peer, 36, ZEROS "00000000" ZEROS ZEROS AUTS "0000", &answer, &error));
  g_assert_no_error (error);
  g_assert_cmpint (answer.verdict, ==, ESIM_AKA_OUT_OF_STEP);
  assert_hex (answer.resynchronisation, ESIM_AKA_AUTS, AUTS);
  g_assert_cmpuint (answer.response_bits, ==, 0);
}

static void
test_rejected (void)
{
  static const guint32 statuses[] = {35, 37};

  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++) {
    g_autoptr (MbimPeer) peer = mbim_peer_new ();
    EsimAkaAnswer answer;

    g_assert_true (ask (peer, statuses[i], "", &answer, NULL));
    g_assert_cmpint (answer.verdict, ==, ESIM_AKA_REJECTED);
    g_assert_cmpuint (answer.response_bits, ==, 0);
  }
}

static void
test_refused (void)
{
  static const struct {
    guint32 status;
    const char *info;
    EsimError code;
  } cases[] = {
      {0, NULL, ESIM_ERROR_NOT_SUPPORTED},
      {9, "", ESIM_ERROR_NOT_SUPPORTED},
      {3, "", ESIM_ERROR_CARD_REMOVED},
      {5, "", ESIM_ERROR_MODEM_ERROR},
      {0, "", ESIM_ERROR_MODEM_ERROR},
      {0, RES, ESIM_ERROR_MODEM_ERROR},
      {0, KEYS ("00"), ESIM_ERROR_MODEM_ERROR},
      {0, KEYS ("11"), ESIM_ERROR_MODEM_ERROR},
      {0, KEYS ("41"), ESIM_ERROR_MODEM_ERROR},
      {0, KEYS ("FF"), ESIM_ERROR_MODEM_ERROR},
      {36, "", ESIM_ERROR_MODEM_ERROR}, /* it does not say which number would fit */
      {36, ZEROS "00000000" ZEROS ZEROS ZEROS, ESIM_ERROR_MODEM_ERROR},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (MbimPeer) peer = mbim_peer_new ();
    g_autoptr (GError) error = NULL;
    EsimAkaAnswer answer;

    g_assert_false (ask (peer, cases[i].status, cases[i].info, &answer, &error));
    g_assert_error (error, ESIM_ERROR, (int) cases[i].code);
    assert_wiped (&answer);
  }
}

/* -- the line -- */

static void
test_line (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);
  g_autoptr (GError) error = NULL;
  g_auto (EsimCardLine) line = {0};

  peer->imsi = "001010000000013";
  g_assert_true (esim_card_read_line (card, &line, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (line.iccid, ==, OLD);
  g_assert_cmpstr (line.imsi, ==, "001010000000013");
  g_assert_cmpuint (line.others, ==, 0);
}

static void
test_no_imsi (void)
{
  static const char *const imsis[] = {NULL, "12345", "0010100000000131", "00101000000001F"};
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = mbim_fixture_open (peer);

  for (guint i = 0; i < G_N_ELEMENTS (imsis); i++) {
    g_auto (EsimCardLine) line = {0};

    peer->imsi = imsis[i];
    g_assert_true (esim_card_read_line (card, &line, NULL));
    g_assert_cmpstr (line.iccid, ==, OLD);
    g_assert_null (line.imsi);
  }
}

/* A modem that does not tell which slots it uses: by what it says of each. */
static void
test_second_slot (void)
{
  static const struct {
    guint32 state;
    guint others;
  } cases[] = {{2, 0}, {3, 0}, {5, 1}, {7, 1}, {8, 1}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (MbimPeer) peer = mbim_peer_new ();
    g_autoptr (ShutCard) card = NULL;
    g_auto (EsimCardLine) line = {0};

    peer->slots = 2;
    peer->no_mapping = TRUE;
    peer->slot_states[0] = 7;
    peer->slot_states[1] = cases[i].state;
    card = mbim_fixture_open (peer);
    g_assert_true (esim_card_read_line (card, &line, NULL));
    g_assert_cmpuint (line.others, ==, cases[i].others);
  }
}

/* The modem uses another slot: what it says then is of another line. */
static void
test_other_slot (void)
{
  g_autoptr (MbimPeer) peer = mbim_peer_new ();
  g_autoptr (ShutCard) card = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (EsimCardLine) line = {0};
  EsimAkaAnswer answer;

  peer->slots = 2;
  peer->slot_states[0] = 7;
  peer->slot_states[1] = 2;
  peer->auth_answer = KEYS ("08");
  card = mbim_fixture_open (peer);
  g_assert_true (esim_card_authenticate (card, challenge, token, &answer, &error));
  peer->active_slot = 1;
  mbim_peer_indicate_slot (peer, 0, 2);
  while (esim_mbim_card_get_slot_state (card) == ESIM_MBIM_SLOT_ACTIVE)
    (void) g_main_context_iteration (NULL, TRUE);
  g_assert_false (esim_card_read_line (card, &line, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  g_assert_null (line.iccid);
  g_clear_error (&error);
  g_assert_false (esim_card_authenticate (card, challenge, token, &answer, &error));
  g_assert_error (error, ESIM_ERROR, ESIM_ERROR_WRONG_STATE);
  assert_wiped (&answer);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mbim-auth/accepted", test_accepted);
  g_test_add_func ("/mbim-auth/out-of-step", test_out_of_step);
  g_test_add_func ("/mbim-auth/rejected", test_rejected);
  g_test_add_func ("/mbim-auth/refused", test_refused);
  g_test_add_func ("/mbim-auth/line", test_line);
  g_test_add_func ("/mbim-auth/no-imsi", test_no_imsi);
  g_test_add_func ("/mbim-auth/second-slot", test_second_slot);
  g_test_add_func ("/mbim-auth/other-slot", test_other_slot);
  return g_test_run ();
}
