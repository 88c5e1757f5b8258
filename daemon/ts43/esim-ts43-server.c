/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-server.h"
#include "esim-address-guard.h"
#include "esim-error.h"

#include <string.h>

#define MCC 3
#define IMSI_MIN 14
#define IMSI_MAX 15
#define PATH_MAX_OCTETS 256

/* "mncNNN.mccMMM" */
static char *
dup_network (const char *imsi, guint mnc_length, GError **error)
{
  const gsize length = imsi != NULL ? strlen (imsi) : 0;

  if (length < IMSI_MIN || length > IMSI_MAX || strspn (imsi, "0123456789") != length) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_UNKNOWN,
                         "the profile's IMSI is not known, so neither is the carrier's server; enable the "
                         "profile, or use the carrier's own page");
    return NULL;
  }
  if (mnc_length != 2 && mnc_length != 3) {
    g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_CARRIER_UNKNOWN,
                         "the profile's SIM does not tell where in its IMSI the network's code ends, so the "
                         "carrier's server is not known; use the carrier's own page");
    return NULL;
  }
  return g_strdup_printf ("mnc%s%.*s.mcc%.3s", mnc_length == 2 ? "0" : "", (int) mnc_length, imsi + MCC,
                          imsi);
}

char *
esim_ts43_server_dup_standard_host (const char *imsi, guint mnc_length, GError **error)
{
  g_autofree char *network = dup_network (imsi, mnc_length, error);

  return network != NULL ? g_strdup_printf ("aes.%s.pub.3gppnetwork.org", network) : NULL;
}

char *
esim_ts43_server_dup_identity (const char *imsi, guint mnc_length, GError **error)
{
  g_autofree char *network = dup_network (imsi, mnc_length, error);

  return network != NULL ? g_strdup_printf ("0%s@nai.epc.%s.3gppnetwork.org", imsi, network) : NULL;
}

static gboolean
check_path (const char *path, GError **error)
{
  gsize length = 0;

  while (path[length] > 0x20 && path[length] < 0x7F && strchr ("?#\\", path[length]) == NULL)
    length++;
  if (path[0] == '/' && path[length] == '\0' && length <= PATH_MAX_OCTETS)
    return TRUE;
  g_set_error_literal (error, ESIM_ERROR, ESIM_ERROR_INVALID_ARGUMENT,
                       "the carrier's entry has a path of its entitlement server that is none");
  return FALSE;
}

gboolean
esim_ts43_server_find (EsimTs43Line *line, const char *const *hosts, const char *path, GError **error)
{
  g_autofree char *standard = NULL;
  const char *alone[] = {NULL, NULL};

  if (hosts == NULL || hosts[0] == NULL) {
    standard = esim_ts43_server_dup_standard_host (line->imsi, line->mnc_length, error);
    if (standard == NULL)
      return FALSE;
    alone[0] = standard;
    hosts = alone;
    path = NULL;
  }
  for (guint i = 0; hosts[i] != NULL; i++)
    if (!esim_address_guard_check_host (hosts[i], error))
      return FALSE;
  if (path != NULL && path[0] != '\0' && !check_path (path, error))
    return FALSE;
  g_free (line->host);
  g_free (line->path);
  g_strfreev (line->hosts);
  line->hosts = g_strdupv ((char **) hosts);
  for (guint i = 0; line->hosts[i] != NULL; i++)
    for (char *c = line->hosts[i]; *c != '\0'; c++)
      *c = g_ascii_tolower (*c);
  line->host = g_strdup (line->hosts[0]);
  line->path = g_strdup (path != NULL && path[0] != '\0' ? path : "/");
  return TRUE;
}
