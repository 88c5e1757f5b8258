/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-rsp-words.h"
#include "esim-tlv.h"

G_BEGIN_DECLS

/**
 * esim_es10_answer_open:
 * @inside: (out): stands before the contents of the answer's outer object; lives as long as @response
 *
 * The envelope of every answer: one object, whole, with the tag of the function. CARD_ERROR for anything
 * else; NOT_SUPPORTED for the templates of an IoT eUICC (SGP.32), which an eIM manages.
 */
gboolean esim_es10_answer_open (GBytes *response, EsimEs10Function function, EsimTlvReader *inside,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For answers that are CHOICE {A0 list, 81 error}: @inside stands before the list's first element. An error
 * becomes that of esim_rsp_check_result(). */
gboolean esim_es10_answer_open_list (GBytes *response, EsimEs10Function function, EsimTlvReader *inside,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For answers that are {80 result}: %TRUE for ok. */
gboolean esim_es10_answer_check (GBytes *response, EsimEs10Function function,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* %FALSE with NOT_SUPPORTED if @tag is that of an SGP.32 template. */
gboolean esim_es10_answer_refuse_iot (guint32 tag, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
