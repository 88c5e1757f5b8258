# SPDX-License-Identifier: LGPL-2.1-or-later
"""A stand-in for polkitd on a private bus, with rules that a test sets while it runs.

It answers org.freedesktop.PolicyKit1.Authority the way libpolkit-gobject-1 and pkcheck call it.
Unlike the real one it makes no exception for root: what a test forbids is forbidden.
"""

import contextlib
import dataclasses
import fnmatch
import os
import threading
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402
from esimlab import contexts  # noqa: E402

NAME = "org.freedesktop.PolicyKit1"
PATH = "/org/freedesktop/PolicyKit1/Authority"
INTERFACE = "org.freedesktop.PolicyKit1.Authority"
ALLOW_USER_INTERACTION = 1
FEATURES_NONE = 0

INTROSPECTION = """
<node><interface name="org.freedesktop.PolicyKit1.Authority">
 <property name="BackendName" type="s" access="read"/>
 <property name="BackendVersion" type="s" access="read"/>
 <property name="BackendFeatures" type="u" access="read"/>
 <method name="EnumerateActions">
  <arg name="locale" direction="in" type="s"/>
  <arg name="action_descriptions" direction="out" type="a(ssssssuuua{ss})"/></method>
 <method name="CheckAuthorization">
  <arg name="subject" direction="in" type="(sa{sv})"/>
  <arg name="action_id" direction="in" type="s"/>
  <arg name="details" direction="in" type="a{ss}"/>
  <arg name="flags" direction="in" type="u"/>
  <arg name="cancellation_id" direction="in" type="s"/>
  <arg name="result" direction="out" type="(bba{ss})"/></method>
 <method name="CancelCheckAuthorization">
  <arg name="cancellation_id" direction="in" type="s"/></method>
 <method name="EnumerateTemporaryAuthorizations">
  <arg name="subject" direction="in" type="(sa{sv})"/>
  <arg name="temporary_authorizations" direction="out" type="a(ss(sa{sv})tt)"/></method>
 <method name="RevokeTemporaryAuthorizations">
  <arg name="subject" direction="in" type="(sa{sv})"/></method>
 <signal name="Changed"/>
</interface></node>
"""


@dataclasses.dataclass
class Check:
    """One CheckAuthorization: who asked about whom. `answer` is "yes", "no", "challenge",
    "cancelled" or "" while it waits."""

    action: str
    uid: int | None
    subject_kind: str
    subject: str
    flags: int
    details: dict
    caller: str
    answer: str = ""
    when: float = dataclasses.field(default_factory=time.monotonic)

    @property
    def interactive(self):
        return bool(self.flags & ALLOW_USER_INTERACTION)


@dataclasses.dataclass
class Rule:
    """verdict: "yes", "no" or "challenge". after/password: what a person would do at the prompt."""

    pattern: str
    uid: int | None
    verdict: str
    after: float = 0.0
    succeeds: bool = True

    def fits(self, action, uid):
        return fnmatch.fnmatchcase(action, self.pattern) and self.uid in (None, uid)


