/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-roots.h"
#include "esim-rsp-trust.h"

static void
root_free (gpointer data)
{
  EsimRoot *root = data;

  g_free (root->name);
  g_free (root->key_id);
  g_free (root->fingerprint);
  g_free (root->file);
  g_free (root->curve);
  g_ptr_array_unref (root->euiccs);
  g_free (root);
}

static EsimRoot *
add (GPtrArray *roots, const char *key_id)
{
  EsimRoot *root = g_new0 (EsimRoot, 1);

  root->key_id = g_ascii_strup (key_id, -1);
  root->euiccs = g_ptr_array_new_with_free_func (g_object_unref);
  g_ptr_array_add (roots, root);
  return root;
}

static void
add_entry (GPtrArray *roots, const EsimRspTrustEntry *entry)
{
  EsimRoot *root = add (roots, entry->key_id);

  root->name = g_strdup (entry->name);
  root->fingerprint = g_strdup (entry->fingerprint);
  root->file = g_strdup (entry->file);
  root->curve = g_strdup (entry->curve);
  root->test = entry->test;
  root->also_trusted = entry->also_trusted;
  root->installed = entry->installed;
}

/* Several certificates may be over one key: a card lists the key. */
static gboolean
note_card (GPtrArray *roots, const char *key_id, EsimEuicc *euicc)
{
  gboolean found = FALSE;

  for (guint i = 0; i < roots->len; i++) {
    EsimRoot *root = g_ptr_array_index (roots, i);

    if (g_ascii_strcasecmp (root->key_id, key_id) != 0)
      continue;
    g_ptr_array_add (root->euiccs, g_object_ref (euicc));
    found = TRUE;
  }
  return found;
}

static void
add_card (GPtrArray *roots, EsimRspTrust *trust, EsimEuicc *euicc)
{
  EsimCardSnapshot *card = esim_euicc_get_snapshot (euicc);
  char **key_ids = card != NULL && card->info != NULL ? card->info->ci_key_ids : NULL;

  for (guint i = 0; key_ids != NULL && key_ids[i] != NULL; i++) {
    EsimRoot *root;

    if (note_card (roots, key_ids[i], euicc))
      continue;
    root = add (roots, key_ids[i]);
    root->name = g_strdup ("");
    root->fingerprint = g_strdup ("");
    root->file = g_strdup ("");
    root->curve = g_strdup ("");
    root->also_trusted = esim_rsp_trust_is_also_trusted (trust, key_ids[i]);
    g_ptr_array_add (root->euiccs, g_object_ref (euicc));
  }
}

GPtrArray *
esim_roots_list (EsimManager *manager)
{
  EsimRspTrust *trust = esim_manager_get_trust (manager);
  GPtrArray *euiccs = esim_manager_get_euiccs (manager);
  g_autoptr (GPtrArray) entries = esim_rsp_trust_list (trust);
  GPtrArray *roots = g_ptr_array_new_with_free_func (root_free);

  for (guint i = 0; i < entries->len; i++)
    add_entry (roots, g_ptr_array_index (entries, i));
  for (guint i = 0; i < euiccs->len; i++)
    add_card (roots, trust, g_ptr_array_index (euiccs, i));
  return roots;
}
