/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_TS43_DOCUMENT_MAX ((gsize) 512 * 1024)
#define ESIM_TS43_APP_PRIMARY "ap2009"

/**
 * EsimTs43Document:
 *
 * What an entitlement server answers, XML or JSON, as one tree. Immutable; its octets are wiped where they
 * may hold a token. A member that is there twice and says two things says nothing: its getter gives "not
 * there". Strings are (transfer none) and live as long as the document.
 */
typedef struct _EsimTs43Document EsimTs43Document;

/**
 * EsimTs43Configuration:
 * @iccid: (nullable): without filling; %NULL: the entry names no line, and proves nothing of any
 * @status: ServiceStatus, 1 to 4; 0 = none of the standard's
 * @interval: until the next poll, in seconds; 0 = not told
 */
typedef struct {
  const char *iccid;
  guint status;
  gint64 interval;
} EsimTs43Configuration;

/**
 * EsimTs43Message:
 * @accepts, @rejects: there is such a button
 * @pattern: (nullable): a regular expression, for whoever shows it: never run here
 *
 * MSG: a question of the carrier's. Texts are (nullable).
 */
typedef struct {
  const char *title;
  const char *text;
  gboolean accepts;
  gboolean rejects;
  const char *accept_label;
  const char *reject_label;
  gboolean free_text;
  const char *hint;
  const char *pattern;
  const char *failed_text;
} EsimTs43Message;

/**
 * EsimTs43Page:
 * @url: https, of a fully qualified name
 * @user_data: (nullable): decoded
 * @contents_type: "" = GET with @user_data as the query; "json", "xml" = @user_data is POSTed
 */
typedef struct {
  const char *url;
  const char *user_data;
  const char *contents_type;
} EsimTs43Page;

/**
 * esim_ts43_document_parse:
 * @content_type: (nullable): not believed: the first character decides
 *
 * Errors: CARRIER_ERROR for what is no document; LIMIT_EXCEEDED.
 */
EsimTs43Document *
esim_ts43_document_parse (GBytes *body, const char *content_type, GError **error) G_GNUC_WARN_UNUSED_RESULT;
EsimTs43Document *esim_ts43_document_ref (EsimTs43Document *self);
void esim_ts43_document_unref (EsimTs43Document *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimTs43Document, esim_ts43_document_unref)

/* SHA-256 of the octets, hexadecimal. */
const char *esim_ts43_document_get_digest (const EsimTs43Document *self);

/* Who answered; "" where that was not set. */
const char *esim_ts43_document_get_host (const EsimTs43Document *self);
void esim_ts43_document_set_host (EsimTs43Document *self, const char *host);

/* Each: -1 = not there. */
int esim_ts43_document_get_operation_result (const EsimTs43Document *self);
int esim_ts43_document_get_subscription_result (const EsimTs43Document *self);
int esim_ts43_document_get_eligibility (const EsimTs43Document *self);

/* PollingInterval of the application itself, in seconds; 0 = not told. */
gint64 esim_ts43_document_get_interval (const EsimTs43Document *self);

/* SubscriptionService…; NotEnabled… of CheckEligibility; GeneralError…. %FALSE: there is no such page. */
gboolean esim_ts43_document_get_service (const EsimTs43Document *self, EsimTs43Page *page);
gboolean esim_ts43_document_get_not_enabled (const EsimTs43Document *self, EsimTs43Page *page);
gboolean esim_ts43_document_get_error_page (const EsimTs43Document *self, EsimTs43Page *page);
const char *esim_ts43_document_get_error_text (const EsimTs43Document *self); /* (nullable) */

/* %FALSE: nothing is asked. */
gboolean esim_ts43_document_get_message (const EsimTs43Document *self, EsimTs43Message *message);

/* (nullable): the token; @validity: in seconds, 0 = not told. */
const char *esim_ts43_document_get_token (const EsimTs43Document *self, gint64 *validity);

/* Each PrimaryConfiguration, in the order of the document. */
guint esim_ts43_document_get_n_configurations (const EsimTs43Document *self);
void esim_ts43_document_get_configuration (const EsimTs43Document *self, guint i,
                                           EsimTs43Configuration *configuration);

/* Whether both are of one profile: 19 digits are the same as the 20 that begin with them; F is no digit. */
gboolean esim_ts43_iccid_equal (const char *one, const char *other);

G_END_DECLS
