# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for systemd on a private bus, as far as starting units goes."""

import gi

gi.require_version("Gio", "2.0")
from gi.repository import GLib  # noqa: E402
from esimlab.played import Played  # noqa: E402

NAME = "org.freedesktop.systemd1"
PATH = "/org/freedesktop/systemd1"
INTERFACE = "org.freedesktop.systemd1.Manager"
MODES = ("replace", "fail", "isolate", "ignore-dependencies", "ignore-requirements")

INTROSPECTION = """
<node><interface name="org.freedesktop.systemd1.Manager">
 <method name="StartUnit">
  <arg name="name" direction="in" type="s"/><arg name="mode" direction="in" type="s"/>
  <arg name="job" direction="out" type="o"/></method>
</interface></node>
"""


class Systemd1(Played):
    """units: {name: (whether it is active, what starts it)}, two functions that are called on the stand-in's thread, so
    that what they start lives as long as it does. As with systemd the answer means that the start is queued, and an
    active unit is not started again.

    asked: the names that were asked for. failures: what went wrong with the starts.
    """

    NAME, PATH, INTROSPECTION = NAME, PATH, INTROSPECTION

    def __init__(self, address, units):
        self.units, self.asked, self.failures = units, [], []
        super().__init__(address)

    def call_StartUnit(self, _sender, invocation, name, mode):
        self.asked.append(name)
        if name not in self.units:
            invocation.return_dbus_error(NAME + ".NoSuchUnit", f"Unit {name} not found.")
        elif mode not in MODES:
            invocation.return_dbus_error("org.freedesktop.DBus.Error.InvalidArgs", f"Job mode {mode} invalid")
        else:
            invocation.return_value(GLib.Variant("(o)", (f"{PATH}/job/{len(self.asked)}",)))
            source = GLib.idle_source_new()
            source.set_callback(lambda *_: self._start(name))
            source.attach(self.context)

    def _start(self, name):
        is_active, start = self.units[name]
        try:
            if not is_active():
                start()
        except (OSError, RuntimeError) as error:
            self.failures.append(f"{name}: {error}")
        return False
