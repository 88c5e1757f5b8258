# SPDX-License-Identifier: LGPL-2.1-or-later
"""What stand-ins for small services of the machine have in common: a name on a private bus, one object, a thread."""

import contextlib
import threading

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402
from esimlab import contexts  # noqa: E402


class Played:
    """Owns NAME on the bus at `address` until close(), and answers calls at PATH: call_<Method> (sender, invocation,
    *arguments) on a thread of its own, which answers the invocation."""

    NAME = PATH = INTROSPECTION = ""

    def __init__(self, address):
        self.address = address
        self.connection = None
        self._ready = threading.Event()
        self._failure = None
        self.context = contexts.take()
        self.loop = GLib.MainLoop.new(self.context, False)
        self._thread = threading.Thread(target=self._run, name=self.NAME, daemon=True)
        self._thread.start()
        if not self._ready.wait(10) or self._failure:
            raise RuntimeError(f"the stand-in for {self.NAME} did not start: {self._failure}")

    def property(self, name):
        """A property's GLib.Variant."""
        raise NotImplementedError(name)

    def prepare(self):
        """More objects, which have to be there before the name is."""

    def emit(self, interface, name, arguments):
        """A signal; it is on the bus when this returns."""
        self.connection.emit_signal(None, self.PATH, interface, name, arguments)
        self.connection.flush_sync(None)

    def _run(self):
        self.context.push_thread_default()
        try:
            flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                     | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
            self.connection = Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)
            self.connection.set_exit_on_close(False)
            for interface in Gio.DBusNodeInfo.new_for_xml(self.INTROSPECTION).interfaces:
                self.connection.register_object(self.PATH, interface, self._call, self._property, None)
            self.prepare()
            answer = self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                               "RequestName", GLib.Variant("(su)", (self.NAME, 4)), None,
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

    def _property(self, _connection, _sender, _path, _interface, name):
        return self.property(name)

    def _call(self, _connection, sender, _path, _interface, method, parameters, invocation):
        getattr(self, "call_" + method)(sender, invocation, *parameters.unpack())

    def close(self):
        if self._thread.is_alive():
            source = GLib.idle_source_new()
            source.set_callback(lambda *_: self.loop.quit())
            source.attach(self.context)
            self._thread.join(5)
            if not self._thread.is_alive():
                contexts.give_back(self.context)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
