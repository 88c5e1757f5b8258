/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client of the carrier domain, a root that it trusts, and servers that answer it. */
#pragma once

#include "esim-web.h"
#include "folder.h"
#include "tls-server.h"

#define HOST "aes.example.com"
#define OTHER "login.example.com"
#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

typedef struct {
  Folder folder;
  char *trust; /* the configuration's web-trust */
  Identity *root;
  Identity *good; /* for every name of the domain */
  EsimHttpConfig config;
  EsimWeb *web;
} WebFixture;

void web_fixture_set_up (WebFixture *fixture, gconstpointer data);
void web_fixture_tear_down (WebFixture *fixture, gconstpointer data);

/* Makes a client for which both names are @server. */
void web_fixture_connect (WebFixture *fixture, TlsServer *server);

typedef struct {
  EsimWebAnswer *answer;
  GError *error;
} WebResult;

void web_result_clear (WebResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (WebResult, web_result_clear)

/* What @more leaves open: GET of a path at HOST, with leave for both names, and for HOST at port 8443. */
void
web_fixture_fetch (WebFixture *fixture, EsimCookies *cookies, const EsimWebRequest *more, WebResult *result);

/* It is the usual answer. */
void web_result_assert_ok (const WebResult *result);
