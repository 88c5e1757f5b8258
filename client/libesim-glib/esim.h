/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-client.h"
#include "esim-client-carriers.h"
#include "esim-client-deregister.h"
#include "esim-client-modems.h"
#include "esim-deregistration.h"
#include "esim-error.h"
#include "esim-euicc.h"
#include "esim-object.h"
#include "esim-operation.h"
#include "esim-profile.h"
#include "esim-text.h"
#include "esim-words.h"
#include "esim-words-carrier.h"
#include "esim-words-course.h"
#include "esim-words-modem.h"
