/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-aka.h"
#include "fake-card.h"

/* A USIM as a script of a fake card on channel 1. Keys and tokens are those of 3GPP TS 35.208, 4.3.1. */

#define USIM_FIXTURE_NAME "A0000000871002"
#define USIM_FIXTURE_ICCID "89660324080000000018"
#define USIM_FIXTURE_IMSI "520010000000018"
#define USIM_FIXTURE_OTHER_ICCID "8944500102201200013"
#define USIM_FIXTURE_OTHER_IMSI "001010000000013"

#define USIM_FIXTURE_RES "A54211D5E3BA50BF"
#define USIM_FIXTURE_CK "B40BA9A3C58B2A05BBF0D987B21BF8CB"
#define USIM_FIXTURE_IK "F769BCD751044604127672711C6D3441"
#define USIM_FIXTURE_AUTS "BACA125EDB2201CFAF9EC4E871E9"
#define USIM_FIXTURE_AUTHENTICATE                                                                            \
  "0188008122 10 23553CBE9637A89D218AE64DAE47BF35 10 55F328B43577B9B94A9FFAC354DFAFB3 00"
#define USIM_FIXTURE_KEYS                                                                                    \
  "DB 08 " USIM_FIXTURE_RES " 10 " USIM_FIXTURE_CK " 10 " USIM_FIXTURE_IK " 08 EAE4BE823AF9A08B"

extern const guint8 usim_fixture_challenge[ESIM_AKA_KEY];
extern const guint8 usim_fixture_token[ESIM_AKA_KEY];

/* A card whose one application is a USIM. */
FakeCard *usim_fixture_new (void);

/* What reads the ICCID, or it and the IMSI, and finds these: of the first or of the other subscription. */
void usim_fixture_expect_iccid (FakeCard *card, gboolean other);
void usim_fixture_expect_identity (FakeCard *card, gboolean other);

void usim_fixture_assert_accepted (const EsimAkaAnswer *answer);
void usim_fixture_assert_wiped (const EsimAkaAnswer *answer);
