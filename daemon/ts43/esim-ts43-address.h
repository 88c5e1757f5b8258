/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ESIM_TS43_ADDRESS_MAX ((gsize) 16 * 1024)

/**
 * EsimTs43Login:
 * @address: of the authorize page, whole
 * @stop_at: the redirect_uri that it names
 * @state: what comes back with the code
 * @host: of @address
 *
 * A redirect to a login by OpenID Connect (Core 1.0, 3.1.2.1). Who redeems the code is the entitlement
 * server; this side has neither a registration nor a secret there.
 */
typedef struct {
  char *address;
  char *stop_at;
  char *state;
  char *host;
} EsimTs43Login;

/* Wipes them. */
void esim_ts43_login_clear (EsimTs43Login *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EsimTs43Login, esim_ts43_login_clear)

/* Whether @address is "https://" and a fully qualified name, printable, and of a bearable length. */
gboolean esim_ts43_address_is_page (const char *address);

/**
 * esim_ts43_login_read:
 * @location: where the entitlement server redirects to
 * @hosts: NULL-terminated: the carrier's, one of which the code has to come back to
 *
 * CARRIER_ERROR: it is no login (a plain page says that the line is not eligible), or one whose answer would
 * go to a stranger.
 */
gboolean esim_ts43_login_read (EsimTs43Login *self, const char *location, const char *const *hosts,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/**
 * esim_ts43_login_check_end:
 * @final_address: where the user's view stopped
 *
 * INVALID_ARGUMENT: not where it was to stop, another login's state, no code; CARRIER_AUTHENTICATION_FAILED:
 * the provider says that there was no login ("error").
 */
gboolean esim_ts43_login_check_end (const EsimTs43Login *self, const char *final_address,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
