/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <esim.h>

#include "esimctl-table.h"

G_BEGIN_DECLS

/* Returns: (transfer floating): all properties of @object by their names, with "number" and "path" (a{sv}).
 */
GVariant *esimctl_view_object (EsimObject *object);

/* Adds a line of two cells to @table (of two columns): @label and @value; nothing if @value is empty. */
void esimctl_view_pair (EsimctlTable *table, const char *label, EsimctlStyle style, const char *value);

/* Returns: a table of two columns without a head, for esimctl_view_pair(). */
EsimctlTable *esimctl_view_pairs (void);

/* Prints the findings (aa{sv}) of a deregistration, with a blank line after them; nothing if there are none.
 */
void esimctl_view_findings (gboolean color, GVariant *findings);

/* Prints a deregistration's description (a{sv}) for people. */
void esimctl_view_deregistration (gboolean color, GVariant *description);

/* Prints the list (aa{sv}) of notifications for people: those of an eUICC or of a deregistration. */
void esimctl_view_notifications (gboolean color, GVariant *notifications);

G_END_DECLS
