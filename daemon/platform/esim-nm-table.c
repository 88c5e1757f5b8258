/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-nm-table.h"

#define CONNECTIONS_MAX 256 /* for SIMs */
#define ACTIVES_MAX 64

struct _EsimNmTable {
  GHashTable *connections; /* object path → EsimNmConnection */
  GHashTable *actives; /* object path of an active connection → that of its connection, "" until known */
};

EsimNmTable *
esim_nm_table_new (void)
{
  EsimNmTable *self = g_new0 (EsimNmTable, 1);

  self->connections =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) esim_nm_connection_unref);
  self->actives = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
esim_nm_table_free (EsimNmTable *self)
{
  g_hash_table_unref (self->connections);
  g_hash_table_unref (self->actives);
  g_free (self);
}

void
esim_nm_table_clear (EsimNmTable *self)
{
  g_hash_table_remove_all (self->connections);
  g_hash_table_remove_all (self->actives);
}

static gboolean
is_active (EsimNmTable *self, const char *path)
{
  GHashTableIter iter;
  const char *connection;

  g_hash_table_iter_init (&iter, self->actives);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &connection))
    if (g_str_equal (connection, path))
      return TRUE;
  return FALSE;
}

gboolean
esim_nm_table_forget (EsimNmTable *self, const char *path)
{
  return g_hash_table_remove (self->connections, path);
}

gboolean
esim_nm_table_learn (EsimNmTable *self, const char *path, GVariant *settings)
{
  g_autoptr (EsimNmConnection) read = esim_nm_connection_read (path, settings);
  EsimNmConnection *known = esim_nm_table_get (self, path);
  EsimNmConnection *now;

  if (read == NULL || (known == NULL && g_hash_table_size (self->connections) >= CONNECTIONS_MAX))
    return esim_nm_table_forget (self, path);
  now = esim_nm_connection_with_active (read, is_active (self, path));
  if (known != NULL && esim_nm_connection_equal (known, now)) {
    esim_nm_connection_unref (now);
    return FALSE;
  }
  g_hash_table_replace (self->connections, g_strdup (path), now);
  return TRUE;
}

static gboolean
look_who_is_active (EsimNmTable *self)
{
  GHashTableIter iter;
  EsimNmConnection *known;
  const char *path;
  gboolean news = FALSE;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, (gpointer *) &path, (gpointer *) &known)) {
    gboolean active = is_active (self, path);

    if (known->active == active)
      continue;
    g_hash_table_iter_replace (&iter, esim_nm_connection_with_active (known, active));
    news = TRUE;
  }
  return news;
}

gboolean
esim_nm_table_has_active (EsimNmTable *self, const char *active)
{
  return g_hash_table_contains (self->actives, active);
}

gboolean
esim_nm_table_put_active (EsimNmTable *self, const char *active, const char *connection)
{
  if (!esim_nm_table_has_active (self, active) && g_hash_table_size (self->actives) >= ACTIVES_MAX)
    return FALSE;
  g_hash_table_replace (self->actives, g_strdup (active), g_strdup (connection));
  return look_who_is_active (self);
}

gboolean
esim_nm_table_keep_actives (EsimNmTable *self, const char *const *actives)
{
  GHashTableIter iter;
  const char *active;

  g_hash_table_iter_init (&iter, self->actives);
  while (g_hash_table_iter_next (&iter, (gpointer *) &active, NULL))
    if (!g_strv_contains (actives, active))
      g_hash_table_iter_remove (&iter);
  return look_who_is_active (self);
}

char **
esim_nm_table_dup_actives (EsimNmTable *self, const char *path)
{
  g_autoptr (GStrvBuilder) found = g_strv_builder_new ();
  GHashTableIter iter;
  const char *active, *connection;

  g_hash_table_iter_init (&iter, self->actives);
  while (g_hash_table_iter_next (&iter, (gpointer *) &active, (gpointer *) &connection))
    if (g_str_equal (connection, path))
      g_strv_builder_add (found, active);
  return g_strv_builder_end (found);
}

EsimNmConnection *
esim_nm_table_get (EsimNmTable *self, const char *path)
{
  return g_hash_table_lookup (self->connections, path);
}

EsimNmConnection *
esim_nm_table_find_uuid (EsimNmTable *self, const char *uuid)
{
  GHashTableIter iter;
  EsimNmConnection *known;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &known))
    if (g_ascii_strcasecmp (known->uuid, uuid) == 0)
      return known;
  return NULL;
}

static int
compare_uuids (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 ((*(EsimNmConnection *const *) a)->uuid, (*(EsimNmConnection *const *) b)->uuid);
}

GPtrArray *
esim_nm_table_find_iccid (EsimNmTable *self, const char *iccid)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_nm_connection_unref);
  g_autofree char *digits = esim_nm_connection_dup_iccid (iccid);
  GHashTableIter iter;
  EsimNmConnection *known;

  g_hash_table_iter_init (&iter, self->connections);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &known))
    if (g_strcmp0 (known->iccid, digits) == 0)
      g_ptr_array_add (found, esim_nm_connection_ref (known));
  g_ptr_array_sort (found, compare_uuids);
  return found;
}
