/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-card.h"
#include "esim-mbim-device.h"

G_BEGIN_DECLS

/* The Auth service of MBIM (1.0, 10.5.32 to 10.5.34): the modem asks the USIM that it uses, of which the
 * request says nothing. */

/* As esim_card_authenticate(). */
gboolean esim_mbim_auth_aka (EsimMbimDevice *device, const guint8 challenge[ESIM_AKA_KEY],
                             const guint8 token[ESIM_AKA_KEY], EsimAkaAnswer *answer,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* As esim_card_read_line() for the card in @slot, from 1. */
gboolean esim_mbim_auth_read_line (EsimMbimDevice *device, guint slot, EsimCardLine *line,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
