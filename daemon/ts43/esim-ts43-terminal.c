/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-ts43-terminal.h"

#include <string.h>
#include <sys/utsname.h>

#define VENDOR_MAX 4
#define MODEL_MAX 10
#define SOFTWARE_MAX 20
#define CLIENT_MAX 16
#define LANGUAGE_MAX 32

char *
esim_ts43_terminal_make_word (const char *text, gsize max, const char *otherwise)
{
  g_autoptr (GString) word = g_string_new (NULL);

  for (; text != NULL && *text != '\0' && word->len < max; text++)
    if (g_ascii_isalnum (*text) || (word->len > 0 && (*text == '.' || *text == '-')))
      g_string_append_c (word, *text);
  return g_strdup (word->len > 0 ? word->str : otherwise);
}

/* (nullable): the first of @files that says something. */
static char *
read_first (const char *const *files)
{
  for (guint i = 0; files[i] != NULL; i++) {
    g_autofree char *text = NULL;

    if (g_file_get_contents (files[i], &text, NULL, NULL) && g_strstrip (text)[0] != '\0')
      return g_steal_pointer (&text);
  }
  return NULL;
}

void
esim_ts43_terminal_init (EsimTs43Terminal *self)
{
  static const char *const vendors[] = {"/sys/class/dmi/id/sys_vendor",
                                        "/sys/firmware/devicetree/base/compatible", NULL};
  static const char *const models[] = {"/sys/class/dmi/id/product_name",
                                       "/sys/firmware/devicetree/base/model", NULL};
  g_autofree char *vendor = read_first (vendors);
  g_autofree char *model = read_first (models);
  g_autofree char *system = g_get_os_info (G_OS_INFO_KEY_ID);
  g_autofree char *version = g_get_os_info (G_OS_INFO_KEY_VERSION_ID);
  g_autofree char *software =
      g_strdup_printf ("%s-%s", system != NULL ? system : "Linux", version != NULL ? version : "0");
  struct utsname kernel = {0};

  self->vendor = esim_ts43_terminal_make_word (vendor, VENDOR_MAX, "none");
  self->model = esim_ts43_terminal_make_word (model, MODEL_MAX, "Linux");
  self->software = esim_ts43_terminal_make_word (software, SOFTWARE_MAX, "Linux");
  self->client = esim_ts43_terminal_make_word (ESIM_VERSION, CLIENT_MAX, "0");
  self->kernel =
      esim_ts43_terminal_make_word (uname (&kernel) == 0 ? kernel.release : NULL, SOFTWARE_MAX, "0");
}

void
esim_ts43_terminal_clear (EsimTs43Terminal *self)
{
  g_free (self->vendor);
  g_free (self->model);
  g_free (self->software);
  g_free (self->client);
  g_free (self->kernel);
}

char *
esim_ts43_terminal_make_agent (const EsimTs43Terminal *self)
{
  return g_strdup_printf ("PRD-TS43 term-%s/%s client-Primary-ODSA/%s OS-Linux/%s", self->vendor, self->model,
                          self->client, self->kernel);
}

char *
esim_ts43_terminal_make_languages (const char *language)
{
  g_autofree char *tag = language != NULL ? g_strndup (language, strcspn (language, ".@,; ")) : g_strdup ("");
  const gsize length = strlen (g_strdelimit (tag, "_", '-'));

  if (length < 2 || length > LANGUAGE_MAX || !g_ascii_isalpha (tag[0]) || tag[length - 1] == '-' ||
      strspn (tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != length ||
      strstr (tag, "--") != NULL || g_ascii_strncasecmp (tag, "en", 2) == 0)
    return g_strdup ("en");
  return g_strdup_printf ("%s, en;q=0.5", tag);
}

char *
esim_ts43_terminal_make_id (const char *eid)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 id[20];
  gsize length = sizeof id;

  g_checksum_update (sum, (const guchar *) "org.esimd1:", -1);
  g_checksum_update (sum, (const guchar *) eid, -1);
  g_checksum_get_digest (sum, id, &length);
  id[6] = (guint8) ((id[6] & 0x0F) | 0x50);
  id[8] = (guint8) ((id[8] & 0x3F) | 0x80);
  return g_strdup_printf ("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", id[0],
                          id[1], id[2], id[3], id[4], id[5], id[6], id[7], id[8], id[9], id[10], id[11],
                          id[12], id[13], id[14], id[15]);
}
