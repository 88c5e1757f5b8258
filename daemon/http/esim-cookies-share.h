/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Inside the room only: those who use cookies need no libcurl. */
#pragma once

#include "esim-cookies.h"

#include <curl/curl.h>

G_BEGIN_DECLS

/* Has @easy send and keep the cookies. %FALSE: libcurl cannot. */
gboolean esim_cookies_lend (EsimCookies *self, CURL *easy) G_GNUC_WARN_UNUSED_RESULT;

/* Once the transfer of @easy is over, however it ended: sees to it that there are not too many. */
void esim_cookies_take_back (EsimCookies *self, CURL *easy);

G_END_DECLS
