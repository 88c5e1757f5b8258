/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tls-server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct _TlsServer {
  ServerSpec spec;
  SSL_CTX *context;
  int listener;
  guint port;
  GThread *thread;
  GMutex lock;
  GPtrArray *threads; /* one a connection; the listening thread's own */
  char *request;      /* under the lock */
  int stopping;
  int connections;
  int handshakes;
  int requests;
  int octets;
  int going_on;
  int offered_more;
  gint64 sent; /* under the lock */
};

typedef struct {
  TlsServer *server;
  int fd;
} Connection;

static gboolean
wait_for_input (TlsServer *self, int fd)
{
  struct pollfd item = {fd, POLLIN, 0};

  while (!g_atomic_int_get (&self->stopping))
    if (poll (&item, 1, 20) > 0)
      return TRUE;
  return FALSE;
}

static gboolean
is_whole (GString *text)
{
  const char *end = strstr (text->str, "\r\n\r\n");
  const char *length = strstr (text->str, "Content-Length: ");

  return end != NULL &&
         (length == NULL || text->len >= (gsize) (end + 4 - text->str) + strtoul (length + 16, NULL, 10));
}

static gboolean
read_request (TlsServer *self, SSL *ssl, int fd)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[4096];

  while (!is_whole (text)) {
    int got;

    if (SSL_pending (ssl) == 0 && !wait_for_input (self, fd))
      return FALSE;
    got = SSL_read (ssl, buffer, sizeof buffer);
    if (got <= 0)
      return FALSE;
    g_atomic_int_add (&self->octets, got);
    g_string_append_len (text, buffer, got);
  }
  g_mutex_lock (&self->lock);
  g_free (self->request);
  self->request = g_strdup (text->str);
  g_mutex_unlock (&self->lock);
  g_atomic_int_inc (&self->requests);
  return TRUE;
}

static void
drip (TlsServer *self, SSL *ssl)
{
  for (const char *c = self->spec.answer; *c != '\0' && !g_atomic_int_get (&self->stopping); c++) {
    if (SSL_write (ssl, c, 1) <= 0)
      return;
    g_usleep (200 * 1000);
  }
}

static void
flood (TlsServer *self, SSL *ssl)
{
  static const char chunk[4096] = {0};

  if (SSL_write (ssl, self->spec.answer, (int) strlen (self->spec.answer)) <= 0)
    return;
  while (!g_atomic_int_get (&self->stopping) && SSL_write (ssl, chunk, sizeof chunk) > 0) {
    g_mutex_lock (&self->lock);
    self->sent += sizeof chunk;
    g_mutex_unlock (&self->lock);
  }
}

static gboolean
pause_amid (TlsServer *self, SSL *ssl, int length)
{
  if (SSL_write (ssl, self->spec.answer, length / 2) <= 0)
    return FALSE;
  while (!g_atomic_int_get (&self->stopping) && !g_atomic_int_get (&self->going_on))
    g_usleep (1000);
  /* The answer is its owner's, who may have let go of it by then. */
  if (g_atomic_int_get (&self->stopping))
    return FALSE;
  return SSL_write (ssl, self->spec.answer + length / 2, length - length / 2) > 0;
}

static int
on_alpn (SSL *ssl, const unsigned char **out, unsigned char *out_length, const unsigned char *in,
         unsigned int in_length, void *data)
{
  TlsServer *self = data;
  static const char http11[] = "\x08http/1.1";

  if (in_length != sizeof http11 - 1 || memcmp (in, http11, in_length) != 0)
    g_atomic_int_set (&self->offered_more, 1);
  *out = in + 1;
  *out_length = in[0];
  return SSL_TLSEXT_ERR_OK;
}

static gboolean
behave (TlsServer *self, SSL *ssl)
{
  int length = self->spec.answer != NULL ? (int) strlen (self->spec.answer) : 0;

  switch (self->spec.manner) {
  case SERVER_ANSWERS:
    return SSL_write (ssl, self->spec.answer, length) > 0;
  case SERVER_DROPS:
    return FALSE;
  case SERVER_CUTS:
    SSL_write (ssl, self->spec.answer, length / 2);
    return FALSE;
  case SERVER_DRIPS:
    drip (self, ssl);
    return FALSE;
  case SERVER_PAUSES:
    return pause_amid (self, ssl, length);
  case SERVER_FLOODS:
    flood (self, ssl);
    return FALSE;
  default:
    while (!g_atomic_int_get (&self->stopping))
      g_usleep (10 * 1000);
    return FALSE;
  }
}

/* Returns: whether there may be more */
static gboolean
relay (int from, int to)
{
  char buffer[4096];
  gssize got = recv (from, buffer, sizeof buffer, 0);

  return got > 0 && send (to, buffer, (gsize) got, MSG_NOSIGNAL) == got;
}

