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

/* Returns: (nullable): a handle that does nothing but know them */
static CURL *
open_jar (EsimCookies *self)
{
  CURL *jar = self->share != NULL ? curl_easy_init () : NULL;

  if (jar == NULL || curl_easy_setopt (jar, CURLOPT_SHARE, self->share) == CURLE_OK)
    return jar;
  curl_easy_cleanup (jar);
  return NULL;
}

guint
esim_cookies_get_size (EsimCookies *self)
{
  CURL *jar = open_jar (self);
  struct curl_slist *lines = jar != NULL ? dup_lines (jar) : NULL;
  guint n = count (lines);

  curl_slist_free_all (lines);
  curl_easy_cleanup (jar);
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

/* By a handle of its own: libcurl takes no cookie any more by one whose answer had many. */
static void
restore (EsimCookies *self)
{
  CURL *jar = open_jar (self);

  if (jar == NULL)
    return;
  curl_easy_setopt (jar, CURLOPT_COOKIELIST, "ALL");
  for (const struct curl_slist *line = self->before; line != NULL; line = line->next)
    curl_easy_setopt (jar, CURLOPT_COOKIELIST, line->data);
  curl_easy_cleanup (jar);
}

void
esim_cookies_take_back (EsimCookies *self, CURL *easy)
{
  struct curl_slist *now = dup_lines (easy);

  if (count (now) > ESIM_COOKIES_MAX)
    restore (self);
  curl_slist_free_all (now);
  curl_slist_free_all (self->before);
  self->before = NULL;
}
