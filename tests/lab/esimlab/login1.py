# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for systemd-logind on a private bus: locks against sleep, and the two signals around it.

What is frozen meanwhile, and how long, is for the test: going_to_sleep (), SIGSTOP, SIGCONT, woken_up ().
"""

import dataclasses
import os
import threading
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402
from esimlab.played import Played  # noqa: E402

NAME = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
INTERFACE = "org.freedesktop.login1.Manager"
KINDS = {"shutdown", "sleep", "idle", "handle-power-key", "handle-suspend-key", "handle-hibernate-key",
         "handle-lid-switch", "handle-reboot-key"}
MODES = ("block", "delay")
DELAY_MAX = 5.0  # InhibitDelayMaxSec=

INTROSPECTION = """
<node><interface name="org.freedesktop.login1.Manager">
 <property name="PreparingForSleep" type="b" access="read"/>
 <method name="Inhibit">
  <arg name="what" direction="in" type="s"/><arg name="who" direction="in" type="s"/>
  <arg name="why" direction="in" type="s"/><arg name="mode" direction="in" type="s"/>
  <arg name="pipe_fd" direction="out" type="h"/></method>
 <method name="ListInhibitors"><arg name="inhibitors" direction="out" type="a(ssssuu)"/></method>
 <signal name="PrepareForSleep"><arg name="start" type="b"/></signal>
</interface></node>
"""


@dataclasses.dataclass
class Lock:
    """One that was given; `released` is None while it is held. Times are of time.monotonic ()."""

    what: str
    who: str
    why: str
    mode: str
    holder: str
    taken: float = dataclasses.field(default_factory=time.monotonic)
    released: float | None = None

    @property
    def held(self):
        return self.released is None

    @property
    def seconds(self):
        return (self.released or time.monotonic()) - self.taken


class Login1(Played):
    """locks: all that were given. refused: how many were not, because the machine was on its way to sleep."""

    NAME, PATH, INTROSPECTION = NAME, PATH, INTROSPECTION

    def __init__(self, address):
        self.locks, self.refused, self.preparing = [], 0, False
        self._changed = threading.Condition()
        super().__init__(address)

    # -- what a test does ------------------------------------------------------------------------

    def held(self):
        with self._changed:
            return [lock for lock in self.locks if lock.held]

    def wait_held(self, timeout=5):
        """Until somebody holds a lock: the lock, or None."""
        with self._changed:
            self._changed.wait_for(lambda: any(lock.held for lock in self.locks), timeout)
            return next((lock for lock in self.locks if lock.held), None)

    def going_to_sleep(self, timeout=DELAY_MAX):
        """Say so, and wait for those who delay it: True if none does any more. timeout=0 waits for nobody, as a
        kernel that is told to sleep by somebody else."""
        with self._changed:
            self.preparing = True
        self.emit(INTERFACE, "PrepareForSleep", GLib.Variant("(b)", (True,)))
        with self._changed:
            return self._changed.wait_for(lambda: not any(lock.held for lock in self.locks), timeout)

    def woken_up(self):
        with self._changed:
            self.preparing = False
        self.emit(INTERFACE, "PrepareForSleep", GLib.Variant("(b)", (False,)))

    # -- the service -----------------------------------------------------------------------------

    def property(self, _name):
        return GLib.Variant("b", self.preparing)

    def call_ListInhibitors(self, _sender, invocation):
        rows = [(lock.what, lock.who, lock.why, lock.mode, 0, 0) for lock in self.held()]
        invocation.return_value(GLib.Variant("(a(ssssuu))", (rows,)))

    def call_Inhibit(self, sender, invocation, what, who, why, mode):
        if not what or not set(what.split(":")) <= KINDS or mode not in MODES:
            invocation.return_dbus_error("org.freedesktop.DBus.Error.InvalidArgs", "no such lock")
            return
        with self._changed:
            if self.preparing:
                self.refused += 1
                invocation.return_dbus_error(NAME + ".OperationInProgress",
                                             "The operation inhibition has been requested for is already running")
                return
            lock = Lock(what, who, why, mode, sender)
            self.locks.append(lock)
            self._changed.notify_all()
        reading, writing = os.pipe()
        descriptors = Gio.UnixFDList.new()
        descriptors.append(writing)  # which makes a copy
        os.close(writing)
        threading.Thread(target=self._watch, args=(lock, reading), name="lock", daemon=True).start()
        invocation.return_value_with_unix_fd_list(GLib.Variant("(h)", (0,)), descriptors)

    def _watch(self, lock, reading):
        """The lock is held as long as anybody has its end of the pipe open."""
        os.read(reading, 1)
        os.close(reading)
        with self._changed:
            lock.released = time.monotonic()
            self._changed.notify_all()
