/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-carrier.h"
#include "esim-deregistration-record.h"

G_BEGIN_DECLS

/* What the carrier directory says of the way to a contract's end, for the user of one deregistration.
 * @carrier is (nullable) throughout: one that the directory does not know, or not any more. */

/* For facts that may be shown with the plans they are about: %NULL where the plan is not known. */
const char *esim_portal_get_plan (const EsimDeregistrationRecord *record);

/**
 * esim_portal_find_page:
 * Returns: (transfer none) (nullable): the channel with a page on which the contract can be ended: the first
 * that the steps name, or the only way that there is
 */
const EsimCarrierFact *
esim_portal_find_page (const EsimDeregistrationRecord *record, const EsimCarrier *carrier);

/* Floating: aa{ss}: the names of the plans that @fact is about, where the user's plan is not known; else
 * empty. */
GVariant *esim_portal_describe_plans (const EsimDeregistrationRecord *record, const EsimCarrier *carrier,
                                      const EsimCarrierFact *fact);

/* Returns: (transfer full): the servers that a page of @channel may lead to */
char **esim_portal_dup_hosts (const EsimCarrierFact *channel);

/* Returns: (transfer full): the words that the steps have under @key, "bring" or "returns", each once */
char **
esim_portal_dup_words (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *key);

/* Whether there is a step of this name. */
gboolean
esim_portal_has_task (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, const char *id);

/* Floating; as "tasks" (aa{sv}) of Deregistration.Describe. */
GVariant *
esim_portal_describe_tasks (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, gint64 now);

/* Floating; as "contact" (a{sv}) of Describe; %NULL (nullable) if no number is known. */
GVariant *
esim_portal_describe_contact (const EsimDeregistrationRecord *record, const EsimCarrier *carrier, gint64 now);

G_END_DECLS
