/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-context.h"

G_BEGIN_DECLS

/*
 * Asks for the modems (aa{sv}, as esim_client_list_modems() gives them): those whose slots have the eUICC
 * that
 * --euicc names, or all.
 *
 * Returns: (transfer full) (nullable): %NULL without @error if this service, or the right to ask it, has
 * none.
 */
GVariant *esimctl_modem_list (EsimctlContext *context, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): the one of @modems that is called @name: by its stable name, its device or its
 * model; without @name (nullable) the only one that has the slot @number. */
GVariant *esimctl_modem_select (GVariant *modems, const char *name, guint number,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Returns: (transfer full): what @modem is called in a message; cleaned. */
char *esimctl_modem_title (GVariant *modem);

/* Returns: (nullable) (transfer full): the slot of @modem (a{sv}) with that number. */
GVariant *esimctl_modem_find_slot (GVariant *modem, guint number);

/* Whether one of the slots of @modems (aa{sv}, nullable) has @euicc. */
gboolean esimctl_modem_have (GVariant *modems, EsimEuicc *euicc);

/* Prints @modem: its name, why it is left out, and its slots; with @whole also the way to it, and what
 * ModemManager says. */
void esimctl_modem_print (EsimctlContext *context, GVariant *modem, gboolean whole);

G_END_DECLS
