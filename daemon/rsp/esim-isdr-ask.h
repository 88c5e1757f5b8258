/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: how the functions of a session ask. */
#pragma once

#include "esim-isdr-private.h"
#include "esim-rsp-words.h"
#include "esim-tlv-writer.h"

G_BEGIN_DECLS

/* Ends the writing, sends what was written. */
GBytes *esim_isdr_ask (EsimIsdr *self, EsimTlvWriter *writer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For the functions whose request is one object with at most one member; @tag 0: none. */
GBytes *esim_isdr_ask_with (EsimIsdr *self, EsimEs10Function function, guint32 tag, gconstpointer value,
                            gsize length, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For those whose answer is {80 result}. */
gboolean esim_isdr_ask_for_result (EsimIsdr *self, EsimEs10Function function, EsimTlvWriter *writer,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
