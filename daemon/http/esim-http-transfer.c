/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-http-transfer.h"
#include "esim-address-guard.h"
#include "esim-error.h"
#include "esim-http-error.h"

#include <string.h>
#include <sys/socket.h>

#define HEADERS_MAX (64 * 1024) /* octets of all header lines of an answer */
#define PATH_MAX_OCTETS 1024
#define LOW_SPEED_OCTETS 1L        /* a second; less for half of the total time ends it */
#define LONG_LOW_SPEED_OCTETS 100L /* of a long answer, over the whole of that time */

/* A kept connection was verified for another transfer: what counts is what its own handshake found. To be
 * asked while the transfer has its connection. */
static void
note_root (EsimHttpTransfer *self)
{
  struct curl_tlssessioninfo *session = NULL;

  g_clear_pointer (&self->root_key_id, g_free);
  if (curl_easy_getinfo (self->easy, CURLINFO_TLS_SSL_PTR, &session) == CURLE_OK && session != NULL &&
      session->backend == CURLSSLBACKEND_OPENSSL && session->internals != NULL)
    self->root_key_id = g_strdup (esim_rsp_check_get_root_of (self->check, session->internals));
}

static void
    G_GNUC_PRINTF (3, 4) refuse_answer (EsimHttpTransfer *self, EsimError code, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_clear_error (&self->refused);
  self->refused = g_error_new (ESIM_ERROR, (int) code, "server %s: %s", self->check->host, why);
}

static size_t
on_body (char *data, size_t size, size_t count, void *user_data)
{
  EsimHttpTransfer *self = user_data;
  gsize length = size * count;

  if (self->root_key_id == NULL) {
    refuse_answer (self, ESIM_ERROR_SERVER_NOT_TRUSTED,
                   "it answered and was never verified; its answer is not used");
    return 0;
  }
  if (length > self->response_max - self->n_received) {
    refuse_answer (self, ESIM_ERROR_LIMIT_EXCEEDED, "its answer is longer than %" G_GSIZE_FORMAT " octets",
                   self->response_max);
    return 0;
  }
  if (self->sink == NULL)
    g_byte_array_append (self->response, (const guint8 *) data, length);
  else if (length > 0 && !self->sink (self, (const guint8 *) data, length))
    return CURL_WRITEFUNC_PAUSE;
  self->n_received += length;
  return length;
}

static size_t
on_header (char *data, size_t size, size_t count, void *user_data)
{
  EsimHttpTransfer *self = user_data;
  gsize length = size * count;

  if (length >= 5 && memcmp (data, "HTTP/", 5) == 0) {
    self->header_is_whole = FALSE;
    note_root (self);
  } else if (length > 0 && (data[0] == '\r' || data[0] == '\n')) {
    self->header_is_whole = TRUE;
  }
  self->header_octets += length;
  if (self->header_octets <= HEADERS_MAX)
    return length;
  refuse_answer (self, ESIM_ERROR_LIMIT_EXCEEDED, "its header is longer than %d octets", HEADERS_MAX);
  return 0;
}

static curl_socket_t
on_open_socket (void *user_data, curlsocktype purpose, struct curl_sockaddr *address)
{
  EsimHttpTransfer *self = user_data;
  int fd;

  /* With a proxy, this is the proxy's address: the administrator's choice. */
  if (!self->proxied) {
    g_clear_error (&self->refused);
    if (!esim_address_guard_check_address (&address->addr, self->allow_loopback, &self->refused))
      return CURL_SOCKET_BAD;
  }
  fd = socket (address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0)
    return CURL_SOCKET_BAD;
  self->n_sockets++;
  return fd;
}

static CURLcode
on_ssl_context (CURL *easy, void *context, void *user_data)
{
  EsimHttpTransfer *self = user_data;

  return esim_rsp_check_install (self->check, context) ? CURLE_OK : CURLE_SSL_CONNECT_ERROR;
}

