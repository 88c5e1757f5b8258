/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esimctl-select.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#define LEAST_SUFFIX 4

static gboolean
same_text (const char *folded, const char *other)
{
  g_autofree char *clean = esim_text_clean (other);
  g_autofree char *other_folded = g_utf8_casefold (clean, -1);

  return *clean != '\0' && g_utf8_collate (folded, other_folded) == 0 && strcmp (folded, other_folded) == 0;
}

static gboolean
is_suffix (const char *text, const char *iccid)
{
  return strlen (text) >= LEAST_SUFFIX && strspn (text, "0123456789") == strlen (text) &&
         g_str_has_suffix (iccid, text);
}

GArray *
esimctl_select_match (const char *text, const EsimctlNames *names, guint n)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autofree char *clean = esim_text_clean (text);
  g_autofree char *folded = g_utf8_casefold (clean, -1);

  for (guint i = 0; i < n; i++) {
    if (strcmp (text, names[i].iccid) == 0)
      g_array_append_val (found, i);
  }
  if (found->len > 0)
    return found;
  for (guint i = 0; i < n; i++) {
    if (same_text (folded, names[i].nickname) || same_text (folded, names[i].name) ||
        is_suffix (text, names[i].iccid))
      g_array_append_val (found, i);
  }
  return found;
}

EsimEuicc *
esimctl_select_euicc (EsimctlContext *context, GError **error)
{
  g_autoptr (GPtrArray) euiccs = NULL;

  if (context->euicc == NULL)
    return NULL;
  euiccs = esim_client_list_euiccs (context->client);
  for (guint i = 0; i < euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (euiccs, i);
    g_autofree char *number =
        g_strdup_printf ("%" G_GUINT64_FORMAT, esim_object_get_number (ESIM_OBJECT (euicc)));

    if (strcmp (context->euicc, number) == 0 || strcmp (context->euicc, esim_euicc_get_eid (euicc)) == 0)
      return euicc;
  }
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
               _ ("There is no eUICC “%s”. See: esimctl status"), context->euicc);
  return NULL;
}

GPtrArray *
esimctl_select_euiccs (EsimctlContext *context, GError **error)
{
  GPtrArray *list;
  EsimEuicc *one;

  if (context->euicc == NULL)
    return esim_client_list_euiccs (context->client);
  one = esimctl_select_euicc (context, error);
  if (one == NULL)
    return NULL;
  list = g_ptr_array_new ();
  g_ptr_array_add (list, one);
  return list;
}

EsimEuicc *
esimctl_select_one_euicc (EsimctlContext *context, GError **error)
{
  g_autoptr (GPtrArray) euiccs = esimctl_select_euiccs (context, error);
  EsimEuicc *found = NULL;

  if (euiccs == NULL)
    return NULL;
  if (context->euicc != NULL)
    return g_ptr_array_index (euiccs, 0);
  for (guint i = 0; i < euiccs->len; i++) {
    EsimEuicc *euicc = g_ptr_array_index (euiccs, i);

    /* A modem may tell the EID of a slot that it does not use: that one cannot be read. */
    if (*esim_euicc_get_eid (euicc) == '\0' || strcmp (esim_euicc_get_state (euicc), "inactive-slot") == 0)
      continue;
    if (found != NULL) {
      g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
                           _ ("There is more than one eUICC. Say which one: --euicc N (see esimctl status)"));
      return NULL;
    }
    found = euicc;
  }
  if (found == NULL)
    g_set_error_literal (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
                         _ ("There is no eUICC. See: esimctl status"));
  return found;
}

char *
esimctl_select_title (EsimProfile *profile)
{
  const char *nickname = esim_profile_get_nickname (profile);
  const char *name = *nickname != '\0' ? nickname : esim_profile_get_name (profile);
  g_autofree char *clean = esim_text_clean (name);

  if (*clean == '\0')
    return g_strdup (esim_profile_get_iccid (profile));
  return g_strdup_printf ("%s (%s)", clean, esim_profile_get_iccid (profile));
}

static void
set_ambiguous (const char *text, GPtrArray *profiles, GArray *found, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < found->len; i++) {
    g_autofree char *title =
        esimctl_select_title (g_ptr_array_index (profiles, g_array_index (found, guint, i)));

    g_string_append_printf (list, "\n  %s", title);
  }
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE,
               _ ("“%s” may be one of these profiles. Give the whole ICCID:%s"), text, list->str);
}

EsimProfile *
esimctl_select_profile (EsimctlContext *context, const char *text, GError **error)
{
  g_autoptr (GError) local = NULL;
  EsimEuicc *euicc = esimctl_select_euicc (context, &local);
  g_autoptr (GPtrArray) profiles = NULL;
  g_autofree EsimctlNames *names = NULL;
  g_autoptr (GArray) found = NULL;

  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return NULL;
  }
  profiles = esim_client_list_profiles (context->client, euicc);
  names = g_new0 (EsimctlNames, profiles->len + 1);
  for (guint i = 0; i < profiles->len; i++) {
    EsimProfile *profile = g_ptr_array_index (profiles, i);

    names[i] = (EsimctlNames){esim_profile_get_iccid (profile), esim_profile_get_nickname (profile),
                              esim_profile_get_name (profile)};
  }
  found = esimctl_select_match (text, names, profiles->len);
  if (found->len == 1)
    return g_ptr_array_index (profiles, g_array_index (found, guint, 0));
  if (found->len > 1)
    set_ambiguous (text, profiles, found, error);
  else
    g_set_error (
        error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
        _ ("No profile is called “%s”, and no ICCID ends with it (four digits at least). See: esimctl list"),
        text);
  return NULL;
}

GVariant *
esimctl_select_describe (EsimDeregistration *deregistration)
{
  if (getuid () != 0 && esim_deregistration_get_requester (deregistration) != getuid ())
    return NULL;
  return esim_deregistration_describe_sync (deregistration, NULL, NULL);
}

static gboolean
has_id (EsimDeregistration *deregistration, const char *text)
{
  g_autoptr (GVariant) description = esimctl_select_describe (deregistration);
  const char *id = "";

  if (description == NULL || strlen (text) < LEAST_SUFFIX)
    return FALSE;
  g_variant_lookup (description, "id", "&s", &id);
  return g_str_has_prefix (id, text);
}

EsimDeregistration *
esimctl_select_deregistration (EsimctlContext *context, const char *text, GError **error)
{
  g_autoptr (GPtrArray) all = esim_client_list_deregistrations (context->client);
  EsimDeregistration *found = NULL;

  for (guint i = 0; i < all->len; i++) {
    EsimDeregistration *one = g_ptr_array_index (all, i);
    g_autofree char *number =
        g_strdup_printf ("%" G_GUINT64_FORMAT, esim_object_get_number (ESIM_OBJECT (one)));

    if (strcmp (text, number) == 0)
      return g_object_ref (one);
    if (!has_id (one, text))
      continue;
    if (found != NULL) {
      g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_USAGE, _ ("More than one id begins with “%s”"), text);
      return NULL;
    }
    found = one;
  }
  if (found != NULL)
    return g_object_ref (found);
  g_set_error (error, ESIMCTL_ERROR, ESIMCTL_EXIT_NOT_FOUND,
               _ ("There is no deregistration “%s”. See: esimctl deregistrations"), text);
  return NULL;
}
