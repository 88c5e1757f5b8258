/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-text.h"

G_BEGIN_DECLS

/* EsimctlTable: rows of cells, aligned by the columns that they take on a terminal; nothing is cut. */
typedef struct _EsimctlTable EsimctlTable;

/* @titles: the head, %NULL-terminated; with @show_titles %FALSE it only says how many columns there are. */
EsimctlTable *esimctl_table_new (const char *const *titles, gboolean show_titles);
void esimctl_table_free (EsimctlTable *table);

/* Adds the next cell, row by row. @text is cleaned as by esim_text_clean(). */
void esimctl_table_add (EsimctlTable *table, EsimctlStyle style, const char *text);

/* Returns: (transfer full): all lines, each with a line end and no blanks at its end. */
char *esimctl_table_to_text (EsimctlTable *table, gboolean color);

/* Prints it on standard output. */
void esimctl_table_print (EsimctlTable *table, gboolean color);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimctlTable, esimctl_table_free)

G_END_DECLS
