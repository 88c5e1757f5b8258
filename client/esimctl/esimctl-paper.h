/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-verify.h"

G_BEGIN_DECLS

/* EsimctlPaper: a receipt that was read. Its form is checked, and nothing else: see esimctl_verify_claim().
 */
typedef struct _EsimctlPaper EsimctlPaper;

/* Reads a receipt of version 1. What is not one sets %ESIMCTL_EXIT_NOT_GENUINE. */
EsimctlPaper *esimctl_paper_new (const char *text, gsize size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
EsimctlPaper *esimctl_paper_new_from_file (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void esimctl_paper_free (EsimctlPaper *paper);

const char *esimctl_paper_get_eid (EsimctlPaper *paper);
const char *esimctl_paper_get_iccid (EsimctlPaper *paper);
guint esimctl_paper_get_n_claims (EsimctlPaper *paper);
const EsimctlClaim *esimctl_paper_get_claim (EsimctlPaper *paper, guint at);

/* Returns: (nullable): the text @key of the receipt, or of its object @object (nullable), as "profile". */
const char *esimctl_paper_get (EsimctlPaper *paper, const char *object, const char *key);

/* Returns: (nullable): when the notification of a claim was acknowledged, as the file has it. */
const char *esimctl_paper_get_acknowledged (EsimctlPaper *paper, guint at);

/* Returns: (transfer full): the statements (aa{sv}): "label", "words" (in the user's language, cleaned),
 * "time" (s, "" = none). */
GVariant *esimctl_paper_dup_statements (EsimctlPaper *paper);

/* Returns: (transfer full): what the receipt does not prove, in the user's language, cleaned. */
char **esimctl_paper_dup_limits (EsimctlPaper *paper);

/* Returns: the words for the receipt's method. */
const char *esimctl_paper_get_method (EsimctlPaper *paper);

/* Prints it for people: statements with their labels, notifications, and what it does not prove. */
void esimctl_paper_print (EsimctlPaper *paper, gboolean color);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimctlPaper, esimctl_paper_free)

G_END_DECLS
