/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-proxy-starter.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define SYSTEMD_PATH "/org/freedesktop/systemd1"
#define SYSTEMD_MANAGER SYSTEMD_NAME ".Manager"
#define ANSWER_MS 5000

static const struct {
  const char *socket; /* abstract */
  const char *unit;
} proxies[] = {
    [ESIM_PROXY_MBIM] = {"mbim-proxy", "esimd-mbim-proxy.service"},
    [ESIM_PROXY_QMI] = {"qmi-proxy", "esimd-qmi-proxy.service"},
};

struct _EsimProxyStarter {
  gint ref_count; /* a wish on its way to the main thread holds one */
  GDBusConnection *connection;
  GCancellable *cancellable;
  gboolean is_asked[G_N_ELEMENTS (proxies)]; /* and not answered; main thread alone */
};

/* One wish. */
typedef struct {
  EsimProxyStarter *starter;
  EsimProxy proxy;
} Wish;

static EsimProxyStarter *
ref (EsimProxyStarter *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

static void
unref (EsimProxyStarter *self)
{
  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  g_object_unref (self->cancellable);
  g_object_unref (self->connection);
  g_free (self);
}

static void
wish_free (Wish *wish)
{
  unref (wish->starter);
  g_free (wish);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wish, wish_free)

/* A connection also keeps a proxy that is about to leave: its idle time begins anew. */
static gboolean
is_listening (EsimProxy proxy)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen (proxies[proxy].socket);
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  gboolean is_refused;

  if (fd < 0)
    return TRUE; /* then nothing else will work either */
  memcpy (address.sun_path + 1, proxies[proxy].socket, length);
  is_refused = connect (fd, (const struct sockaddr *) &address,
                        (socklen_t) (offsetof (struct sockaddr_un, sun_path) + 1 + length)) != 0 &&
               errno == ECONNREFUSED;
  (void) close (fd);
  return !is_refused;
}

/* No systemd, no complaint: somebody else looks after the proxies there. */
static gboolean
is_absence (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
         g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
on_answer (GObject *connection, GAsyncResult *result, gpointer data)
{
  g_autoptr (Wish) wish = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (connection), result, &error);

  wish->starter->is_asked[wish->proxy] = FALSE;
  if (answer == NULL && !is_absence (error)) {
    g_dbus_error_strip_remote_error (error);
    g_warning ("systemd did not start %s: %s", proxies[wish->proxy].unit, error->message);
  }
}

static gboolean
ask (gpointer data)
{
  const Wish *wish = data;
  EsimProxyStarter *self = wish->starter;
  Wish *asked;

  if (self->is_asked[wish->proxy] || g_cancellable_is_cancelled (self->cancellable))
    return G_SOURCE_REMOVE;
  self->is_asked[wish->proxy] = TRUE;
  asked = g_new0 (Wish, 1);
  asked->starter = ref (self);
  asked->proxy = wish->proxy;
  /* "replace" is what systemctl asks for. The answer comes when the start is queued. */
  g_dbus_connection_call (self->connection, SYSTEMD_NAME, SYSTEMD_PATH, SYSTEMD_MANAGER, "StartUnit",
                          g_variant_new ("(ss)", proxies[wish->proxy].unit, "replace"),
                          G_VARIANT_TYPE ("(o)"), G_DBUS_CALL_FLAGS_NO_AUTO_START, ANSWER_MS,
                          self->cancellable, on_answer, asked);
  return G_SOURCE_REMOVE;
}

EsimProxyStarter *
esim_proxy_starter_new (GDBusConnection *connection)
{
  EsimProxyStarter *self = g_new0 (EsimProxyStarter, 1);

  self->ref_count = 1;
  self->connection = g_object_ref (connection);
  self->cancellable = g_cancellable_new ();
  return self;
}

void
esim_proxy_starter_free (EsimProxyStarter *self)
{
  g_cancellable_cancel (self->cancellable);
  unref (self);
}

void
esim_proxy_starter_want (EsimProxyStarter *self, EsimProxy proxy)
{
  g_autoptr (GSource) source = NULL;
  Wish *wish;

  if (is_listening (proxy))
    return;
  wish = g_new0 (Wish, 1);
  wish->starter = ref (self);
  wish->proxy = proxy;
  /* Not g_main_context_invoke(): that would call it here and now while main is not in its loop. */
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, ask, wish, (GDestroyNotify) wish_free);
  g_source_attach (source, NULL);
}
