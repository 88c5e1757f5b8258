/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @certificate (DER) is that of the server with @oid: its subjectAltName has a registeredID (SGP.22
 * 4.5.2.1). SERVER_NOT_TRUSTED; SERVER_ERROR for what is no certificate. */
gboolean
esim_server_oid_check (GBytes *certificate, const char *oid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
