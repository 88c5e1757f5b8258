/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The parameters of a request, in their order; values may be secrets, and are wiped. */
typedef struct _EsimTs43Request EsimTs43Request;

EsimTs43Request *esim_ts43_request_new (void);
void esim_ts43_request_free (EsimTs43Request *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimTs43Request, esim_ts43_request_free)

/* Sets it; in the place where it stood if it was there. @value: (nullable): nothing is done. */
void esim_ts43_request_set (EsimTs43Request *self, const char *name, const char *value);
void esim_ts43_request_remove (EsimTs43Request *self, const char *name);

/* One object, all values being strings; "/" stands as it is: some servers refuse an escaped one. Wiped with
 * its last reference. */
GBytes *esim_ts43_request_make_json (const EsimTs43Request *self) G_GNUC_WARN_UNUSED_RESULT;

/* "name=value&…", to be wiped. */
char *esim_ts43_request_make_query (const EsimTs43Request *self) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
