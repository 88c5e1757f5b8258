/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * SECTION:esim-words
 * @title: Words
 *
 * The service speaks in codes and in English; these functions say the codes in the user's language (gettext
 * domain "esimd", by the locale that the program has set). A code that is newer than the library is given
 * back as it is.
 */

/**
 * esim_words_error:
 * @name: an error's name, as "WrongState" or "org.esimd1.Error.WrongState"
 *
 * Returns: a sentence.
 */
const char *esim_words_error (const char *name);

/**
 * esim_words_advice:
 * @name: an error's name, as for esim_words_error()
 *
 * Returns: (nullable): what to do about it; %NULL if there is nothing to say.
 */
const char *esim_words_advice (const char *name);

/**
 * esim_words_stage:
 * @stage: a deregistration's stage
 *
 * Returns: the words for it.
 */
const char *esim_words_stage (const char *stage);

/**
 * esim_words_step:
 * @step: a deregistration's step
 *
 * Returns: the words for it.
 */
const char *esim_words_step (const char *step);

/**
 * esim_words_step_state:
 * @state: the state of a step
 *
 * Returns: the words for it.
 */
const char *esim_words_step_state (const char *state);

/**
 * esim_words_severity:
 * @severity: the severity of a finding
 *
 * Returns: the words for it.
 */
const char *esim_words_severity (const char *severity);

/**
 * esim_words_reason:
 * @reason: the reason of a deregistration
 *
 * Returns: the words for it.
 */
const char *esim_words_reason (const char *reason);

/**
 * esim_words_operation_kind:
 * @kind: an operation's kind
 *
 * Returns: the words for it.
 */
const char *esim_words_operation_kind (const char *kind);

/**
 * esim_words_operation_state:
 * @state: an operation's state
 *
 * Returns: the words for it.
 */
const char *esim_words_operation_state (const char *state);

/**
 * esim_words_phase:
 * @phase: an operation's phase
 *
 * Returns: the words for it; "" for "".
 */
const char *esim_words_phase (const char *phase);

/**
 * esim_words_euicc_state:
 * @state: an eUICC's state
 *
 * Returns: the words for it.
 */
const char *esim_words_euicc_state (const char *state);

/**
 * esim_words_profile_state:
 * @state: a profile's state
 *
 * Returns: the words for it.
 */
const char *esim_words_profile_state (const char *state);

/**
 * esim_words_profile_class:
 * @klass: a profile's class
 *
 * Returns: the words for it.
 */
const char *esim_words_profile_class (const char *klass);

/**
 * esim_words_policy_rule:
 * @rule: a policy rule of a profile
 *
 * Returns: the words for it.
 */
const char *esim_words_policy_rule (const char *rule);

/**
 * esim_words_event:
 * @event: the event of a notification
 *
 * Returns: the words for it.
 */
const char *esim_words_event (const char *event);

/**
 * esim_words_notification_state:
 * @state: the state of a notification
 *
 * Returns: the words for it.
 */
const char *esim_words_notification_state (const char *state);

/**
 * esim_words_label:
 * @label: the label of a statement in a receipt
 *
 * Returns: the words for it.
 */
const char *esim_words_label (const char *label);

/**
 * esim_words_finding:
 * @finding: a finding (a{sv}) of esim_deregistration_describe()
 *
 * Says a finding in the user's language, with its parameters; in the service's own English where there is no
 * translation. The text is cleaned as by esim_text_clean().
 *
 * Returns: (transfer full): one or more sentences.
 */
char *esim_words_finding (GVariant *finding);

/**
 * esim_words_question:
 * @question: a question (a{sv}) of esim_deregistration_describe()
 *
 * Says a question in the user's language, as esim_words_finding() does a finding.
 *
 * Returns: (transfer full): one or more sentences.
 */
char *esim_words_question (GVariant *question);

G_END_DECLS
