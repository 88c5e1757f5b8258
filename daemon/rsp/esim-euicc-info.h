/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * EsimEuiccInfo:
 *
 * GetEUICCInfo1 (BF20) or GetEUICCInfo2 (BF22). Immutable once parsed, reference counted.
 */
typedef struct {
  gatomicrefcount refs;
  char *spec_version;     /* SVN, "2.5.0" */
  char *firmware_version; /* "" from BF20 */
  guint64 free_memory;    /* octets; 0 from BF20 or if not given */
  char **ci_key_ids;      /* upper-case hexadecimal: the roots by which the card verifies
                             (euiccCiPKIdListForVerification) */
  gboolean is_iot;        /* it keeps to SGP.32, made to be managed by an eIM: iotSpecificInfo names a version
                             of that (5.9.2), as it must there. %FALSE from BF20, which does not tell */
} EsimEuiccInfo;

EsimEuiccInfo *esim_euicc_info_ref (EsimEuiccInfo *self);
void esim_euicc_info_unref (EsimEuiccInfo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimEuiccInfo, esim_euicc_info_unref)

EsimEuiccInfo *esim_euicc_info_parse (GBytes *response, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
