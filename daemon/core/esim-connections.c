/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-connections.h"

EsimConnection *
esim_connection_new (const char *uuid, const char *name, gboolean ours, gboolean active)
{
  EsimConnection *self = g_new (EsimConnection, 1);

  *self = (EsimConnection){g_strdup (uuid), g_strdup (name), ours, active};
  return self;
}

void
esim_connection_free (EsimConnection *self)
{
  g_free (self->uuid);
  g_free (self->name);
  g_free (self);
}

GPtrArray *
esim_connections_find (const EsimConnections *connections, const char *iccid)
{
  if (connections == NULL)
    return g_ptr_array_new_with_free_func ((GDestroyNotify) esim_connection_free);
  return connections->find (iccid, connections->data);
}

typedef struct {
  const EsimConnections *connections;
  GPtrArray *left; /* of EsimConnection */
  guint removed;
  GError *error; /* the first */
  void (*done) (guint removed, const GError *error, gpointer user_data);
  gpointer user_data;
} Removal;

static void remove_next (Removal *removal);

static void
on_removed (GVariant *result, const GError *error, gpointer data)
{
  Removal *removal = data;

  if (error == NULL)
    removal->removed++;
  else if (removal->error == NULL)
    removal->error = g_error_copy (error);
  g_ptr_array_remove_index (removal->left, removal->left->len - 1);
  remove_next (removal);
}

static void
remove_next (Removal *removal)
{
  while (removal->left->len > 0) {
    EsimConnection *connection = g_ptr_array_index (removal->left, removal->left->len - 1);

    if (connection->ours) {
      removal->connections->remove (connection->uuid, on_removed, removal, removal->connections->data);
      return;
    }
    g_ptr_array_remove_index (removal->left, removal->left->len - 1);
  }
  removal->done (removal->removed, removal->error, removal->user_data);
  g_ptr_array_unref (removal->left);
  g_clear_error (&removal->error);
  g_free (removal);
}

void
esim_connections_remove_ours (const EsimConnections *connections, const char *iccid,
                              void (*done) (guint removed, const GError *error, gpointer user_data),
                              gpointer user_data)
{
  Removal *removal = g_new0 (Removal, 1);

  *removal = (Removal){.connections = connections,
                       .left = esim_connections_find (connections, iccid),
                       .done = done,
                       .user_data = user_data};
  remove_next (removal);
}