static gboolean
is_printable (const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    if (*c < 0x20 || *c == 0x7f)
      return FALSE;
  return TRUE;
}

static gboolean
check_request (const char *host, const char *path, const char *const *headers, GError **error)
{
  gboolean valid = path != NULL && path[0] == '/' && strnlen (path, PATH_MAX_OCTETS + 1) <= PATH_MAX_OCTETS;

  for (const char *c = path; valid && *c != '\0'; c++)
    valid = *c > 0x20 && *c < 0x7f && *c != '#';
  for (gsize i = 0; valid && headers != NULL && headers[i] != NULL; i++)
    valid = is_printable (headers[i]) && strchr (headers[i], ':') != NULL;
  if (!valid) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                         "the path must begin with \"/\", and neither it nor a header may hold line ends");
    return FALSE;
  }
  return esim_address_guard_check_host (host, error);
}

/* Each returns whether libcurl took every option: one that it does not know must not go by unseen. */
#define SET(option, value) (curl_easy_setopt (easy, (option), (value)) == CURLE_OK)

static gboolean
set_trust (EsimHttpTransfer *self)
{
  CURL *easy = self->easy;

  return SET (CURLOPT_SSL_VERIFYPEER, 1L) && SET (CURLOPT_SSL_VERIFYHOST, 2L) &&
         SET (CURLOPT_CAINFO, (char *) NULL) && SET (CURLOPT_CAPATH, (char *) NULL) &&
         SET (CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2) && SET (CURLOPT_SSL_SESSIONID_CACHE, 0L) &&
         SET (CURLOPT_SSL_CTX_FUNCTION, on_ssl_context) && SET (CURLOPT_SSL_CTX_DATA, self);
}

/* Of a long answer the owner watches the time: libcurl's clock does not stop for a pause. */
static gboolean
set_times (EsimHttpTransfer *self, const EsimHttpConfig *config, gboolean long_answer)
{
  CURL *easy = self->easy;
  long total = (long) config->total_timeout_s;

  return SET (CURLOPT_CONNECTTIMEOUT, (long) config->connect_timeout_s) &&
         SET (CURLOPT_TIMEOUT, long_answer ? 0L : total) &&
         SET (CURLOPT_LOW_SPEED_LIMIT, long_answer ? LONG_LOW_SPEED_OCTETS : LOW_SPEED_OCTETS) &&
         SET (CURLOPT_LOW_SPEED_TIME, long_answer ? total : MAX (total / 2, 1));
}

static gboolean
set_bounds (EsimHttpTransfer *self)
{
  CURL *easy = self->easy;

  return SET (CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) self->response_max) &&
         SET (CURLOPT_WRITEFUNCTION, on_body) && SET (CURLOPT_WRITEDATA, self) &&
         SET (CURLOPT_HEADERFUNCTION, on_header) && SET (CURLOPT_HEADERDATA, self) &&
         /* An end does not wait for a lookup that hangs. */
         SET (CURLOPT_QUICK_EXIT, 1L) && SET (CURLOPT_NOSIGNAL, 1L);
}

static gboolean
set_way (EsimHttpTransfer *self, const EsimHttpConfig *config, struct curl_slist *connect_to)
{
  CURL *easy = self->easy;

  /* "" is "none, and do not look at the environment". */
  return SET (CURLOPT_PROXY, config->proxy != NULL ? config->proxy : "") && SET (CURLOPT_NOPROXY, "") &&
         SET (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) && SET (CURLOPT_PROTOCOLS_STR, "https") &&
         SET (CURLOPT_FOLLOWLOCATION, 0L) && SET (CURLOPT_NETRC, (long) CURL_NETRC_IGNORED) &&
         SET (CURLOPT_CONNECT_TO, connect_to) && SET (CURLOPT_OPENSOCKETFUNCTION, on_open_socket) &&
         SET (CURLOPT_OPENSOCKETDATA, self) && SET (CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1) &&
         SET (CURLOPT_HTTP09_ALLOWED, 0L) && SET (CURLOPT_TCP_NODELAY, 1L);
}

