/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-mbim-card.h"
#include "mbim-peer.h"

#define OLD "8900000000000000013"
#define NEW "8900000000000000021"

/* A STORE DATA with a GetProfilesInfo, for channel 1. */
extern const guint8 mbim_fixture_command[9];

/* The card is shut and freed when it leaves its scope. */
typedef EsimCard ShutCard;

void mbim_fixture_shut (ShutCard *card);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShutCard, mbim_fixture_shut)

/* Opens the card of a peer; an APDU may take a second. */
EsimCard *mbim_fixture_try_open (MbimPeer *peer, guint slot, GError **error);

/* The same, and it must succeed. */
EsimCard *mbim_fixture_open (MbimPeer *peer);

/* Opens a channel to the ISD-R; it must succeed. */
guint mbim_fixture_open_channel (EsimCard *card);

/* The same, and closes it. Returns: (transfer full): what the card answered to the SELECT */
GBytes *mbim_fixture_select (EsimCard *card);

/* The same, and it must fail. Returns: (transfer full): with what */
GError *mbim_fixture_fail_open_channel (EsimCard *card);

/* A handler for "gone" and "changed". */
void mbim_fixture_count (EsimCard *card, guint *counter);
