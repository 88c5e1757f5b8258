/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SECTION:esim-question
 * @title: Questions
 * @short_description: What a deregistration asks, for those who put it before a person
 *
 * A question is the member "question" (a{sv}) of esim_deregistration_describe(); its contract is in the
 * interface's XML. What a carrier's server wrote is a stranger's: its addresses, texts and patterns are
 * looked at here before they are used.
 */

/**
 * esim_question_is:
 * @question: the question (a{sv})
 * @type: as "open-page"
 * @subject: (nullable): as "login"; %NULL: any
 *
 * Returns: whether it is of that type and subject.
 */
gboolean esim_question_is (GVariant *question, const char *type, const char *subject);

/**
 * esim_question_get_outcomes:
 * @question: the question (a{sv})
 *
 * Returns: (transfer full) (array zero-terminated=1): what may be answered as "outcome" now; empty for a
 * question that does not say so.
 */
char **esim_question_get_outcomes (GVariant *question);

/**
 * esim_question_may_open:
 * @question: the question (a{sv})
 * @address: an address
 *
 * Returns: whether a page at @address may be shown for it: https, without a user's name, on one of the
 * carrier's own servers, which it names.
 */
gboolean esim_question_may_open (GVariant *question, const char *address);

/**
 * esim_question_stops_at:
 * @question: a question "open-page"
 * @address: the address that a web view is about to load
 *
 * A web view does not load such an address: it closes, and gives it back as "final-address". It carries the
 * login, and can be used once.
 *
 * Returns: whether the page ends there.
 */
gboolean esim_question_stops_at (GVariant *question, const char *address);

/**
 * esim_question_dup_page:
 * @question: a question "open-page"
 *
 * Returns: (transfer full) (nullable): the address to be opened, with the data that belong into it; %NULL if
 * there is none, if it may not be opened, or if the page has to be posted to, which takes a web view of one's
 * own.
 */
char *esim_question_dup_page (GVariant *question);

/**
 * esim_question_check_text:
 * @question: a question "carrier-question" / "message"
 * @text: what a person typed
 * @error: where an error goes
 *
 * Whether @text fits the carrier's pattern, whole. The pattern is a stranger's: how much is tried is bounded,
 * and one that cannot be used, or takes too much, counts as none, since the carrier's server looks too.
 *
 * Returns: %TRUE if it does; else %FALSE with %ESIM_ERROR_INVALID_ARGUMENT, whose message is the carrier's
 * own words if there are any, cleaned as by esim_text_clean().
 */
gboolean
esim_question_check_text (GVariant *question, const char *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
