/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "esimctl-table.h"

G_BEGIN_DECLS

/* The course of a deregistration by the carrier's own way, for people; @description (a{sv}) is that of
 * Describe. What is not there is not shown. */

/* Adds what is known of the carrier's side to a table of esimctl_view_pairs(). */
void esimctl_course_add_facts (EsimctlTable *table, GVariant *description);

/* Prints what to do at the carrier, in order: with whom, when it is open, what to bring, what to bring back.
 */
void esimctl_course_print_tasks (gboolean color, GVariant *description);

/* Prints whom to call, and when they answer. */
void esimctl_course_print_contact (gboolean color, GVariant *description);

/* Prints what was done and said until now, the oldest first. */
void esimctl_course_print_history (gboolean color, GVariant *description);

/* Prints what a withdrawal does not take back; nothing if the carrier was not asked. */
void esimctl_course_print_withdrawn (GVariant *description);

/* Prints @key ("bring" or "returns") of a question or a task as a line with @label; nothing if it is empty.
 */
void esimctl_course_print_words (guint indent, GVariant *dict, const char *key, const char *label);

/* Prints "@label: @value" on as many lines as it takes; nothing if @value is empty. */
void esimctl_course_print_pair (guint indent, const char *label, const char *value);

/* Returns: (transfer full): what is waited for, and until when; "" where nothing is waited for at the
 * carrier. */
char *esimctl_course_dup_waiting (GVariant *description);

/* Returns: whether @stage is one that a person may leave and come back to, for days. */
gboolean esimctl_course_is_long (const char *stage);

/* Returns: whether the carrier's server is asked for the end of the contract, and not its people by the user.
 */
gboolean esimctl_course_is_by_server (GVariant *description);

/* Returns: whether it asks whether the machine's only way to the network may be cut. */
gboolean esimctl_course_asks_to_disconnect (GVariant *description);

/* Returns: what is waited for then. */
const char *esimctl_course_stays_connected (void);

/* Returns: whether a profile on a card is part of it, as far as its steps say. */
gboolean esimctl_course_has_card (GVariant *description);

/* Returns: (transfer full): the day until which something is waited for, or a word where it is over; "" for
 * neither. */
char *esimctl_course_dup_until (GVariant *description);

/* Returns: (transfer full): the local day of @seconds since 1970; "" for 0. */
char *esimctl_course_dup_day (gint64 seconds);

G_END_DECLS
