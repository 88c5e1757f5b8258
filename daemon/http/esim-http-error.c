/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-http-error.h"
#include "esim-error.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

static gboolean
leads_somewhere (const struct ifaddrs *interface)
{
  const guint needed = IFF_UP | IFF_RUNNING;

  if ((interface->ifa_flags & needed) != needed || (interface->ifa_flags & IFF_LOOPBACK) != 0 ||
      interface->ifa_addr == NULL)
    return FALSE;
  if (interface->ifa_addr->sa_family == AF_INET)
    return TRUE;
  return interface->ifa_addr->sa_family == AF_INET6 &&
         !IN6_IS_ADDR_LINKLOCAL (&((const struct sockaddr_in6 *) interface->ifa_addr)->sin6_addr);
}

static gboolean
machine_has_network (void)
{
  struct ifaddrs *interfaces = NULL;
  gboolean found = FALSE;

  if (getifaddrs (&interfaces) != 0)
    return TRUE;
  for (struct ifaddrs *i = interfaces; i != NULL && !found; i = i->ifa_next)
    found = leads_somewhere (i);
  freeifaddrs (interfaces);
  return found;
}

static EsimError
code_for (CURLcode result)
{
  switch (result) {
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_CONNECT:
    return machine_has_network () ? ESIM_ERROR_SERVER_UNREACHABLE : ESIM_ERROR_NO_CONNECTIVITY;
  case CURLE_OPERATION_TIMEDOUT:
    return ESIM_ERROR_TIMED_OUT;
  case CURLE_PEER_FAILED_VERIFICATION:
    return ESIM_ERROR_SERVER_NOT_TRUSTED;
  case CURLE_FILESIZE_EXCEEDED:
    return ESIM_ERROR_LIMIT_EXCEEDED;
  case CURLE_OUT_OF_MEMORY:
  case CURLE_FAILED_INIT:
  case CURLE_UNKNOWN_OPTION:
  case CURLE_NOT_BUILT_IN:
    return ESIM_ERROR_FAILED;
  default:
    return ESIM_ERROR_SERVER_UNREACHABLE;
  }
}

static const char *
advice_for (EsimError code)
{
  switch (code) {
  case ESIM_ERROR_NO_CONNECTIVITY:
    return "this machine has no network: connect it and try again";
  case ESIM_ERROR_TIMED_OUT:
    return "it did not answer in time: try again later";
  case ESIM_ERROR_SERVER_NOT_TRUSTED:
    return "its certificate was refused";
  case ESIM_ERROR_LIMIT_EXCEEDED:
    return "its answer is too long";
  case ESIM_ERROR_FAILED:
    return "libcurl of this machine cannot be used for it";
  default:
    return "there is no connection to it: try again later";
  }
}

GError *
esim_http_error_new (CURLcode result, const char *host, const char *words)
{
  EsimError code = code_for (result);
  g_autofree char *valid = g_utf8_make_valid (words[0] != '\0' ? words : curl_easy_strerror (result), -1);

  return g_error_new (ESIM_ERROR, code, "server %s: %s (%s)", host, advice_for (code), valid);
}
