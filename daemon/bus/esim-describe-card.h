/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-rat.h"

G_BEGIN_DECLS

/* Returns: (transfer floating): as, the words of the contract for @rules */
GVariant *esim_describe_policy_rules (EsimPolicyRules rules);

/* Returns: (transfer floating): aa{sv}, Euicc.PolicyRules. @rat: (nullable) */
GVariant *esim_describe_rat (const EsimRat *rat);

G_END_DECLS
