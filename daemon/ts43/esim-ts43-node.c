/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-node.h"

#include <openssl/crypto.h>
#include <string.h>

EsimTs43Node *
esim_ts43_node_new (const char *name, gboolean is_group)
{
  EsimTs43Node *self = g_new0 (EsimTs43Node, 1);

  self->name = g_strdup (name);
  if (is_group)
    self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) esim_ts43_node_free);
  return self;
}

/* As deep as the readers let a document be: ESIM_TS43_DEPTH_MAX. */
void
esim_ts43_node_free (EsimTs43Node *self)
{
  if (self == NULL)
    return;
  if (self->value != NULL)
    OPENSSL_cleanse (self->value, strlen (self->value));
  g_free (self->value);
  g_clear_pointer (&self->children, g_ptr_array_unref);
  g_free (self->name);
  g_free (self);
}

gboolean
esim_ts43_node_is (const EsimTs43Node *self, const char *name)
{
  return g_ascii_strcasecmp (self->name, name) == 0;
}
