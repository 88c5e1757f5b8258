/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esimctl-paper.h"

G_BEGIN_DECLS

/*
 * Returns: (transfer full): @paper as one HTML page to print, in the user's language: no script, nothing from
 * outside, and nothing of the receipt is markup.
 */
char *esimctl_page_new (EsimctlPaper *paper);

G_END_DECLS
