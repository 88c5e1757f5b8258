/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* EsimctlAnswers: answers that were given on the command line. Each is used once. */
typedef struct _EsimctlAnswers EsimctlAnswers;

/*
 * Reads @given (nullable, KEY=VALUE each) and the file @document (nullable), whose name, size and SHA-256 go
 * with a confirmation. Sets %ESIMCTL_EXIT_USAGE for a key that no question has, a key given twice, or a value
 * that is not one; an error of GIO for a file that cannot be read.
 */
EsimctlAnswers *esimctl_answers_new (const char *const *given, const char *document,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esimctl_answers_free (EsimctlAnswers *answers);

/* Adds one unless there is one. @value: (nullable): then nothing is added */
void esimctl_answers_add (EsimctlAnswers *answers, const char *key, const char *value);

/* Whether @value was given as the answer @key, and not taken yet. */
gboolean esimctl_answers_is (EsimctlAnswers *answers, const char *key, const char *value);

/*
 * Takes what answers a question of @type and @subject.
 *
 * Returns: (transfer floating) (nullable): a{sv}; %NULL if what decides such a question was not given.
 */
GVariant *esimctl_answers_take (EsimctlAnswers *answers, const char *type, const char *subject);

/* Returns: (transfer full) (nullable): the keys that nothing asked for, as one text. */
char *esimctl_answers_dup_unused (EsimctlAnswers *answers);

/* Puts name, size and SHA-256 of the file into @answer; the file itself stays where it is. */
gboolean esimctl_answers_add_document (GVariantDict *answer, const char *path,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimctlAnswers, esimctl_answers_free)

G_END_DECLS
