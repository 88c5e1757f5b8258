/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: what lies between a call and its hub. */
#pragma once

#include "esim-http-hub.h"

G_BEGIN_DECLS

/* @done: (nullable): of esim_http_hub_post() */
EsimHttpCall *
esim_http_call_new (EsimHttpHub *hub, const EsimHttpRequest *request, EsimHttpDone done, gpointer user_data);
EsimHttpCall *esim_http_call_ref (EsimHttpCall *self);
void esim_http_call_unref (EsimHttpCall *self);

/* The owner's first step. */
void esim_http_call_start (EsimHttpCall *self);

/**
 * esim_http_call_attend:
 * @http: (nullable): %NULL: there is none, @unusable says why
 *
 * In the hub's thread: does what is to be done about it: begins it, lets it go on, ends it.
 */
void esim_http_call_attend (EsimHttpCall *self, EsimHttp *http, const GError *unusable);

EsimHttpHub *esim_http_hub_ref (EsimHttpHub *self);
void esim_http_hub_unref (EsimHttpHub *self);

/* Has @call attended to in the hub's thread. Returns: %FALSE if there is none and will be none. */
gboolean esim_http_hub_tell (EsimHttpHub *self, EsimHttpCall *call) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
