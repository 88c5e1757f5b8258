/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-isdr.h"

G_BEGIN_DECLS

/* Sends one command, a whole object, to the ISD-R. (transfer full): the answer's data, possibly empty. */
GBytes *esim_isdr_send (EsimIsdr *self, GBytes *command, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
