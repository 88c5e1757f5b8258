/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-web-transfer.h"
#include "esim-address-guard.h"
#include "esim-cookies-share.h"
#include "esim-error.h"
#include "esim-http-error.h"
#include "esim-web-url.h"

#include <openssl/crypto.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define HEADERS_MAX (64 * 1024) /* octets of all header lines of an answer */
#define HEADER_LINES_MAX 200
#define LOW_SPEED_OCTETS 1L /* a second; less for half of the total time ends it */
#define RETRY_AFTER_MAX ((gint64) 366 * 24 * 3600)

static void G_GNUC_PRINTF (3, 4) refuse (EsimWebTransfer *self, EsimError code, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list args;

  va_start (args, format);
  why = g_strdup_vprintf (format, args);
  va_end (args);
  g_clear_error (&self->refused);
  self->refused = g_error_new (ESIM_ERROR, (int) code, "server %s: %s", self->host, why);
}

static void
wipe_and_free (gpointer block, gsize length)
{
  if (block != NULL)
    OPENSSL_cleanse (block, length);
  g_free (block);
}

/* An array of GLib's would leave what a moved block held. */
static void
reserve (EsimWebTransfer *self, gsize length)
{
  gsize capacity = MAX (self->capacity * 2, MAX (length, 4096));
  guint8 *larger;

  if (length <= self->capacity)
    return;
  larger = g_malloc (capacity);
  if (self->length > 0)
    memcpy (larger, self->response, self->length);
  wipe_and_free (self->response, self->capacity);
  self->response = larger;
  self->capacity = capacity;
}

static size_t
on_body (char *data, size_t size, size_t count, void *user_data)
{
  EsimWebTransfer *self = user_data;
  gsize length = size * count;

  if (length > self->response_max - self->length) {
    refuse (self, ESIM_ERROR_LIMIT_EXCEEDED, "its answer is longer than %" G_GSIZE_FORMAT " octets",
            self->response_max);
    return 0;
  }
  reserve (self, self->length + length);
  if (length > 0)
    memcpy (self->response + self->length, data, length);
  self->length += length;
  return length;
}

static size_t
on_header (char *data, size_t size, size_t count, void *user_data)
{
  EsimWebTransfer *self = user_data;
  gsize length = size * count;

  if (length >= 5 && memcmp (data, "HTTP/", 5) == 0)
    self->header_is_whole = FALSE;
  else if (length > 0 && (data[0] == '\r' || data[0] == '\n'))
    self->header_is_whole = TRUE;
  self->header_octets += length;
  self->header_lines++;
  if (self->header_octets <= HEADERS_MAX && self->header_lines <= HEADER_LINES_MAX)
    return length;
  refuse (self, ESIM_ERROR_LIMIT_EXCEEDED, "its header is longer than %d octets or %d lines", HEADERS_MAX,
          HEADER_LINES_MAX);
  return 0;
}

static curl_socket_t
on_open_socket (void *user_data, curlsocktype purpose, struct curl_sockaddr *address)
{
  EsimWebTransfer *self = user_data;
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
  EsimWebTransfer *self = user_data;

  return esim_web_check_install (self->check, context) ? CURLE_OK : CURLE_SSL_CONNECT_ERROR;
}

/* libcurl's last word before the first octet of a request: the connection is there, TLS and all. From here on
 * it may have been sent. A second time would be a second submission. */
static int
on_request (void *user_data, char *address, char *local_address, int port, int local_port)
{
  EsimWebTransfer *self = user_data;

  if (self->let_go || !esim_web_check_has_passed (self->check)) {
    refuse (self, self->let_go ? ESIM_ERROR_SERVER_UNREACHABLE : ESIM_ERROR_SERVER_NOT_TRUSTED,
            self->let_go ? "the request was not sent a second time" : "it was never verified");
    return CURL_PREREQFUNC_ABORT;
  }
  self->let_go = TRUE;
  return CURL_PREREQFUNC_OK;
}

