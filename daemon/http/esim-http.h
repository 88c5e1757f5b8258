/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "esim-rsp-trust.h"

G_BEGIN_DECLS

/**
 * EsimHttpConfig:
 *
 * Group [network] of the configuration. Immutable while a client uses it.
 */
typedef struct {
  guint connect_timeout_s; /* 15 */
  guint total_timeout_s;   /* 60 */
  gsize response_max;      /* 1 MiB: octets of a body, after which the transfer is ended */
  gboolean allow_loopback; /* a lab's servers */
  char **connect_to;       /* nullable: libcurl's CURLOPT_CONNECT_TO form, "HOST:PORT:TO-HOST:TO-PORT" */
  char *proxy;             /* nullable: "http://…" or "socks5h://…"; never taken from the environment */
  char *web_trust; /* nullable: PEM file or folder of such: the roots of carriers' web servers in place of the
                      system's; of no meaning for RSP */
} EsimHttpConfig;

/**
 * EsimHttp:
 *
 * A client of the RSP trust domain: libcurl's multi interface on the thread-default main context of the
 * thread that made it; it keeps its connections for a while. A connection is used again only where the same
 * roots count for the same role. No system root is ever trusted, no redirect followed, no cookie kept, no
 * environment looked at. libcurl and OpenSSL are begun with the first transfer.
 *
 * Through a proxy it is the proxy that looks a name up and connects: the proxy's own address is the
 * administrator's choice and may be any, and which addresses a name may lead to is the proxy's to judge. The
 * grammar of the name and the server's certificate are looked at as without one.
 */
typedef struct _EsimHttp EsimHttp;

/* INVALID_ARGUMENT, with the name of the key of the configuration: what esim_http_new() would refuse. */
gboolean esim_http_check_config (const EsimHttpConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Errors: those of esim_http_check_config(). */
EsimHttp *
esim_http_new (const EsimHttpConfig *config, EsimRspTrust *trust, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Transfers that are under way end with CANCELLED before this returns. Not from within an EsimHttpDone. */
void esim_http_free (EsimHttp *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimHttp, esim_http_free)

typedef struct {
  guint status;      /* HTTP status; 0 if there was no answer */
  GBytes *body;      /* never NULL where there was an answer */
  char *root_key_id; /* the root that verified the server; NULL if none did */
  GError *error;     /* no answer: SERVER_UNREACHABLE, SERVER_NOT_TRUSTED, NO_CONNECTIVITY, TIMED_OUT,
                        LIMIT_EXCEEDED, INVALID_ARGUMENT, CANCELLED, FAILED (libcurl cannot be used) */
} EsimHttpAnswer;

/**
 * EsimHttpRequest:
 *
 * One POST.
 */
typedef struct {
  const char *host;                /* an FQDN; the address is made from it alone: https, port 443 */
  const char *path;                /* begins with "/" */
  const char *const *headers;      /* nullable, NULL-terminated: "Name: value" */
  GBytes *body;                    /* what is sent */
  const char *role;                /* that the server's certificate must have (SGP.22 2.6.6), ESIM_ROLE_… */
  const char *const *card_key_ids; /* nullable: key ids of the card's list: a root counts only if it is
                                      installed and is in here (or in also_trust); NULL: the card's list is
                                      not known: nothing counts but also_trust */
  gsize response_max;   /* octets of the body, after which the transfer is ended; 0: the configuration's */
  gboolean long_answer; /* the body may take long: total_timeout counts until it begins, then ten times that,
                           without the time in which nobody took it; and it must not trickle */
  guint keep_s;         /* how long the connection is kept for others after an answer; 0: ESIM_HTTP_KEEP_S */
} EsimHttpRequest;

/* A session's next request may have to wait for a card, and its notification for the loading. */
#define ESIM_HTTP_KEEP_S 60

/* @answer: (transfer none): valid during the call. In the client's context. */
typedef void (*EsimHttpDone) (const EsimHttpAnswer *answer, gpointer user_data);

/* One that was begun and is not done. */
typedef struct _EsimHttpTask EsimHttpTask;

/**
 * EsimHttpPiece:
 * @root_key_id: the root that verified the server
 *
 * A piece of an answer's body. %FALSE: not now: the same comes again after esim_http_resume(), and the server
 * has to wait. Not from within it: any function of the client.
 */
typedef gboolean (*EsimHttpPiece) (guint status, const char *root_key_id, const guint8 *data, gsize length,
                                   gpointer user_data);

/**
 * esim_http_begin:
 * @piece: (nullable): takes the body as it comes; the answer's body is empty then
 * @done: called once, later, never from within this call
 *
 * Begins a transfer. The host's grammar and the address are looked at (esim-address-guard.h) before anything
 * is sent.
 *
 * Returns: (transfer none): valid until @done is called
 */
EsimHttpTask *esim_http_begin (EsimHttp *self, const EsimHttpRequest *request, EsimHttpPiece piece,
                               EsimHttpDone done, gpointer user_data);

/* After a piece that was not taken. It may come again from within this call. */
void esim_http_resume (EsimHttpTask *task);

/* Ends it: its EsimHttpDone is called with CANCELLED from within. Not from within a callback. */
void esim_http_cancel (EsimHttpTask *task);

/* Whether no transfer is under way and no connection kept: then nothing is lost by freeing the client. */
gboolean esim_http_is_idle (EsimHttp *self);

/* Role OIDs, SGP.14 / SGP.22 Annex: 2.23.146.1.2.1.x */
#define ESIM_ROLE_CI "2.23.146.1.2.1.0"
#define ESIM_ROLE_EUICC "2.23.146.1.2.1.1"
#define ESIM_ROLE_EUM "2.23.146.1.2.1.2"
#define ESIM_ROLE_DP_TLS "2.23.146.1.2.1.3"
#define ESIM_ROLE_DS_TLS "2.23.146.1.2.1.6"

G_END_DECLS
