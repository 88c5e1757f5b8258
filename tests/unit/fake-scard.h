/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <winscard.h>

G_BEGIN_DECLS

/**
 * PC/SC's functions as they are without pcscd: a test that is linked with fake-scard.c calls these. One
 * service, readers by their names, and in each the same card, which plays a script. From any thread.
 */

/* Everything as at the beginning: the service runs, there is no reader, the card speaks T=1. */
void fake_scard_reset (void);

void fake_scard_set_service (gboolean running);
void fake_scard_add_reader (const char *name, gboolean with_card);
void fake_scard_remove_reader (const char *name);
void fake_scard_insert (const char *name);
void fake_scard_pull (const char *name);
/* More of SCARD_STATE_*: another program has it. */
void fake_scard_set_state (const char *name, DWORD state);

void fake_scard_set_protocol (DWORD protocol);
/* What a function returns from now on; SCARD_S_SUCCESS: it works again. */
void fake_scard_fail_connect (LONG result);
void fake_scard_fail_exclusive (LONG result);
void fake_scard_fail_transmit (LONG result);
/* SCardTransmit() or SCardBeginTransaction() block until it is taken back. */
void fake_scard_block_card (gboolean block);
void fake_scard_block_others (gboolean block);

/* @command: what comes to the card as it is on the wire, in hexadecimal; @answer with its status word */
void fake_scard_expect (const char *command, const char *answer);
/* The script was played to its end, nothing else was sent, and nothing is left open. */
void fake_scard_assert_done (void);

typedef struct {
  guint connects;
  guint resets;
  guint alone;        /* resets of a program that had the card to itself */
  guint transactions; /* begun */
  guint connected;    /* now */
  guint held;         /* transactions, now */
  guint contexts;     /* now */
} FakeScardCounts;

FakeScardCounts fake_scard_get_counts (void);

G_END_DECLS
