/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-keeper.h"

G_BEGIN_DECLS

/* Whoever else uses the modems, by a script: an #EsimKeeper that notes what it is asked. There is one. */

/* An answer that does not come before fake_keeper_answer(). */
#define FAKE_KEEPER_SILENT (-2)

/* As if nothing had been asked yet: knows the modem, grants everything at once. */
const EsimKeeper *fake_keeper_begin (void);

/* The next unscripted answers. @code: of an EsimError, −1: yes, FAKE_KEEPER_SILENT */
void fake_keeper_script_hold (int code);
void fake_keeper_script_verify (int code);
void fake_keeper_set_known (gboolean known);
/* It comes to know the modem with the next hold. */
void fake_keeper_know_when_held (void);

/* Calls @func in the main thread at each question, while whoever asked waits; NULL: no more. */
void fake_keeper_watch (guint (*func) (gpointer data), gpointer data);

/* Answers the one that was not answered; @code as above. */
void fake_keeper_answer (int code);
/* Runs the main loop until that many questions wait for fake_keeper_answer(). */
void fake_keeper_await (guint silent);

/* What was asked: "hold", "release:MS", "verify:ICCID" ("verify:-" without one), each with "@N" behind it
 * where there is a watch, N being what it returned. */
const char *fake_keeper_get_trace (void);
/* How many holds were granted and not released. */
int fake_keeper_get_held (void);
/* The same for the sleep of the machine, and how often it was kept awake. */
int fake_keeper_get_awake (void);
int fake_keeper_count_awake (void);

G_END_DECLS
