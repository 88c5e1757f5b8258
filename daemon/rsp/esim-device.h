/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-tlv-writer.h"

G_BEGIN_DECLS

/* Where a release of EsimDevice belongs: the tag's number in DeviceCapabilities (SGP.22 v2.5, 4.2 and the
 * ASN.1 module). */
typedef enum {
  ESIM_DEVICE_GSM,
  ESIM_DEVICE_UTRAN,
  ESIM_DEVICE_CDMA_1X,
  ESIM_DEVICE_CDMA_HRPD,
  ESIM_DEVICE_CDMA_EHRPD,
  ESIM_DEVICE_EUTRAN_EPC,
  ESIM_DEVICE_CONTACTLESS,
  ESIM_DEVICE_RSP_CRL,
  ESIM_DEVICE_NR_EPC,
  ESIM_DEVICE_NR_5GC,
  ESIM_DEVICE_EUTRAN_5GC,
  ESIM_DEVICE_N_CAPABILITIES
} EsimDeviceCapability;

/**
 * EsimDevice:
 * @tac: the Type Allocation Code, 8 digits; see esim_device_set_imei()
 * @imei: (nullable): 15 digits
 * @releases: for each capability the highest release that is supported whole (Rel-15: 15); 0 = not supported
 *
 * What a server is told of this device: deviceInfo of ctxParams1.
 */
typedef struct {
  guint8 tac[4];
  char *imei;
  guint8 releases[ESIM_DEVICE_N_CAPABILITIES];
} EsimDevice;

EsimDevice *esim_device_new (void);
void esim_device_free (EsimDevice *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimDevice, esim_device_free)

/**
 * esim_device_set_imei:
 * @imei: 15 digits, 16 (an IMEISV, whose last two are the software's) or 14 (without check digit, which is
 * then reckoned)
 *
 * Sets @imei and @tac, its first 8 digits. INVALID_ARGUMENT.
 */
gboolean esim_device_set_imei (EsimDevice *self, const char *imei, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* @tac: 8 digits: where no IMEI is to be told. INVALID_ARGUMENT. */
gboolean esim_device_set_tac (EsimDevice *self, const char *tac, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Writes it as object @tag: DeviceInfo {80 tac, A1 deviceCapabilities, 82 imei OPTIONAL}. */
void esim_device_write (const EsimDevice *self, EsimTlvWriter *writer, guint32 tag);

G_END_DECLS
