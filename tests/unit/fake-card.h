/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card.h"

G_BEGIN_DECLS

/**
 * FakeCard:
 *
 * An #EsimCard that plays a script: the commands that it expects, in order, each with its answer. Any other
 * command fails the test. Opening gives channel 1 unless told otherwise.
 */
#define FAKE_TYPE_CARD (fake_card_get_type ())
G_DECLARE_FINAL_TYPE (FakeCard, fake_card, FAKE, CARD, GObject)

FakeCard *fake_card_new (void);

/* @command and @answer, the latter with its status word, in hexadecimal (see hex_bytes()). */
void fake_card_expect (FakeCard *self, const char *command, const char *answer);

/* @command is expected and ends in an error of the transport. */
void fake_card_expect_failure (FakeCard *self, const char *command, int code);

/* The same, and with the answer the card is gone. */
void fake_card_expect_last (FakeCard *self, const char *command, const char *answer);

/* What is no APDU stands in the same script; @code: how it fails, -1: it does not. Channels die with each. */
void fake_card_expect_await (FakeCard *self, const char *expected_iccid, const char *previous_iccid,
                             gboolean seen, int code);
void fake_card_expect_reset (FakeCard *self, EsimCardReset level, int code);
/* The modem uses that slot then, however it ends. */
void fake_card_expect_use_slot (FakeCard *self, guint slot, guint previous, int code);
void fake_card_expect_close_stale (FakeCard *self, int code);

/* What esim_card_read_line() and esim_card_authenticate() tell; NOT_SUPPORTED where none is next. */
void fake_card_expect_line (FakeCard *self, const char *iccid, const char *imsi, guint others);
void fake_card_expect_authenticate (FakeCard *self, const EsimAkaAnswer *answer, int code);

/* From the first call on the card has these applications alone; @code: how selecting this one fails, -1: it
 * does not. */
void fake_card_set_application (FakeCard *self, const char *aid, int code);

void fake_card_set_channel (FakeCard *self, guint channel);
/* What esim_card_open_channel() hands out, in hexadecimal: nothing unless told otherwise. */
void fake_card_set_select_answer (FakeCard *self, const char *answer);
void fake_card_set_segment_size (FakeCard *self, guint octets);
/* esim_card_open_channel() fails with @code; esim_card_close_channel() likewise; -1: not any more. */
void fake_card_set_open_failure (FakeCard *self, int code);
void fake_card_set_close_failure (FakeCard *self, int code);
/* The modem uses another slot than this one's; it lacks the commands for this way to the card. */
void fake_card_set_inactive (FakeCard *self, gboolean inactive);
void fake_card_set_no_way (FakeCard *self);
void fake_card_set_gone (FakeCard *self, gboolean gone);

/* Physical; 1 unless told otherwise. */
void fake_card_set_slot (FakeCard *self, guint slot);
/* @slots: (transfer full): what the modem tells of its slots; unless told, of the card's own alone */
void fake_card_set_slots (FakeCard *self, GPtrArray *slots);
/* @counter goes up when the card is shut. */
void fake_card_count_shut (FakeCard *self, guint *counter);

guint fake_card_get_open_count (FakeCard *self); /* how many channels are open now */
guint fake_card_get_opened (FakeCard *self);     /* how often one was opened */
guint fake_card_get_transmitted (FakeCard *self);

/* The script was played to its end, and no channel was left open. */
void fake_card_assert_done (FakeCard *self);

G_END_DECLS