/* Each returns whether libcurl took every option: one that it does not know must not go by unseen. */
#define SET(option, value) (curl_easy_setopt (easy, (option), (value)) == CURLE_OK)

static gboolean
set_trust (EsimWebTransfer *self, GBytes *trust)
{
  CURL *easy = self->easy;
  struct curl_blob blob = {.flags = CURL_BLOB_NOCOPY};

  if (trust != NULL) {
    blob.data = (void *) g_bytes_get_data (trust, &blob.len);
    /* A file alone would leave the system's folder trusted. */
    if (!SET (CURLOPT_CAINFO, (char *) NULL) || !SET (CURLOPT_CAPATH, (char *) NULL) ||
        !SET (CURLOPT_CAINFO_BLOB, &blob))
      return FALSE;
  }
  return SET (CURLOPT_SSL_VERIFYPEER, 1L) && SET (CURLOPT_SSL_VERIFYHOST, 2L) &&
         SET (CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2) && SET (CURLOPT_SSL_SESSIONID_CACHE, 0L) &&
         SET (CURLOPT_SSL_CTX_FUNCTION, on_ssl_context) && SET (CURLOPT_SSL_CTX_DATA, self);
}

static gboolean
set_bounds (EsimWebTransfer *self, const EsimWebWay *way)
{
  CURL *easy = self->easy;

  return SET (CURLOPT_CONNECTTIMEOUT, way->connect_timeout_s) &&
         SET (CURLOPT_TIMEOUT, way->total_timeout_s) && SET (CURLOPT_LOW_SPEED_LIMIT, LOW_SPEED_OCTETS) &&
         SET (CURLOPT_LOW_SPEED_TIME, MAX (way->total_timeout_s / 2, 1L)) &&
         SET (CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) self->response_max) &&
         SET (CURLOPT_WRITEFUNCTION, on_body) && SET (CURLOPT_WRITEDATA, self) &&
         SET (CURLOPT_HEADERFUNCTION, on_header) && SET (CURLOPT_HEADERDATA, self) &&
         /* An end does not wait for a lookup that hangs. */
         SET (CURLOPT_QUICK_EXIT, 1L) && SET (CURLOPT_NOSIGNAL, 1L);
}

/* libcurl sends a request again, unasked, where a kept connection turns out to be closed: so none is kept,
 * and none is used that was. Nor does HTTP/2 come in, where it does so too. */
static gboolean
set_once (EsimWebTransfer *self)
{
  CURL *easy = self->easy;

  return SET (CURLOPT_FRESH_CONNECT, 1L) && SET (CURLOPT_FORBID_REUSE, 1L) &&
         SET (CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1) && SET (CURLOPT_FOLLOWLOCATION, 0L) &&
         SET (CURLOPT_PREREQFUNCTION, on_request) && SET (CURLOPT_PREREQDATA, self);
}

static gboolean
set_way (EsimWebTransfer *self, const EsimWebWay *way)
{
  CURL *easy = self->easy;

  /* "" is "none, and do not look at the environment". */
  return SET (CURLOPT_PROXY, way->proxy != NULL ? way->proxy : "") && SET (CURLOPT_NOPROXY, "") &&
         SET (CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) && SET (CURLOPT_PROTOCOLS_STR, "https") &&
         SET (CURLOPT_NETRC, (long) CURL_NETRC_IGNORED) && SET (CURLOPT_CONNECT_TO, way->connect_to) &&
         SET (CURLOPT_OPENSOCKETFUNCTION, on_open_socket) && SET (CURLOPT_OPENSOCKETDATA, self) &&
         SET (CURLOPT_HTTP09_ALLOWED, 0L) && SET (CURLOPT_TCP_NODELAY, 1L);
}

