/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-question.h"

G_BEGIN_DECLS

/* What a deregistration asks where the carrier's entitlement server is asked (TS.43). As Ask of
 * esimctl-question.c: shows what belongs to the question, and asks on the terminal. */

/* "open-page" / "login" with outcomes. */
gboolean esimctl_ts43_ask_login (EsimctlRun *run, GVariant *question, EsimctlReply *reply,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "open-page" / "websheet". */
gboolean esimctl_ts43_ask_websheet (EsimctlRun *run, GVariant *question, EsimctlReply *reply,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "carrier-question" / "message": the carrier's own words, its buttons, and perhaps a text. */
gboolean esimctl_ts43_ask_message (EsimctlRun *run, GVariant *question, EsimctlReply *reply,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "carrier-question" / "phone-number" and "one-time-code". */
gboolean esimctl_ts43_ask_identity (EsimctlRun *run, GVariant *question, EsimctlReply *reply,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What is answered with one of its outcomes. To delete a profile, its ICCID's last digits have to be typed.
 */
gboolean esimctl_ts43_ask_outcome (EsimctlRun *run, GVariant *question, EsimctlReply *reply,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