class Polkit:
    """Owns the name on the bus at `address` until close().

    The last rule that fits decides. Without any: the uid that runs the lab may, others may not.
    """

    def __init__(self, address):
        self.address = address
        self.checks = []
        self.rules = []
        # Called with each Check, on the stand-in's thread: before it is answered (True leaves it without an
        # answer), and when the answer is on its way.
        self.before_answer, self.after_answer = [], []
        self._lock = threading.Lock()
        self._pending = {}
        self._ready = threading.Event()
        self._failure = None
        self.context = contexts.take()
        self.loop = GLib.MainLoop.new(self.context, False)
        self._thread = threading.Thread(target=self._run, name="polkit", daemon=True)
        self._thread.start()
        if not self._ready.wait(10) or self._failure:
            raise RuntimeError(f"polkit stand-in did not start: {self._failure}")

    # -- rules ----------------------------------------------------------------------------------

    def _rule(self, rule):
        with self._lock:
            self.rules.append(rule)
        self._invoke(self._announce)

    def allow(self, action="*", uid=None):
        self._rule(Rule(action, uid, "yes"))

    def deny(self, action="*", uid=None):
        self._rule(Rule(action, uid, "no"))

    def challenge(self, action="*", uid=None, *, after=0.05, succeeds=True):
        """A password is wanted. Without ALLOW_USER_INTERACTION the answer is just that; with it,
        somebody types for `after` seconds (None: for ever), rightly or wrongly."""
        self._rule(Rule(action, uid, "challenge", after, succeeds))

    def clear(self):
        with self._lock:
            self.rules.clear()
            self.checks.clear()
        self._invoke(self._announce)

    def waiting(self):
        """Checks at whose prompt somebody sits right now."""
        return [check for check in list(self.checks) if check.answer == ""]

    def checked(self, action="*"):
        return [check for check in list(self.checks) if fnmatch.fnmatchcase(check.action, action)]

    def answer_waiting(self, succeeds=True):
        """The person at every open prompt finishes now."""
        def run():
            for key in list(self._pending):
                self._finish(key, succeeds)
        self._invoke(run)

    # -- the service ----------------------------------------------------------------------------

    def _invoke(self, function):
        def once(*_):
            function()
            return False
        source = GLib.idle_source_new()
        source.set_priority(GLib.PRIORITY_DEFAULT)
        source.set_callback(once)
        source.attach(self.context)

    def _run(self):
        self.context.push_thread_default()
        try:
            flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                     | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
            self.connection = Gio.DBusConnection.new_for_address_sync(
                self.address, flags, None, None)
            self.connection.set_exit_on_close(False)
            info = Gio.DBusNodeInfo.new_for_xml(INTROSPECTION).interfaces[0]
            self.connection.register_object(PATH, info, self._call, self._property, None)
            answer = self._bus("RequestName", GLib.Variant("(su)", (NAME, 4)))
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

    def _bus(self, method, arguments):
        return self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus",
                                         "org.freedesktop.DBus", method, arguments, None,
                                         Gio.DBusCallFlags.NONE, 5000, None)

    def close(self):
        if self._thread.is_alive():
            self._invoke(self.loop.quit)
            self._thread.join(5)
            if not self._thread.is_alive():
                contexts.give_back(self.context)

    def _announce(self):
        self.connection.emit_signal(None, PATH, INTERFACE, "Changed", None)

    def _property(self, _connection, _sender, _path, _interface, name):
        return {"BackendName": GLib.Variant("s", "lab"),
                "BackendVersion": GLib.Variant("s", "122"),
                "BackendFeatures": GLib.Variant("u", FEATURES_NONE)}[name]

    def _call(self, _connection, sender, _path, _interface, method, parameters, invocation):
        arguments = parameters.unpack()
        if method == "CheckAuthorization":
            self._check(sender, arguments, invocation)
        elif method == "CancelCheckAuthorization":
            self._cancel(sender, arguments[0], invocation)
        elif method == "EnumerateActions":
            invocation.return_value(GLib.Variant("(a(ssssssuuua{ss}))", ([],)))
        elif method == "EnumerateTemporaryAuthorizations":
            invocation.return_value(GLib.Variant("(a(ss(sa{sv})tt))", ([],)))
        else:
            invocation.return_value(None)

    def _subject_uid(self, kind, details):
        """(uid or None, a word for the subject)."""
        if kind == "system-bus-name":
            name = details.get("name", "")
            try:
                uid = self._bus("GetConnectionUnixUser", GLib.Variant("(s)", (name,))).unpack()[0]
            except GLib.Error:
                uid = None
            return uid, name
        if kind == "unix-process":
            pid = details.get("pid", 0)
            uid = details.get("uid", -1)
            if uid is None or uid < 0:
                try:
                    uid = os.stat(f"/proc/{pid}").st_uid
                except OSError:
                    uid = None
            return uid, str(pid)
        return None, ""

    def _verdict(self, action, uid):
        with self._lock:
            for rule in reversed(self.rules):
                if rule.fits(action, uid):
                    return rule
        return Rule("*", None, "yes" if uid == os.getuid() else "no")

    def _check(self, sender, arguments, invocation):
        (kind, details), action, extra, flags, cancellation = arguments
        uid, subject = self._subject_uid(kind, details)
        check = Check(action, uid, kind, subject, flags, extra, sender)
        if uid is None:
            check.answer = "no"
            self.checks.append(check)
            invocation.return_dbus_error(NAME + ".Error.Failed", "no such subject")
            return
        rule = self._verdict(action, uid)
        self.checks.append(check)
        if any([hook(check) for hook in list(self.before_answer)]):
            check.answer = "cancelled"
            return
        if rule.verdict != "challenge":
            check.answer = rule.verdict
            reply(invocation, rule.verdict == "yes", False)
            self._answered(check)
        elif not check.interactive:
            check.answer = "challenge"
            reply(invocation, False, True)
        else:
            self._prompt(check, rule, (sender, cancellation or id(check)), invocation)

    def _answered(self, check):
        if self.after_answer:
            self.connection.flush_sync(None)
        for hook in list(self.after_answer):
            hook(check)

    def _prompt(self, check, rule, key, invocation):
        if key in self._pending:
            check.answer = "no"
            invocation.return_dbus_error(NAME + ".Error.CancellationIdNotUnique",
                                         "this cancellation id is in use")
            return
        timer = None
        if rule.after is not None:
            timer = GLib.timeout_source_new(int(rule.after * 1000))
            timer.set_callback(lambda *_: self._finish(key, rule.succeeds))
            timer.attach(self.context)
        self._pending[key] = (check, invocation, timer)

    def _finish(self, key, succeeds):
        pending = self._pending.pop(key, None)
        if pending is not None:
            check, invocation, timer = pending
            if timer is not None:
                timer.destroy()
            check.answer = "yes" if succeeds else "no"
            reply(invocation, succeeds, False)
        return False

    def _cancel(self, sender, cancellation, invocation):
        pending = self._pending.pop((sender, cancellation), None)
        if pending is None:
            invocation.return_dbus_error(NAME + ".Error.Failed", "no such check")
            return
        check, waiting, timer = pending
        if timer is not None:
            timer.destroy()
        check.answer = "cancelled"
        waiting.return_dbus_error(NAME + ".Error.Cancelled", "the check was cancelled")
        invocation.return_value(None)


def reply(invocation, authorized, challenge):
    invocation.return_value(GLib.Variant("((bba{ss}))", ((authorized, challenge, {}),)))
