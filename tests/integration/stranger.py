# SPDX-License-Identifier: LGPL-2.1-or-later
"""Another user on the laboratory's bus: a process with a uid of its own that calls and listens."""

import json
import subprocess

NOBODY = 65534

# What runs under the other uid: one JSON line in, one out. It reads no file of the tree, for it may not.
PROGRAM = """
import json, sys, threading
import gi
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib
seen = []
def note(connection, message, incoming):
    if incoming and message.get_message_type() == Gio.DBusMessageType.SIGNAL and message.get_path() != "/org/freedesktop/DBus":
        body = message.get_body()
        seen.append([message.get_path(), message.get_interface(), message.get_member(),
                     body.print_(True) if body else "()"])
    return message
threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
bus.set_exit_on_close(False)
bus.add_filter(note)
for line in sys.stdin:
    command = json.loads(line)
    if command == "signals":
        answer = seen
    else:
        name, path, interface, method, arguments, flags = command
        try:
            given = GLib.Variant.parse(None, arguments, None, None)
            result = bus.call_sync(name, path, interface, method, given, None, Gio.DBusCallFlags(flags), 20000, None)
            answer = ["", result.print_(True)]
        except GLib.Error as error:
            answer = [Gio.DBusError.get_remote_error(error), error.message]
    print(json.dumps(answer), flush=True)
"""


class Stranger:
    """A context manager: the process, and short words for what it does."""

    def __init__(self, lab, uid=NOBODY):
        self.process = subprocess.Popen(
            ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--", "/usr/bin/python3", "-c", PROGRAM],
            env={**lab.environment, "HOME": "/"}, cwd="/", text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def _ask(self, command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def call(self, name, path, interface, method, arguments="()", interactive=False):
        """(error name or "", the result or the error's text, as GVariant text)"""
        flags = 2 if interactive else 0
        return tuple(self._ask([name, path, interface, method, arguments, flags]))

    def listen(self, name):
        """Match every signal of this name from now on."""
        rule = f"(\"type='signal',sender='{name}'\",)"
        error, text = self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                "AddMatch", rule)
        assert error == "", text

    def signals(self):
        """[path, interface, member, body as text] of all that came."""
        return self._ask("signals")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
