/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Members of a dictionary (a{sv}) of the service; what is absent or of another type is empty. */
const char *esimctl_dict_string (GVariant *dict, const char *key);
gboolean esimctl_dict_flag (GVariant *dict, const char *key);
gint64 esimctl_dict_time (GVariant *dict, const char *key);

/* Returns: (transfer full): the list of @type ("as", "aa{sv}") or dictionary ("a{sv}"); an empty one if there
 * is none.
 */
GVariant *esimctl_dict_list (GVariant *dict, const char *key, const char *type);

/* Returns: (transfer full): the text (a{ss}) of the user's language; "" if there is none. */
char *esimctl_dict_text (GVariant *dict, const char *key);

/* Returns: (transfer full): @strings (as) as one list of the user's language. @say: (nullable): what each is
 * said with
 */
char *esimctl_dict_join (GVariant *strings, const char *(*say) (const char *) );

G_END_DECLS
