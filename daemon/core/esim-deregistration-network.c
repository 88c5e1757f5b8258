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
  EsimDeregistrationRecord *record;

  self->removing_connections = FALSE;
  if (error != NULL)
    esim_log (ESIM_LOG_DEREGISTRATION_STAGE, ESIM_LOG_WARNING, ESIM_LOG_FIELD_RECORD, self->record->id,
              "deregistration %s: a connection could not be removed: %s", self->record->id, error->message);
  /* When what is being written now is on disk, this is looked at again. */
  if (self->stopped || self->writing || self->forgotten)
    return;
  record = esim_deregistration_record_copy (self->record);
  esim_deregistration_record_set_step (record, ESIM_STEP_REMOVE_CONNECTIONS,
                                       error != NULL ? ESIM_STEP_FAILED : ESIM_STEP_DONE);
  esim_deregistration_commit (self, record, FALSE, esim_deregistration_go_on, NULL, NULL);
}

static gboolean
has_ours (EsimDeregistration *self)
{
  g_autoptr (GPtrArray) found = esim_connections_find (self->setup.connections, self->record->iccid);

  for (guint i = 0; i < found->len; i++)
    if (((EsimConnection *) g_ptr_array_index (found, i))->ours)
      return TRUE;
  return FALSE;
}

/* Begun once, right after the profile was seen to be gone, and then carried to its end: later the same ICCID
 * may be on the card again, with a connection of its own. */
static gboolean
is_to_remove_connections (EsimDeregistration *self)
{
  EsimStepState state = self->record->steps[ESIM_STEP_REMOVE_CONNECTIONS];

  if (state == ESIM_STEP_PENDING && self->record->stage == ESIM_STAGE_NOTIFYING_OPERATOR && has_ours (self))
    esim_deregistration_record_set_step (self->record, ESIM_STEP_REMOVE_CONNECTIONS, ESIM_STEP_RUNNING);
  return self->record->steps[ESIM_STEP_REMOVE_CONNECTIONS] == ESIM_STEP_RUNNING;
}

void
esim_deregistration_remove_connections (EsimDeregistration *self)
{
  if (self->stopped || self->writing || self->forgotten || self->removing_connections ||
      self->setup.connections == NULL ||
      !self->setup.connections->is_settled (self->setup.connections->data) ||
      !is_to_remove_connections (self))
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