static gboolean
set_request (EsimWebTransfer *self, const EsimWebRequest *request)
{
  CURL *easy = self->easy;
  gsize length = 0;
  const char *data = self->request != NULL ? g_bytes_get_data (self->request, &length) : NULL;

  if (!SET (CURLOPT_URL, request->url) || !SET (CURLOPT_PATH_AS_IS, 1L) ||
      !SET (CURLOPT_HTTPHEADER, self->headers) || !SET (CURLOPT_ERRORBUFFER, self->words) ||
      !SET (CURLOPT_PRIVATE, self))
    return FALSE;
  if (strcmp (request->method, "GET") == 0)
    return SET (CURLOPT_HTTPGET, 1L);
  return SET (CURLOPT_POST, 1L) && SET (CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) length) &&
         SET (CURLOPT_POSTFIELDS, data != NULL ? data : "");
}

/* "Name: value", and none of those that say how the request is sent or that are the cookies' own. */
static gboolean
is_header (const char *header)
{
  static const char *const ours[] = {"Host",    "Cookie",  "Expect",    "Content-Length", "Transfer-Encoding",
                                     "Trailer", "Upgrade", "Connection"};
  const char *colon = strchr (header, ':');
  gsize length = colon != NULL ? (gsize) (colon - header) : 0;

  for (const char *c = header; *c != '\0'; c++)
    if ((guchar) *c < 0x20 || *c == 0x7f || (c < header + length && !g_ascii_isalnum (*c) && *c != '-'))
      return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (ours); i++)
    if (strlen (ours[i]) == length && g_ascii_strncasecmp (ours[i], header, length) == 0)
      return FALSE;
  return length > 0;
}

static gboolean
check_request (const EsimWebRequest *request, GError **error)
{
  gboolean get = g_strcmp0 (request->method, "GET") == 0;
  gboolean valid = (get && request->body == NULL) || g_strcmp0 (request->method, "POST") == 0;

  for (gsize i = 0; valid && request->headers != NULL && request->headers[i] != NULL; i++)
    valid = is_header (request->headers[i]);
  if (!valid)
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                         "the request must be a GET without a body or a POST, and its headers of the form "
                         "\"Name: value\" without line ends and none that libcurl sets itself");
  return valid;
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

EsimWebTransfer *
esim_web_transfer_new (const EsimWebWay *way, EsimCookies *cookies, const EsimWebRequest *request,
                       GError **error)
{
  g_autoptr (EsimWebTransfer) self = g_new0 (EsimWebTransfer, 1);

  if (!check_request (request, error) ||
      !esim_web_url_check (request->url, request->hosts, &self->host, &self->answered_by, error))
    return NULL;
  self->check = esim_web_check_new (self->host, request->pins, error);
  if (self->check == NULL)
    return NULL;
  self->request = request->body != NULL ? g_bytes_ref (request->body) : NULL;
  self->headers = make_headers (request->headers);
  self->response_max = request->response_max > 0 ? request->response_max : ESIM_WEB_RESPONSE_MAX;
  self->allow_loopback = way->allow_loopback;
  self->proxied = way->proxy != NULL;
  self->easy = curl_easy_init ();
  if (self->easy == NULL || !set_trust (self, way->trust) || !set_bounds (self, way) || !set_once (self) ||
      !set_way (self, way) || !set_request (self, request) ||
      (cookies != NULL && !esim_cookies_lend (cookies, self->easy))) {
    g_set_error_literal (
        error, ESIM_ERROR, ESIM_ERROR_FAILED,
        "libcurl of this machine lacks an option that is needed: 7.88 or newer, with OpenSSL");
    return NULL;
  }
  self->cookies = cookies;
  return g_steal_pointer (&self);
}

void
esim_web_transfer_free (EsimWebTransfer *self)
{
  if (self->cookies != NULL)
    esim_cookies_take_back (self->cookies, self->easy);
  if (self->easy != NULL)
    curl_easy_cleanup (self->easy);
  curl_slist_free_all (self->headers);
  g_clear_pointer (&self->check, esim_web_check_free);
  g_clear_pointer (&self->request, g_bytes_unref);
  wipe_and_free (self->response, self->capacity);
  g_clear_error (&self->refused);
  g_free (self->host);
  g_free (self->answered_by);
  g_free (self);
}

