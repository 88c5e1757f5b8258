/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-table.h"

#define GAP 2

typedef struct {
  char *text;
  EsimctlStyle style;
  guint columns;
} Cell;

struct _EsimctlTable {
  GArray *cells;
  guint n_columns;
};

static void
clear_cell (gpointer cell)
{
  g_free (((Cell *) cell)->text);
}

EsimctlTable *
esimctl_table_new (const char *const *titles, gboolean show_titles)
{
  EsimctlTable *table = g_new0 (EsimctlTable, 1);

  table->cells = g_array_new (FALSE, TRUE, sizeof (Cell));
  g_array_set_clear_func (table->cells, clear_cell);
  table->n_columns = g_strv_length ((char **) titles);
  for (guint i = 0; show_titles && i < table->n_columns; i++)
    esimctl_table_add (table, ESIMCTL_STYLE_TITLE, titles[i]);
  return table;
}

void
esimctl_table_free (EsimctlTable *table)
{
  g_array_unref (table->cells);
  g_free (table);
}

void
esimctl_table_add (EsimctlTable *table, EsimctlStyle style, const char *text)
{
  Cell cell = {esim_text_clean (text), style, 0};

  cell.columns = esim_text_columns (cell.text);
  g_array_append_val (table->cells, cell);
}

static guint *
widths (EsimctlTable *table)
{
  guint *width = g_new0 (guint, table->n_columns);

  for (guint i = 0; i < table->cells->len; i++) {
    const Cell *cell = &g_array_index (table->cells, Cell, i);

    width[i % table->n_columns] = MAX (width[i % table->n_columns], cell->columns);
  }
  return width;
}

char *
esimctl_table_to_text (EsimctlTable *table, gboolean color)
{
  g_autofree guint *width = widths (table);
  GString *out = g_string_new (NULL);
  guint owed = 0;

  for (guint i = 0; i < table->cells->len; i++) {
    const Cell *cell = &g_array_index (table->cells, Cell, i);
    g_autofree char *painted = esimctl_text_paint (color, cell->style, cell->text);
    guint column = i % table->n_columns;

    if (*cell->text != '\0') {
      g_string_append_printf (out, "%*s%s", (int) owed, "", painted);
      owed = 0;
    }
    owed += width[column] - cell->columns + GAP;
    if (column == table->n_columns - 1) {
      g_string_append_c (out, '\n');
      owed = 0;
    }
  }
  return g_string_free (out, FALSE);
}

void
esimctl_table_print (EsimctlTable *table, gboolean color)
{
  g_autofree char *text = esimctl_table_to_text (table, color);

  g_print ("%s", text);
}
