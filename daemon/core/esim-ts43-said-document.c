/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-said.h"

/* A document has no more of them than a server would list; see ESIM_TS43_DOCUMENT_MAX. */
static GArray *
list_entries (const EsimTs43Document *document)
{
  GArray *entries = g_array_new (FALSE, FALSE, sizeof (EsimTs43Entry));

  for (guint i = 0; i < esim_ts43_document_get_n_configurations (document); i++) {
    EsimTs43Configuration configuration = {NULL, 0, 0};
    EsimTs43Entry entry;

    esim_ts43_document_get_configuration (document, i, &configuration);
    entry = (EsimTs43Entry){configuration.iccid, configuration.status, configuration.interval};
    g_array_append_val (entries, entry);
  }
  return entries;
}

GPtrArray *
esim_ts43_said_read (EsimTs43Said *self, const char *operation, const EsimTs43Document *document,
                     const char *iccid)
{
  g_autoptr (GArray) entries = list_entries (document);
  GPtrArray *others = g_ptr_array_new ();
  EsimTs43Page page = {NULL, NULL, NULL};
  EsimTs43Message message = {.title = NULL};

  *self = (EsimTs43Said) ESIM_TS43_SAID_INIT (operation);
  self->operation_result = esim_ts43_document_get_operation_result (document);
  self->subscription_result = esim_ts43_document_get_subscription_result (document);
  self->eligibility = esim_ts43_document_get_eligibility (document);
  self->has_page = esim_ts43_document_get_service (document, &page);
  self->has_message = esim_ts43_document_get_message (document, &message);
  self->digest = esim_ts43_document_get_digest (document);
  self->host = esim_ts43_document_get_host (document);
  esim_ts43_said_take_list (self, iccid, (const EsimTs43Entry *) (gpointer) entries->data, entries->len,
                            others);
  return others;
}
