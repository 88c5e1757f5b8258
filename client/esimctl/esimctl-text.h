/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <esim.h>

G_BEGIN_DECLS

typedef enum {
  ESIMCTL_STYLE_PLAIN,
  ESIMCTL_STYLE_TITLE,
  ESIMCTL_STYLE_GOOD,
  ESIMCTL_STYLE_CAUTION,
  ESIMCTL_STYLE_BAD,
  ESIMCTL_STYLE_QUIET,
} EsimctlStyle;

/* Returns: (transfer full): @text, with the terminal's commands for @style around it if @color. */
char *esimctl_text_paint (gboolean color, EsimctlStyle style, const char *text);

/* Returns: (transfer full): @text cleaned as by esim_text_clean(), its line ends kept. */
char *esimctl_text_clean_lines (const char *text);

/* Prints "@text\n" cleaned and in @style on standard output. */
void esimctl_text_line (gboolean color, EsimctlStyle style, const char *text);

/* Prints @text cleaned, broken between words (or wide characters) so that it fits the terminal, with @indent
 * columns before each line. */
void esimctl_text_paragraph (guint indent, const char *text);

/* The same with @mark, in @style, in the columns before the first line. */
void
esimctl_text_marked (gboolean color, EsimctlStyle style, const char *mark, guint indent, const char *text);

/* Returns: (transfer full): the local date and time of @seconds since 1970; "" for 0. */
char *esimctl_text_time (gint64 seconds);

/* Returns: (transfer full) (nullable): @time of ISO 8601 as the local date and time, with how far it is from
 * UTC; as it is if it is none. */
char *esimctl_text_iso_time (const char *time);

/* Returns: the style in which a state, a stage or a severity is shown. */
EsimctlStyle esimctl_text_state_style (const char *code);

G_END_DECLS
