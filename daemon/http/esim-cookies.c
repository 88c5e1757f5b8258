/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-cookies-share.h"
#include "esim-curl.h"

struct _EsimCookies {
  CURLSH *share;             /* NULL: libcurl cannot be used */
  struct curl_slist *before; /* while they are lent: what there was */
};

static guint
count (const struct curl_slist *list)
{
  guint n = 0;

  for (; list != NULL; list = list->next)
    n++;
  return n;
}

/* Returns: (nullable) (transfer full): a line each */
static struct curl_slist *
dup_lines (CURL *easy)
{
  struct curl_slist *lines = NULL;

  return curl_easy_getinfo (easy, CURLINFO_COOKIELIST, &lines) == CURLE_OK ? lines : NULL;
}

EsimCookies *
esim_cookies_new (void)
{
  EsimCookies *self = g_new0 (EsimCookies, 1);

  if (!esim_curl_ensure (NULL))
    return self;
  self->share = curl_share_init ();
  /* Cookies alone: no connection, TLS session or looked-up name. */
  if (self->share != NULL &&
      curl_share_setopt (self->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE) != CURLSHE_OK) {
    curl_share_cleanup (self->share);
    self->share = NULL;
  }
  return self;
}

void
esim_cookies_free (EsimCookies *self)
{
  /* libcurl's allocator wipes them. */
  curl_slist_free_all (self->before);
  if (self->share != NULL)
    curl_share_cleanup (self->share);
  g_free (self);
}

guint
esim_cookies_get_size (EsimCookies *self)
{
  CURL *easy = curl_easy_init ();
  struct curl_slist *lines = NULL;
  guint n;

  if (easy != NULL && self->share != NULL && curl_easy_setopt (easy, CURLOPT_SHARE, self->share) == CURLE_OK)
    lines = dup_lines (easy);
  n = count (lines);
  curl_slist_free_all (lines);
  curl_easy_cleanup (easy);
  return n;
}

gboolean
esim_cookies_lend (EsimCookies *self, CURL *easy)
{
  if (self->share == NULL || curl_easy_setopt (easy, CURLOPT_SHARE, self->share) != CURLE_OK ||
      curl_easy_setopt (easy, CURLOPT_COOKIEFILE, "") != CURLE_OK)
    return FALSE;
  self->before = dup_lines (easy);
  return TRUE;
}

void
esim_cookies_take_back (EsimCookies *self, CURL *easy)
{
  struct curl_slist *now = dup_lines (easy);

  if (count (now) > ESIM_COOKIES_MAX) {
    curl_easy_setopt (easy, CURLOPT_COOKIELIST, "ALL");
    for (const struct curl_slist *line = self->before; line != NULL; line = line->next)
      curl_easy_setopt (easy, CURLOPT_COOKIELIST, line->data);
  }
  curl_slist_free_all (now);
  curl_slist_free_all (self->before);
  self->before = NULL;
}
