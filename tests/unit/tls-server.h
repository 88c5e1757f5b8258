/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A TLS server on loopback, in threads of its own, that behaves as a test asks it to. */
#pragma once

#include "pki.h"

typedef enum {
  SERVER_ANSWERS, /* with .answer, once for each request */
  SERVER_SILENT,  /* reads the request and says nothing */
  SERVER_NO_TLS,  /* accepts and says nothing at all */
  SERVER_DROPS,   /* reads the request and closes */
  SERVER_LEAVES,  /* closes when the handshake is over */
  SERVER_CUTS,    /* sends half of .answer and closes */
  SERVER_DRIPS,   /* .answer, an octet every 200 ms */
  SERVER_FLOODS,  /* the header of .answer and then a body without an end */
  SERVER_PAUSES,  /* half of .answer, and the rest after tls_server_go_on() */
  SERVER_TUNNELS, /* no TLS: a proxy that takes a CONNECT and leads to .tunnel_to on loopback, or says .answer
                   */
} ServerManner;

typedef struct {
  const Identity *identity;
  const Identity *between; /* nullable: sent along */
  ServerManner manner;
  const char *answer;
  guint tunnel_to; /* port */
  int tls_max;     /* newest version of TLS; 0: any */
} ServerSpec;

typedef struct _TlsServer TlsServer;

TlsServer *tls_server_new (const ServerSpec *spec);
void tls_server_free (TlsServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlsServer, tls_server_free)

guint tls_server_get_port (TlsServer *self);
int tls_server_get_connections (TlsServer *self);
int tls_server_get_handshakes (TlsServer *self);
int tls_server_get_requests (TlsServer *self);

/* Octets of application data that were sent, as far as the other side let it. */
gint64 tls_server_get_sent (TlsServer *self);

/* SERVER_PAUSES: the rest of this answer, and of all that follow. */
void tls_server_go_on (TlsServer *self);

/* Whether a client offered another protocol than HTTP/1.1 (ALPN). */
gboolean tls_server_was_offered_more (TlsServer *self);

/* Octets of application data that came in, whatever became of the request. */
int tls_server_get_octets (TlsServer *self);

/* The last request, header and body. */
char *tls_server_dup_request (TlsServer *self);