GError *
esim_web_transfer_dup_error (EsimWebTransfer *self, CURLcode result)
{
  const GError *untrusted = esim_web_check_get_error (self->check);

  if (result == CURLE_OK && self->header_is_whole && esim_web_check_has_passed (self->check))
    return NULL;
  /* A connection that was cut after the first line is fine for libcurl. */
  if (result == CURLE_OK)
    return esim_http_error_new (CURLE_PARTIAL_FILE, self->host, "the answer was cut off");
  if (untrusted != NULL)
    return g_error_copy (untrusted);
  if ((result == CURLE_WRITE_ERROR || result == CURLE_ABORTED_BY_CALLBACK) && self->refused != NULL)
    return g_error_copy (self->refused);
  if (result == CURLE_COULDNT_CONNECT && self->n_sockets == 0 && self->refused != NULL)
    return g_error_copy (self->refused);
  if (result == CURLE_SSL_CACERT_BADFILE)
    return g_error_new (ESIM_ERROR, ESIM_ERROR_SERVER_NOT_TRUSTED,
                        "server %s: this machine's certification authorities for the web cannot be read, so "
                        "that nobody can be trusted: install them (package ca-certificates)",
                        self->host);
  return esim_http_error_new (result, self->host, self->words);
}

/* Returns: (nullable): the header's value in the answer, its first if there are several */
static const char *
get_header (EsimWebTransfer *self, const char *name)
{
  struct curl_header *header = NULL;

  return curl_easy_header (self->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value
                                                                                        : NULL;
}

/* RFC 9110, 10.2.3: seconds or a date. */
static gint64
read_retry_after (const char *text)
{
  guint64 seconds;
  time_t date;

  if (text == NULL)
    return -1;
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &seconds, NULL))
    return MIN ((gint64) seconds, RETRY_AFTER_MAX);
  date = curl_getdate (text, NULL);
  if (date < 0)
    return -1;
  return CLAMP ((gint64) date - g_get_real_time () / G_USEC_PER_SEC, 0, RETRY_AFTER_MAX);
}

typedef struct {
  guint8 *data;
  gsize capacity;
} Block;

static void
free_block (gpointer data)
{
  Block *block = data;

  wipe_and_free (block->data, block->capacity);
  g_free (block);
}

static GBytes *
take_body (EsimWebTransfer *self)
{
  Block *block = g_new (Block, 1);

  *block = (Block){g_steal_pointer (&self->response), self->capacity};
  self->capacity = 0;
  return g_bytes_new_with_free_func (block->data, self->length, free_block, block);
}

EsimWebAnswer *
esim_web_transfer_take_answer (EsimWebTransfer *self, const char *url)
{
  EsimWebAnswer *answer = g_new0 (EsimWebAnswer, 1);
  const char *type = get_header (self, "Content-Type");
  const char *location = get_header (self, "Location");
  long status = 0;

  curl_easy_getinfo (self->easy, CURLINFO_RESPONSE_CODE, &status);
  answer->status = (guint) status;
  answer->content_type = type != NULL ? g_utf8_make_valid (type, -1) : NULL;
  answer->location = location != NULL ? esim_web_url_resolve (url, location) : NULL;
  answer->retry_after_s = read_retry_after (get_header (self, "Retry-After"));
  answer->body = take_body (self);
  answer->answered_by = g_steal_pointer (&self->answered_by);
  return answer;
}

static void
wipe_text (char *text)
{
  if (text != NULL)
    wipe_and_free (text, strlen (text));
}

void
esim_web_answer_free (EsimWebAnswer *self)
{
  g_free (self->content_type);
  wipe_text (self->location);
  g_bytes_unref (self->body);
  g_free (self->answered_by);
  g_free (self);
}
