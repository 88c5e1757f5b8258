/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-deregistration-record.h"

/* A record of a profile that is gone, whose every member says something: two proofs, the first acknowledged.
 */
EsimDeregistrationRecord *record_fixture_new (void);
