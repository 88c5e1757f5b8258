/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only. */
#pragma once

#include "esim-tlv.h"

G_BEGIN_DECLS

/* What servers send is read with the reader that cards' answers are read with; what is wrong with it is the
 * server's fault, and the words have to say so. */

/* SERVER_ERROR: @what, "the metadata of the profile"; always %FALSE. */
gboolean esim_server_object_refuse (const char *what, GError **error);

/* The one object that @bytes must be, with @tag. @inside: (nullable): before its contents. SERVER_ERROR. */
gboolean esim_server_object_open (GBytes *bytes, guint32 tag, const char *what, EsimTlv *tlv,
                                  EsimTlvReader *inside, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
