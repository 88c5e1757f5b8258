/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "usim-fixture.h"
#include "hex.h"

const guint8 usim_fixture_challenge[] = {0x23, 0x55, 0x3C, 0xBE, 0x96, 0x37, 0xA8, 0x9D,
                                         0x21, 0x8A, 0xE6, 0x4D, 0xAE, 0x47, 0xBF, 0x35};
const guint8 usim_fixture_token[] = {0x55, 0xF3, 0x28, 0xB4, 0x35, 0x77, 0xB9, 0xB9,
                                     0x4A, 0x9F, 0xFA, 0xC3, 0x54, 0xDF, 0xAF, 0xB3};

FakeCard *
usim_fixture_new (void)
{
  FakeCard *card = fake_card_new ();

  fake_card_set_application (card, USIM_FIXTURE_NAME, -1);
  return card;
}

void
usim_fixture_expect_iccid (FakeCard *card, gboolean other)
{
  fake_card_expect (card, "01A4000402 3F00 00", "6282 9000");
  fake_card_expect (card, "01A4000402 2FE2 00", "6282 9000");
  fake_card_expect (card, "01B0000000", "6C0A");
  fake_card_expect (card, "01B000000A", other ? "984405102002210010F3 9000" : "98663042800000000081 9000");
}

void
usim_fixture_expect_identity (FakeCard *card, gboolean other)
{
  usim_fixture_expect_iccid (card, other);
  fake_card_expect (card, "01A4000402 7FFF 00", "9000");
  fake_card_expect (card, "01A4000402 6F07 00", "9000");
  fake_card_expect (card, "01B0000000", other ? "08 0910100000000031 9000" : "08 5902100000000081 9000");
}

void
usim_fixture_assert_accepted (const EsimAkaAnswer *answer)
{
  g_assert_cmpint (answer->verdict, ==, ESIM_AKA_ACCEPTED);
  g_assert_cmpuint (answer->response_bits, ==, 64);
  assert_hex (answer->response, 8, USIM_FIXTURE_RES);
  assert_hex (answer->cipher, 16, USIM_FIXTURE_CK);
  assert_hex (answer->integrity, 16, USIM_FIXTURE_IK);
}

void
usim_fixture_assert_wiped (const EsimAkaAnswer *answer)
{
  for (gsize i = 0; i < sizeof *answer; i++)
    g_assert_cmpuint (((const guint8 *) answer)[i], ==, 0);
}
