# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for systemd-logind on a private bus: locks against sleep, and the two signals around it.

What is frozen meanwhile, and how long, is for the test: going_to_sleep (), SIGSTOP, SIGCONT, woken_up ().
"""

import contextlib
import dataclasses
import os
import threading
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402
from esimlab import contexts  # noqa: E402

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


class Login1:
    """Owns the name on the bus at `address` until close().

    locks: all that were given. refused: how many were not, because the machine was on its way to sleep.
    """

    def __init__(self, address):
        self.address = address
        self.locks, self.refused, self.preparing = [], 0, False
        self.inhibiting = []  # called with each Lock before it is given, on the stand-in's thread
        self._changed = threading.Condition()
        self._ready = threading.Event()
        self._failure = None
        self.context = contexts.take()
        self.loop = GLib.MainLoop.new(self.context, False)
        self._thread = threading.Thread(target=self._run, name="login1", daemon=True)
        self._thread.start()
        if not self._ready.wait(10) or self._failure:
            raise RuntimeError(f"logind stand-in did not start: {self._failure}")

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
        self._announce(True)
        with self._changed:
            return self._changed.wait_for(lambda: not any(lock.held for lock in self.locks), timeout)

    def woken_up(self):
        with self._changed:
            self.preparing = False
        self._announce(False)

    # -- the service -----------------------------------------------------------------------------

    def _run(self):
        self.context.push_thread_default()
        try:
            flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                     | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
            self.connection = Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)
            self.connection.set_exit_on_close(False)
            info = Gio.DBusNodeInfo.new_for_xml(INTROSPECTION).interfaces[0]
            self.connection.register_object(PATH, info, self._call, self._property, None)
            answer = self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                               "RequestName", GLib.Variant("(su)", (NAME, 4)), None,
                                               Gio.DBusCallFlags.NONE, 5000, None)
            if answer.unpack() != (1,):
                raise RuntimeError("the name is taken")
        except (GLib.Error, RuntimeError) as error:
            self._failure = error
            self._ready.set()
            return
        self._ready.set()
        self.loop.run()
        with contextlib.suppress(GLib.Error):  # the bus may be gone already
            self.connection.close_sync(None)
        self.context.pop_thread_default()

    def close(self):
        if self._thread.is_alive():
            source = GLib.idle_source_new()
            source.set_callback(lambda *_: self.loop.quit())
            source.attach(self.context)
            self._thread.join(5)
            if not self._thread.is_alive():
                contexts.give_back(self.context)

    def _announce(self, going):
        self.connection.emit_signal(None, PATH, INTERFACE, "PrepareForSleep", GLib.Variant("(b)", (going,)))
        self.connection.flush_sync(None)

    def _property(self, _connection, _sender, _path, _interface, _name):
        return GLib.Variant("b", self.preparing)

    def _call(self, _connection, sender, _path, _interface, method, parameters, invocation):
        if method == "ListInhibitors":
            rows = [(lock.what, lock.who, lock.why, lock.mode, 0, 0) for lock in self.held()]
            invocation.return_value(GLib.Variant("(a(ssssuu))", (rows,)))
        else:
            self._inhibit(Lock(*parameters.unpack(), sender), invocation)

    def _inhibit(self, lock, invocation):
        if not lock.what or not set(lock.what.split(":")) <= KINDS or lock.mode not in MODES:
            invocation.return_dbus_error("org.freedesktop.DBus.Error.InvalidArgs", "no such lock")
            return
        for hook in list(self.inhibiting):
            hook(lock)
        with self._changed:
            if self.preparing:
                self.refused += 1
                invocation.return_dbus_error(NAME + ".OperationInProgress",
                                             "The operation inhibition has been requested for is already running")
                return
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
