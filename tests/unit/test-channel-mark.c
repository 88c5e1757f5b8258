/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "esim-channel-mark.h"
#include "folder.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EsimChannelMark, esim_channel_mark_free)

static void
test_survives (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimChannelMark) first = esim_channel_mark_new (folder, "modem", 2);
  g_autoptr (EsimChannelMark) again = esim_channel_mark_new (folder, "modem", 2);

  g_assert_false (esim_channel_mark_is_set (first));
  esim_channel_mark_set (first);
  esim_channel_mark_set (first);
  g_assert_true (esim_channel_mark_is_set (again));
  esim_channel_mark_clear (again);
  esim_channel_mark_clear (again);
  g_assert_false (esim_channel_mark_is_set (first));
}

/* Another slot, another modem, whatever its name is like. */
static void
test_apart (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimChannelMark) mark = esim_channel_mark_new (folder, "/sys/devices/usb1/1-1", 1);
  g_autoptr (EsimChannelMark) slot = esim_channel_mark_new (folder, "/sys/devices/usb1/1-1", 2);
  g_autoptr (EsimChannelMark) modem = esim_channel_mark_new (folder, "/sys/devices/usb1/1-2", 1);

  esim_channel_mark_set (mark);
  g_assert_false (esim_channel_mark_is_set (slot));
  g_assert_false (esim_channel_mark_is_set (modem));
}

static void
test_taken_over (void)
{
  g_auto (Folder) folder = folder_new ();
  g_autoptr (EsimChannelMark) known = esim_channel_mark_new (folder, "modem", 16);
  g_autoptr (EsimChannelMark) any = NULL;

  esim_channel_mark_set (known);
  any = esim_channel_mark_new (folder, "modem", 0);
  g_assert_true (esim_channel_mark_is_set (any));
  g_assert_false (esim_channel_mark_is_set (known));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/channel-mark/survives", test_survives);
  g_test_add_func ("/channel-mark/apart", test_apart);
  g_test_add_func ("/channel-mark/taken-over", test_taken_over);
  return g_test_run ();
}
