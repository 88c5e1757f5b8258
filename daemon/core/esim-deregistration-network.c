/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a deregistration has to do with this machine's network: the consent to cut it, and the connections. */
#include "esim-deregistration-private.h"
#include "esim-log.h"

#include <string.h>

static const EsimProfileInfo *
find_profile (EsimDeregistration *self)
{
  EsimCardSnapshot *card = self->euicc != NULL ? esim_euicc_get_snapshot (self->euicc) : NULL;

  return card != NULL ? esim_card_snapshot_find (card, self->record->iccid) : NULL;
}

static gboolean
is_at_stake (EsimDeregistration *self)
{
  const EsimProfileInfo *profile = find_profile (self);

  return self->record->disconnect_allowed == 0 && self->record->removal < ESIM_REMOVAL_DELETING &&
         profile != NULL && profile->enabled &&
         esim_network_is_at_stake (self->setup.look_at_network, self->euicc);
}

gboolean
esim_deregistration_may_cut (EsimDeregistration *self)
{
  gboolean at_stake = is_at_stake (self);
  EsimDeregistrationRecord *record;

  if (at_stake == (self->record->disconnect_asked != 0)) {
    /* A cable may come without anybody telling. */
    if (at_stake)
      esim_deregistration_try_later (self);
    return !at_stake;
  }
  record = esim_deregistration_record_copy (self->record);
  record->disconnect_asked = at_stake ? esim_deregistration_now () : 0;
  esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, NULL, NULL);
  return FALSE;
}

static GVariant *
list_names (GPtrArray *connections, gboolean ours)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; i < connections->len; i++) {
    const EsimConnection *connection = g_ptr_array_index (connections, i);

    if (connection->ours == ours)
      g_variant_builder_add (&builder, "s", connection->name);
  }
  return g_variant_builder_end (&builder);
}

void
esim_deregistration_find_connections (EsimDeregistration *self, GPtrArray *findings)
{
  g_autoptr (GPtrArray) found = esim_connections_find (self->setup.connections, self->record->iccid);
  g_autoptr (GVariant) ours = g_variant_ref_sink (list_names (found, TRUE));
  g_autoptr (GVariant) others = g_variant_ref_sink (list_names (found, FALSE));

  if (found->len == 0)
    return;
  esim_findings_add (findings, ESIM_SEVERITY_OK, "connections",
                     g_strdup_printf ("%" G_GSIZE_FORMAT
                                      " connections of this machine's are for this profile and were made "
                                      "by this service: they go with it; %" G_GSIZE_FORMAT
                                      " others are left as they are: delete them if nobody needs them",
                                      g_variant_n_children (ours), g_variant_n_children (others)),
                     g_variant_new_parsed ("{'ours': <%@as>, 'others': <%@as>}", ours, others));
}

static void
on_connections_removed (guint removed, const GError *error, gpointer data)
{
  g_autoptr (EsimDeregistration) self = data;

  self->removing_connections = FALSE;
  self->connections = error != NULL ? ESIM_STEP_FAILED : ESIM_STEP_DONE;
  if (error != NULL)
    esim_log (ESIM_LOG_DEREGISTRATION_STAGE, ESIM_LOG_WARNING, ESIM_LOG_FIELD_RECORD, self->record->id,
              "deregistration %s: a connection could not be removed: %s", self->record->id, error->message);
  esim_deregistration_remove_connections (self);
}

static gboolean
may_look (EsimDeregistration *self)
{
  EsimStage stage = self->record->stage;

  return self->record->removed != 0 && !self->stopped && !self->forgotten && !self->removing_connections &&
         (stage == ESIM_STAGE_NOTIFYING_OPERATOR || stage == ESIM_STAGE_VERIFYING_END ||
          stage == ESIM_STAGE_COMPLETED);
}

/* Only while the profile is gone for certain, by the card's own list: the same ICCID may have been installed
 * again. Once: what is made later is for another one. */
static gboolean
has_connections_to_remove (EsimDeregistration *self)
{
  const EsimConnections *connections = self->setup.connections;
  g_autoptr (GPtrArray) found = NULL;

  if (self->record->steps[ESIM_STEP_REMOVE_CONNECTIONS] != ESIM_STEP_PENDING || connections == NULL ||
      !connections->is_settled (connections->data) || self->euicc == NULL ||
      esim_euicc_get_snapshot (self->euicc) == NULL || find_profile (self) != NULL)
    return FALSE;
  found = esim_connections_find (self->setup.connections, self->record->iccid);
  for (guint i = 0; i < found->len; i++)
    if (((EsimConnection *) g_ptr_array_index (found, i))->ours)
      return TRUE;
  return FALSE;
}

void
esim_deregistration_remove_connections (EsimDeregistration *self)
{
  EsimDeregistrationRecord *record;

  if (!may_look (self))
    return;
  if (self->connections != ESIM_STEP_PENDING) {
    /* Looked at again when what is being written is on disk. */
    if (self->writing)
      return;
    record = esim_deregistration_record_copy (self->record);
    esim_deregistration_record_set_step (record, ESIM_STEP_REMOVE_CONNECTIONS, self->connections);
    self->connections = ESIM_STEP_PENDING;
    esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, NULL, NULL);
    return;
  }
  if (!has_connections_to_remove (self))
    return;
  self->removing_connections = TRUE;
  esim_connections_remove_ours (self->setup.connections, self->record->iccid, on_connections_removed,
                                g_object_ref (self));
}

void
esim_deregistration_connections_changed (EsimDeregistration *self)
{
  esim_deregistration_remove_connections (self);
}
