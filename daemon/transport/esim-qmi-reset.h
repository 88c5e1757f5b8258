/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-qmi-watch.h"

G_BEGIN_DECLS

/* As esim_card_reset(). A card whose power was taken gets it back, whatever happens in between. */
gboolean esim_qmi_reset (EsimQmiDevice *device, EsimQmiWatch *watch, EsimCardReset level,
                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
