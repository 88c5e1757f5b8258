/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration.h"

G_BEGIN_DECLS

/**
 * esim_deregistration_request_settle:
 * @request: its method is set if it was left to the carrier directory
 * @profile: (nullable): %NULL: the profile was deleted before
 * @iccid: the profile's
 *
 * CARRIER_UNKNOWN if no method was given and no carrier of the directory fits; NOT_SUPPORTED for a method
 * that this build has not, or that needs a server which nothing tells; INVALID_ARGUMENT for a carrier or a
 * plan that the directory has not, or that has no meaning with the method.
 */
gboolean esim_deregistration_request_settle (EsimDeregistrationRequest *request,
                                             EsimCarrierDirectory *carriers, const EsimProfileInfo *profile,
                                             const char *iccid, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
