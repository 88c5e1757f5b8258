/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Carriers, for people: what org.esimd1.Manager.xml tells of their dictionaries, in the user's language. What
 * is not known is said to be not known. */

/* Prints what ListCarriers gives (aa{sv}) as a table. */
void esimctl_carrier_view_list (gboolean color, GVariant *carriers);

/* Prints all that is known of a carrier (a{sv}). */
void esimctl_carrier_view (gboolean color, GVariant *carrier);

/* Prints whose profile it is: the result of LookUpCarrier (a{sv}). */
void esimctl_carrier_view_match (gboolean color, GVariant *result);

/* Prints what is wrong with the file @path (aa{sv}), a line each. */
void esimctl_carrier_view_problems (gboolean color, const char *path, GVariant *problems);

G_END_DECLS
