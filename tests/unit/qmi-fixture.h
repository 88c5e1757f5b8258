/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-qmi-card.h"
#include "qmi-peer.h"

#define OLD "8900000000000000013"
#define NEW "8900000000000000021"

/* The ISD-R's. */
extern const guint8 qmi_fixture_aid[16];

/* A STORE DATA with a GetProfilesInfo, for channel 1. */
extern const guint8 qmi_fixture_command[9];

/* The card is shut and freed when it leaves its scope. */
typedef EsimCard ShutCard;

void qmi_fixture_shut (ShutCard *card);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ShutCard, qmi_fixture_shut)

/* libqmi is about to warn of a port that hung up: g_test_assert_expected_messages() afterwards. */
void qmi_fixture_expect_hang_up (void);

/* Opens the card of a peer; an APDU may take a second. */
EsimCard *qmi_fixture_try_open (QmiPeer *peer, guint slot, GError **error);

/* The same, and it must succeed. */
EsimCard *qmi_fixture_open (QmiPeer *peer);

/* Opens a channel to the ISD-R; it must succeed. */
guint qmi_fixture_open_channel (EsimCard *card);

/* The same, and it must fail. Returns: (transfer full): with what */
GError *qmi_fixture_fail_open_channel (EsimCard *card);

/* The error of one APDU that must fail, and how long it took in ms. */
GError *qmi_fixture_fail_transmit (EsimCard *card, guint channel, gint64 *took);

/* ESIM_DETAIL_MODEM_STATUS, or 0. */
guint qmi_fixture_modem_status (GError *error);

/* A handler for "gone", "reset" and "changed". */
void qmi_fixture_count (EsimCard *card, guint *counter);

/* Lets the context live until @flag is not 0, or the time is over. */
void qmi_fixture_wait_for (const guint *flag, guint timeout_ms);
