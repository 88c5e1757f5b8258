# SPDX-License-Identifier: LGPL-2.1-or-later
"""A plain D-Bus client for tests: method calls, properties, waiting, signals."""

import threading
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402
from esimlab import contexts  # noqa: E402

PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"


class BusError(Exception):
    """A method's error: `name` is the D-Bus name of it."""

    def __init__(self, name, message):
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


class BusClient:
    """One connection to the bus at `address`, with signals collected in a thread."""

    def __init__(self, address, destination):
        self.destination = destination
        self.signals = []
        self._changed = threading.Condition()
        self._context = contexts.take()
        self._loop = GLib.MainLoop.new(self._context, False)
        self.connection = None
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(address, ready), daemon=True)
        self._thread.start()
        if not ready.wait(10) or self.connection is None:
            raise RuntimeError("no connection to the bus")

    def _run(self, address, ready):
        self._context.push_thread_default()
        try:
            flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                     | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
            connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
            connection.set_exit_on_close(False)
            connection.signal_subscribe(self.destination, None, None, None, None,
                                        Gio.DBusSignalFlags.NONE, self._signal)
            self.connection = connection
        finally:
            ready.set()
        self._loop.run()
        self._context.pop_thread_default()

    def _signal(self, _connection, _sender, path, interface, name, parameters):
        with self._changed:
            self.signals.append((path, interface, name, parameters.unpack()))
            self._changed.notify_all()

    @property
    def name(self):
        return self.connection.get_unique_name()

    def call(self, path, interface, method, signature="()", *arguments, timeout=30,
             interactive=False, destination=None):
        """The method's results: None, the one value, or a tuple. Raises BusError."""
        flags = (Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if interactive
                 else Gio.DBusCallFlags.NONE)
        try:
            result = self.connection.call_sync(
                destination or self.destination, path, interface, method,
                GLib.Variant(signature, arguments), None, flags, int(timeout * 1000), None).unpack()
        except GLib.Error as error:
            name = Gio.DBusError.get_remote_error(error) or f"local.{error.domain}.{error.code}"
            raise BusError(name, error.message.removeprefix(f"GDBus.Error:{name}: ")) from None
        return None if not result else result[0] if len(result) == 1 else result

    def send(self, path, interface, method, signature="()", *arguments):
        """The call as call () makes it is on the bus; nobody waits for its reply."""
        self.connection.call(self.destination, path, interface, method, GLib.Variant(signature, arguments), None,
                             Gio.DBusCallFlags.NONE, -1, None, lambda *_: None)
        self.connection.flush_sync(None)

    def get(self, path, interface, name):
        return self.call(path, PROPERTIES, "Get", "(ss)", interface, name)

    def get_all(self, path, interface):
        return self.call(path, PROPERTIES, "GetAll", "(s)", interface)

    def objects(self, path):
        """{path: {interface: {property: value}}}"""
        return self.call(path, OBJECT_MANAGER, "GetManagedObjects")

    def owner_pid(self):
        """The process that owns the destination now, or None; starts nothing."""
        try:
            return self.call("/org/freedesktop/DBus", "org.freedesktop.DBus",
                             "GetConnectionUnixProcessID", "(s)", self.destination,
                             destination="org.freedesktop.DBus")
        except BusError:
            return None

    def wait_signal(self, matches, timeout=10, since=0):
        """The first signal (path, interface, name, arguments) from index `since` that matches."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                for signal in self.signals[since:]:
                    if matches(signal):
                        return signal
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError("the signal did not come")
                self._changed.wait(left)

    def wait_until(self, true, timeout=10, every=0.02):
        """Until true () gives something; looks again after each signal, and now and then."""
        deadline = time.monotonic() + timeout
        while True:
            value = true()
            if value:
                return value
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("it did not become true in time")
            with self._changed:
                self._changed.wait(min(left, every))

    def close(self):
        if self.connection is not None and not self.connection.is_closed():
            self.connection.close_sync(None)
        if not self._thread.is_alive():
            return
        # From inside the loop: quitting one that has not begun to run does nothing.
        source = GLib.idle_source_new()
        source.set_callback(lambda *_: self._loop.quit())
        source.attach(self._context)
        self._thread.join(5)
        if not self._thread.is_alive():
            contexts.give_back(self._context)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
