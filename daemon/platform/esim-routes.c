/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-routes.h"

#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_OCTETS 512 /* the kernel pads one to 128, or writes 150 */
#define LINES_MAX 10000     /* a machine with more is a router */
#define FIELDS_MAX 11
#define BLANKS " \t\n"

/* One of the kernel's tables: which fields of a line tell that it is a default route, and over what. */
typedef struct {
  const char *name;
  gboolean has_title;
  guint n_fields;
  guint destination;
  guint destination_size; /* hexadecimal digits */
  guint size;             /* of the destination: a mask, or the length of a prefix; 0 is everything */
  guint flags;
  guint interface;
} Table;

static const Table tables[] = {
    /* Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT */
    {"route", TRUE, 11, 1, 8, 7, 3, 0},
    /* destination, its prefix, source, its prefix, next hop, metric, users, uses, flags, interface */
    {"ipv6_route", FALSE, 10, 0, 32, 1, 8, 9},
};

static gboolean
is_modem_name (const char *name)
{
  /* wwan0, and what udev makes of it: wwp0s20f0u3 */
  static const char *const prefixes[] = {"ww", "ppp", "rmnet", "qmimux"};

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_tunnel_name (const char *name)
{
  static const char *const prefixes[] = {"tun", "tap", "wg", "ipsec", "vti", "sit", "gre"};

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

/* A name as the kernel lets it be, which leads to no other folder. */
static gboolean
is_name (const char *name)
{
  return *name != '\0' && strlen (name) < IFNAMSIZ && strchr (name, '/') == NULL && strcmp (name, ".") != 0 &&
         strcmp (name, "..") != 0;
}

/* What a route over this interface says. */
static EsimRoutes
judge_interface (const char *sys_net, const char *name)
{
  g_autofree char *path = g_build_filename (sys_net, name, "uevent", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (is_modem_name (name))
    return ESIM_ROUTES_MODEM;
  if (is_tunnel_name (name) || !g_file_get_contents (path, &text, NULL, NULL))
    return ESIM_ROUTES_UNKNOWN;
  lines = g_strsplit (text, "\n", -1);
  if (g_strv_contains ((const char *const *) lines, "DEVTYPE=wwan") ||
      g_strv_contains ((const char *const *) lines, "DEVTYPE=ppp"))
    return ESIM_ROUTES_MODEM;
  return g_strv_contains ((const char *const *) lines, "DEVTYPE=wireguard") ? ESIM_ROUTES_UNKNOWN
                                                                            : ESIM_ROUTES_OTHER;
}

static guint
split (char *line, char *fields[FIELDS_MAX])
{
  char *rest = NULL;
  guint n = 0;

  for (char *field = strtok_r (line, BLANKS, &rest); field != NULL; field = strtok_r (NULL, BLANKS, &rest)) {
    if (n == FIELDS_MAX)
      return 0;
    fields[n++] = field;
  }
  return n;
}

static gboolean
read_hex (const char *text, guint64 *value)
{
  return g_ascii_string_to_unsigned (text, 16, 0, G_MAXUINT32, value, NULL);
}

/* NONE: no default route. */
static EsimRoutes
judge_line (const Table *table, const char *sys_net, char *line)
{
  char *fields[FIELDS_MAX];
  guint64 size, flags;
  const char *destination, *name;

  if (split (line, fields) != table->n_fields || !read_hex (fields[table->size], &size) ||
      !read_hex (fields[table->flags], &flags))
    return ESIM_ROUTES_UNKNOWN;
  destination = fields[table->destination];
  name = fields[table->interface];
  if (strlen (destination) != table->destination_size)
    return ESIM_ROUTES_UNKNOWN;
  if (size != 0 || strspn (destination, "0") != table->destination_size || (flags & RTF_UP) == 0 ||
      (flags & RTF_REJECT) != 0 || strcmp (name, "lo") == 0)
    return ESIM_ROUTES_NONE;
  return is_name (name) ? judge_interface (sys_net, name) : ESIM_ROUTES_UNKNOWN;
}

/* One good way is enough; without one, what could not be read may be one; without that either, a modem is
 * one. */
static EsimRoutes
join (EsimRoutes a, EsimRoutes b)
{
  static const EsimRoutes best_first[] = {ESIM_ROUTES_OTHER, ESIM_ROUTES_UNKNOWN, ESIM_ROUTES_MODEM};

  for (guint i = 0; i < G_N_ELEMENTS (best_first); i++)
    if (a == best_first[i] || b == best_first[i])
      return best_first[i];
  return ESIM_ROUTES_NONE;
}

static EsimRoutes
judge_lines (const Table *table, const char *sys_net, FILE *file)
{
  char line[LINE_MAX_OCTETS];
  EsimRoutes routes = ESIM_ROUTES_NONE;
  gboolean is_title = table->has_title;

  for (guint i = 0; routes != ESIM_ROUTES_OTHER && fgets (line, sizeof line, file) != NULL; i++) {
    EsimRoutes one;

    /* Too much, or torn: what stands there is not known, and the rest of a line is not the next one. */
    if (i == LINES_MAX || strchr (line, '\n') == NULL)
      return ESIM_ROUTES_UNKNOWN;
    if (is_title)
      one = g_str_has_prefix (line, "Iface") ? ESIM_ROUTES_NONE : ESIM_ROUTES_UNKNOWN;
    else
      one = judge_line (table, sys_net, line);
    is_title = FALSE;
    routes = join (routes, one);
  }
  return ferror (file) ? join (routes, ESIM_ROUTES_UNKNOWN) : routes;
}

static EsimRoutes
judge_table (const Table *table, const char *proc_net, const char *sys_net)
{
  g_autofree char *path = g_build_filename (proc_net, table->name, NULL);
  FILE *file = fopen (path, "re");
  EsimRoutes routes;

  /* Without IPv6 there is no such file; without IPv4 something is odd. */
  if (file == NULL)
    return errno == ENOENT && !table->has_title ? ESIM_ROUTES_NONE : ESIM_ROUTES_UNKNOWN;
  routes = judge_lines (table, sys_net, file);
  (void) fclose (file);
  return routes;
}

EsimRoutes
esim_routes_look (const char *proc_net, const char *sys_net)
{
  EsimRoutes routes = ESIM_ROUTES_NONE;

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    routes = join (routes, judge_table (&tables[i], proc_net, sys_net));
  return routes;
}
