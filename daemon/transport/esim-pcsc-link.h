/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <winscard.h>

G_BEGIN_DECLS

/**
 * EsimPcscLink:
 *
 * One reader's card, by way of a thread in which PC/SC's calls block: they know no time-out, and wait for as
 * long as another program has the card, or the card says nothing. The worker waits for each with a bound, and
 * goes its way when that is over; the call then ends for nobody, and nothing else is begun before it has.
 *
 * The card is shared with other programs, and theirs alone while they have a transaction; so is ours, from a
 * command to the end of its answer.
 *
 * Errors of all functions: those of esim_pcsc_error_new(); TIMED_OUT (the command was sent: what the card
 * made of it is not known), BUSY (it was not), CANCELLED (esim_pcsc_link_hurry()). @code: (out) (optional):
 * what PC/SC said; SCARD_E_TIMEOUT and SCARD_E_CANCELLED for the other three.
 */
typedef struct _EsimPcscLink EsimPcscLink;

/* In the worker, as all that follows. Comes to the service, not yet to the card. */
EsimPcscLink *esim_pcsc_link_new (const char *reader, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Ends the thread's connections: @timeout_ms at most, then what it is at is left to it. Nothing works after
 * that. */
void esim_pcsc_link_close (EsimPcscLink *self, guint timeout_ms);

/* Without waiting. */
void esim_pcsc_link_free (EsimPcscLink *self);

/* Connects to the card, which gets power for it; anew where it was connected. */
gboolean esim_pcsc_link_connect (EsimPcscLink *self, LONG *code, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The card may be another program's alone, and lose its power; it is not reset. */
void esim_pcsc_link_disconnect (EsimPcscLink *self);

/**
 * esim_pcsc_link_transmit:
 * @command: a short command APDU; where the card speaks T=0, Le goes without saying in what has data too
 * @answer: the answer is appended, with its status word: two octets at least
 */
gboolean esim_pcsc_link_transmit (EsimPcscLink *self, const guint8 *command, gsize length, guint timeout_ms,
                                  GByteArray *answer, LONG *code, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Resets the card, and is connected to it afterwards. Other programs are told. */
gboolean esim_pcsc_link_reset (EsimPcscLink *self, LONG *code, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Resets the card if no other program has it: BUSY if one has. Is not connected afterwards. */
gboolean
esim_pcsc_link_reset_alone (EsimPcscLink *self, LONG *code, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Waits, for as long as esim_pcsc_link_hurry() and esim_pcsc_link_wake() let it. */
void esim_pcsc_link_pause (EsimPcscLink *self, guint timeout_ms);
void esim_pcsc_link_wake (EsimPcscLink *self);

/* As esim_card_hurry(). */
void esim_pcsc_link_hurry (EsimPcscLink *self, guint grace_ms);

/* CANCELLED once there is hurry. */
gboolean
esim_pcsc_link_go_on (EsimPcscLink *self, const char *what, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
