/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-isdr.h"

G_BEGIN_DECLS

/* The functions of ES10a and ES10c by which an eUICC, and not one profile, is managed. Linear, in the card's
 * worker; errors as in esim-isdr.h. */

/**
 * EsimAddresses:
 * @default_smdp: "" = none
 * @smds: at least one where the card keeps to the standard: the root first, then what v3 adds
 *
 * What ES10a.GetEuiccConfiguredAddresses tells. Names that are no FQDN are left out.
 */
typedef struct {
  char *default_smdp;
  char **smds;
} EsimAddresses;

void esim_addresses_free (EsimAddresses *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimAddresses, esim_addresses_free)

EsimAddresses *esim_isdr_get_addresses (EsimIsdr *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ES10a.SetDefaultDpAddress. "" takes it away. INVALID_ARGUMENT for what is no FQDN. */
gboolean
esim_isdr_set_default_address (EsimIsdr *self, const char *address, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ES10c.eUICCMemoryReset: the bits' numbers. */
typedef enum {
  ESIM_RESET_OPERATIONAL = 1 << 0,
  ESIM_RESET_TEST = 1 << 1, /* those that were loaded, not the maker's */
  ESIM_RESET_DEFAULT_ADDRESS = 1 << 2,
} EsimMemoryReset;

/* ES10c.eUICCMemoryReset. Nothing to delete is success: @changed (out) (optional) tells. The card deletes
 * without looking at policy rules; it refreshes if a profile was enabled. BUSY (catBusy). */
gboolean esim_isdr_reset_memory (EsimIsdr *self, EsimMemoryReset what, gboolean *changed,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @type: (out): "image/jpeg", "image/png". Returns: (nullable): the icon as it is, never decoded; NULL with
 * @error NOT_FOUND if the profile has none. */
GBytes *esim_isdr_get_icon (EsimIsdr *self, const EsimProfileInfo *profile, char **type,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
