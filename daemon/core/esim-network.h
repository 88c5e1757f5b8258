/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-euicc.h"
#include "esim-operation.h"

G_BEGIN_DECLS

/**
 * EsimNetwork:
 * @ESIM_NETWORK_UNKNOWN: it could not be found out
 * @ESIM_NETWORK_OTHER: there is another way than a modem
 * @ESIM_NETWORK_MODEM: a modem is the only way
 * @ESIM_NETWORK_NONE: there is no way at all
 *
 * This machine's way to the network.
 */
typedef enum {
  ESIM_NETWORK_UNKNOWN,
  ESIM_NETWORK_OTHER,
  ESIM_NETWORK_MODEM,
  ESIM_NETWORK_NONE,
} EsimNetwork;

typedef EsimNetwork (*EsimLookAtNetwork) (void);

/* Whether disabling what is enabled on this card would cut the machine's only way to the network. @look:
 * (nullable): that is not known, and nobody is asked. @euicc: (nullable): what the modem uses is not known;
 * that, and a card that could not be read, may be in use. */
gboolean esim_network_is_at_stake (EsimLookAtNetwork look, EsimEuicc *euicc);

/**
 * esim_network_ask_before_cutting:
 * @euicc: (nullable): as above
 * @go_on: called with consent, given or not needed, maybe before this returns; the operation is finished with
 * CONSENT_DENIED otherwise
 * @data: freed by @free_data after @go_on, or without it
 */
void esim_network_ask_before_cutting (EsimLookAtNetwork look, EsimEuicc *euicc, EsimOperation *operation,
                                      gboolean allowed, void (*go_on) (gpointer data), gpointer data,
                                      GDestroyNotify free_data);

G_END_DECLS
