/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-nm-error.h"

#include "esim-error.h"

#include <string.h>

#define WORDS_OCTETS_MAX 200
#define SETTINGS "org.freedesktop.NetworkManager.Settings."
#define BUS "org.freedesktop.DBus.Error."

/* What NetworkManager (libnm's nm-errors.h tells the names) and the bus answer, and what one can do. The
 * first that the name begins with. */
static const struct {
  const char *prefix;
  EsimError code;
  const char *advice;
} meanings[] = {
    {"org.freedesktop.NetworkManager.PermissionDenied", ESIM_ERROR_NOT_AUTHORIZED,
     "let esimd change NetworkManager's connections (polkit: "
     "org.freedesktop.NetworkManager.network-control)"},
    {SETTINGS "PermissionDenied", ESIM_ERROR_NOT_AUTHORIZED,
     "let esimd change NetworkManager's connections (polkit: "
     "org.freedesktop.NetworkManager.settings.modify.system)"},
    {SETTINGS "Connection.", ESIM_ERROR_INVALID_ARGUMENT,
     "look at the APN, the user name and the password, or make the connection by hand"},
    {SETTINGS "InvalidArguments", ESIM_ERROR_INVALID_ARGUMENT,
     "look at the APN, the user name and the password, or make the connection by hand"},
    {ESIM_NM_ERROR_NO_SUCH_CONNECTION, ESIM_ERROR_INVALID_ARGUMENT,
     "look at the APN, the user name and the password, or make the connection by hand"},
    {SETTINGS "ReadOnlyConnection", ESIM_ERROR_WRONG_STATE,
     "the connection cannot be changed: remove it where it was put (“nmcli connection show” tells its file)"},
    {SETTINGS "UuidExists", ESIM_ERROR_WRONG_STATE, "another program made it just now: try again"},
    {SETTINGS "NotSupported", ESIM_ERROR_NOT_SUPPORTED, "make the connection by hand"},
    {"org.freedesktop.NetworkManager.UnknownConnection", ESIM_ERROR_NOT_FOUND, "it is gone already"},
    {BUS "UnknownObject", ESIM_ERROR_NOT_FOUND, "it is gone already"},
    {ESIM_NM_ERROR_NO_OBJECT, ESIM_ERROR_NOT_FOUND, "it is gone, or NetworkManager is older than 1.20"},
    {BUS "AccessDenied", ESIM_ERROR_NOT_AUTHORIZED, "the bus policy forbids it: look at the bus's log"},
    {BUS "ServiceUnknown", ESIM_ERROR_NOT_SUPPORTED, "it stopped: start NetworkManager and try again"},
    {BUS "NameHasNoOwner", ESIM_ERROR_NOT_SUPPORTED, "it stopped: start NetworkManager and try again"},
    {BUS "NoReply", ESIM_ERROR_TIMED_OUT, "it stopped or is busy: try again"},
    {BUS "Timeout", ESIM_ERROR_TIMED_OUT, "it is busy: try again"},
    /* Failed, and whatever is new: most often its folder cannot be written. */
    {SETTINGS, ESIM_ERROR_STORAGE_ERROR, "look at its log (journalctl -u NetworkManager)"},
};

char *
esim_nm_error_dup_name (const GError *error)
{
  return g_dbus_error_is_remote_error (error) ? g_dbus_error_get_remote_error (error) : NULL;
}

static char *
dup_words (const GError *error)
{
  g_autoptr (GError) copy = g_error_copy (error);
  g_autofree char *cut = NULL;

  (void) g_dbus_error_strip_remote_error (copy);
  cut = g_strndup (copy->message, WORDS_OCTETS_MAX);
  for (char *at = cut; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  return g_utf8_make_valid (cut, -1);
}

void
esim_nm_error_translate (GError **error, const char *what)
{
  g_autoptr (GError) from = g_steal_pointer (error);
  g_autofree char *name = esim_nm_error_dup_name (from);
  g_autofree char *words = dup_words (from);
  EsimError code = ESIM_ERROR_FAILED;
  const char *advice = "look at its log (journalctl -u NetworkManager)";

  if (from->domain == ESIM_ERROR) {
    *error = g_steal_pointer (&from);
    return;
  }
  if (g_error_matches (from, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_set_error (error, ESIM_ERROR, ESIM_ERROR_CANCELLED,
                 "NetworkManager was not waited for: esimd is leaving");
    return;
  }
  if (g_error_matches (from, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
    code = ESIM_ERROR_TIMED_OUT;
    advice = "it is busy: try again";
  }
  for (guint i = 0; name != NULL && i < G_N_ELEMENTS (meanings); i++) {
    if (g_str_has_prefix (name, meanings[i].prefix)) {
      code = meanings[i].code;
      advice = meanings[i].advice;
      break;
    }
  }
  g_set_error (error, ESIM_ERROR, code, "NetworkManager did not %s (%s): %s", what, words, advice);
}

GError *
esim_nm_error_absent (void)
{
  return g_error_new (
      ESIM_ERROR, ESIM_ERROR_NOT_SUPPORTED,
      "NetworkManager does not run: start it, or make the connection with what manages the network "
      "here");
}