static gboolean
set_request (EsimHttpTransfer *self, const char *path)
{
  g_autofree char *url = g_strdup_printf ("https://%s%s", self->check->host, path);
  CURL *easy = self->easy;
  gsize length;
  const char *data = g_bytes_get_data (self->request, &length);

  return SET (CURLOPT_URL, url) && SET (CURLOPT_PATH_AS_IS, 1L) && SET (CURLOPT_HTTPHEADER, self->headers) &&
         SET (CURLOPT_POST, 1L) && SET (CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) length) &&
         SET (CURLOPT_POSTFIELDS, data != NULL ? data : "") && SET (CURLOPT_ERRORBUFFER, self->words) &&
         SET (CURLOPT_PRIVATE, self);
}

static struct curl_slist *
make_headers (const char *const *headers)
{
  /* libcurl would otherwise ask for leave before it sends a long body, and wait. */
  struct curl_slist *list = curl_slist_append (NULL, "Expect:");

  for (gsize i = 0; headers != NULL && headers[i] != NULL; i++)
    list = curl_slist_append (list, headers[i]);
  return list;
}

EsimHttpTransfer *
esim_http_transfer_new (const EsimHttpConfig *config, EsimRspPolicy *policy, const EsimHttpRequest *request,
                        struct curl_slist *connect_to, GError **error)
{
  g_autoptr (EsimHttpTransfer) self = NULL;

  if (!check_request (request->host, request->path, request->headers, error))
    return NULL;
  self = g_new0 (EsimHttpTransfer, 1);
  self->check = esim_rsp_check_new (policy, request->host);
  self->request = g_bytes_ref (request->body);
  self->headers = make_headers (request->headers);
  self->response = g_byte_array_new ();
  self->response_max = request->response_max > 0 ? request->response_max : config->response_max;
  self->allow_loopback = config->allow_loopback;
  self->proxied = config->proxy != NULL;
  self->easy = curl_easy_init ();
  if (self->easy == NULL || !set_trust (self) || !set_times (self, config, request->long_answer) ||
      !set_bounds (self) || !set_way (self, config, connect_to) || !set_request (self, request->path)) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_FAILED,
        "libcurl of this machine lacks an option that is needed: 7.88 or newer, with OpenSSL");
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
esim_http_transfer_free (EsimHttpTransfer *self)
{
  if (self->easy != NULL)
    curl_easy_cleanup (self->easy);
  curl_slist_free_all (self->headers);
  esim_rsp_check_unref (self->check);
  g_bytes_unref (self->request);
  g_byte_array_unref (self->response);
  g_clear_error (&self->refused);
  g_free (self->root_key_id);
  g_free (self);
}

GError *
esim_http_transfer_dup_error (EsimHttpTransfer *self, CURLcode result)
{
  if (result == CURLE_OK && self->header_is_whole && self->root_key_id != NULL)
    return NULL;
  if (result == CURLE_OK && self->header_is_whole)
    return g_error_new (ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
                        "server %s: it answered and was never verified; its answer is not used",
                        self->check->host);
  /* A connection that was cut after the first line is fine for libcurl. */
  if (result == CURLE_OK)
    return esim_http_error_new (CURLE_PARTIAL_FILE, self->check->host, "the answer was cut off");
  if (self->check->error != NULL)
    return g_error_copy (self->check->error);
  if (result == CURLE_WRITE_ERROR && self->refused != NULL)
    return g_error_copy (self->refused);
  if (result == CURLE_COULDNT_CONNECT && self->n_sockets == 0 && self->refused != NULL)
    return g_error_copy (self->refused);
  return esim_http_error_new (result, self->check->host, self->words);
}