static void
tunnel (TlsServer *self, int fd)
{
  static const char established[] = "HTTP/1.1 200 Established\r\n\r\n";
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
                                .sin_port = htons ((guint16) self->spec.tunnel_to)};
  int other = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct pollfd items[2] = {{fd, POLLIN, 0}, {other, POLLIN, 0}};
  char request[2048] = "";
  gboolean more = recv (fd, request, sizeof request - 1, 0) > 0;

  g_mutex_lock (&self->lock);
  self->request = g_strdup (request);
  g_mutex_unlock (&self->lock);
  if (more && self->spec.answer != NULL) {
    send (fd, self->spec.answer, strlen (self->spec.answer), MSG_NOSIGNAL);
    more = FALSE;
  }
  more = more && connect (other, (struct sockaddr *) &address, sizeof address) == 0 &&
         send (fd, established, sizeof established - 1, MSG_NOSIGNAL) > 0;
  while (more && !g_atomic_int_get (&self->stopping)) {
    if (poll (items, 2, 20) <= 0)
      continue;
    if (items[0].revents != 0)
      more = relay (fd, other);
    if (more && items[1].revents != 0)
      more = relay (other, fd);
  }
  close (other);
}

static gpointer
serve (gpointer data)
{
  g_autofree Connection *connection = data;
  TlsServer *self = connection->server;
  SSL *ssl = SSL_new (self->context);

  SSL_set_fd (ssl, connection->fd);
  if (self->spec.manner == SERVER_TUNNELS) {
    tunnel (self, connection->fd);
  } else if (self->spec.manner == SERVER_NO_TLS) {
    while (!g_atomic_int_get (&self->stopping))
      g_usleep (10 * 1000);
  } else if (SSL_accept (ssl) == 1) {
    g_atomic_int_inc (&self->handshakes);
    while (self->spec.manner != SERVER_LEAVES && read_request (self, ssl, connection->fd) &&
           behave (self, ssl))
      ;
  }
  SSL_free (ssl);
  close (connection->fd);
  return NULL;
}

static gpointer
listen_for_all (gpointer data)
{
  TlsServer *self = data;

  while (wait_for_input (self, self->listener)) {
    Connection *connection = g_new (Connection, 1);

    *connection = (Connection){self, accept (self->listener, NULL, NULL)};
    g_atomic_int_inc (&self->connections);
    g_ptr_array_add (self->threads, g_thread_new ("connection", serve, connection));
  }
  for (guint i = 0; i < self->threads->len; i++)
    g_thread_join (self->threads->pdata[i]);
  return NULL;
}

TlsServer *
tls_server_new (const ServerSpec *spec)
{
  TlsServer *self = g_new0 (TlsServer, 1);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
  socklen_t length = sizeof address;

  self->spec = *spec;
  g_mutex_init (&self->lock);
  self->threads = g_ptr_array_new ();
  self->context = SSL_CTX_new (TLS_server_method ());
  SSL_CTX_set_max_proto_version (self->context, spec->tls_max);
  /* The library's own bound lies above the versions that a client must refuse. */
  if (spec->tls_max != 0)
    SSL_CTX_set_security_level (self->context, 0);
  SSL_CTX_set1_groups_list (self->context, "P-256:brainpoolP256r1");
  SSL_CTX_set_alpn_select_cb (self->context, on_alpn, self);
  g_assert_cmpint (SSL_CTX_use_certificate (self->context, spec->identity->certificate), ==, 1);
  g_assert_cmpint (SSL_CTX_use_PrivateKey (self->context, spec->identity->key), ==, 1);
  if (spec->between != NULL)
    SSL_CTX_add1_chain_cert (self->context, spec->between->certificate);
  self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->listener, 8), ==, 0);
  getsockname (self->listener, (struct sockaddr *) &address, &length);
  self->port = ntohs (address.sin_port);
  self->thread = g_thread_new ("listener", listen_for_all, self);
  return self;
}

void
tls_server_free (TlsServer *self)
{
  g_atomic_int_set (&self->stopping, 1);
  g_thread_join (self->thread);
  close (self->listener);
  SSL_CTX_free (self->context);
  g_ptr_array_unref (self->threads);
  g_mutex_clear (&self->lock);
  g_free (self->request);
  g_free (self);
}

guint
tls_server_get_port (TlsServer *self)
{
  return self->port;
}

int
tls_server_get_connections (TlsServer *self)
{
  return g_atomic_int_get (&self->connections);
}

int
tls_server_get_handshakes (TlsServer *self)
{
  return g_atomic_int_get (&self->handshakes);
}

int
tls_server_get_requests (TlsServer *self)
{
  return g_atomic_int_get (&self->requests);
}

int
tls_server_get_octets (TlsServer *self)
{
  return g_atomic_int_get (&self->octets);
}

char *
tls_server_dup_request (TlsServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return g_strdup (self->request);
}

gint64
tls_server_get_sent (TlsServer *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->sent;
}

void
tls_server_go_on (TlsServer *self)
{
  g_atomic_int_set (&self->going_on, 1);
}

gboolean
tls_server_was_offered_more (TlsServer *self)
{
  return g_atomic_int_get (&self->offered_more) != 0;
}
