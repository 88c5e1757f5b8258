# SPDX-License-Identifier: LGPL-2.1-or-later
"""The polkit stand-in on a private bus, asked by libpolkit-gobject and by pkcheck."""

import os
import subprocess
import threading
import time

import pytest
from gi.repository import GLib

from esimlab.bus import Bus
from esimlab.busclient import BusClient, BusError
from esimlab.polkit import NAME, Polkit

ACTION = "org.esimd1.delete"
NOBODY = 65534


@pytest.fixture(scope="module")
def bus():
    with Bus(own=["org.esimd1"]) as started:
        yield started


@pytest.fixture
def polkit(bus):
    authority = Polkit(bus.address)
    yield authority
    authority.close()


def pkcheck(bus, *arguments, process=None):
    done = subprocess.run(
        ["pkcheck", "--process", str(process or os.getpid()), "--action-id", ACTION, *arguments],
        env={**os.environ, **bus.environment}, capture_output=True, text=True, timeout=20, check=False)
    return done.returncode


def as_nobody(bus, *command):
    return subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
                           *command], env={**os.environ, **bus.environment}, capture_output=True,
                          text=True, timeout=20, check=False)


def check(client, subject, flags=0, cancellation="", timeout=10):
    return client.call("/org/freedesktop/PolicyKit1/Authority", NAME + ".Authority",
                       "CheckAuthorization", "((sa{sv})sa{ss}us)",
                       ("system-bus-name", {"name": GLib.Variant("s", subject)}), ACTION, {}, flags,
                       cancellation, timeout=timeout)


def test_pkcheck(bus, polkit):
    assert pkcheck(bus) == 0
    polkit.deny(ACTION)
    assert pkcheck(bus) == 1
    polkit.challenge(ACTION)
    assert pkcheck(bus) == 2
    assert pkcheck(bus, "--allow-user-interaction") == 0
    polkit.challenge(ACTION, succeeds=False)
    assert pkcheck(bus, "--allow-user-interaction") == 1
    assert [c.answer for c in polkit.checked(ACTION)] == ["yes", "no", "challenge", "yes", "no"]
    assert {(c.uid, c.subject_kind, c.subject) for c in polkit.checks} == {
        (os.getuid(), "unix-process", str(os.getpid()))}


def test_hooks_see_every_check(bus, polkit):
    seen, held, answered = [], [], threading.Event()
    polkit.after_answer.append(lambda check: seen.append(check.answer) or answered.set())
    polkit.before_answer.append(lambda check: seen.append(check.answer) or bool(held))
    assert pkcheck(bus) == 0
    # The answer is on its way first: the one who asked may be through with it before the hook is.
    assert answered.wait(10) and seen == ["", "yes"]
    held.append(True)
    with BusClient(bus.address, NAME) as client, pytest.raises(BusError, match="(?i)timeout"):
        check(client, client.name, timeout=0.2)
    assert seen == ["", "yes", ""] and polkit.checks[-1].answer == "cancelled"


def test_rules_by_uid_and_pattern(bus, polkit):
    polkit.deny("org.esimd1.*")
    polkit.allow(ACTION, uid=os.getuid())
    assert pkcheck(bus) == 0
    polkit.allow(ACTION, uid=os.getuid() + 1)
    polkit.deny(uid=os.getuid())
    assert pkcheck(bus) == 1


@pytest.mark.skipif(os.getuid() != 0, reason="a second uid needs root")
def test_second_uid_on_the_bus(bus, polkit):
    sleeper = subprocess.Popen(["setpriv", f"--reuid={NOBODY}", "--clear-groups", "sleep", "20"])
    try:
        time.sleep(0.1)
        assert pkcheck(bus, process=sleeper.pid) == 1
        polkit.allow(ACTION, uid=NOBODY)
        assert pkcheck(bus, process=sleeper.pid) == 0
        assert {c.uid for c in polkit.checks} == {NOBODY}
    finally:
        sleeper.kill()
        sleeper.wait()
    assert "org.freedesktop.PolicyKit1" in as_nobody(bus, "busctl", "--system", "list").stdout
    owning = as_nobody(bus, "dbus-send", f"--bus={bus.address}", "--print-reply",
                       "--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.RequestName",
                       "string:org.esimd1", "uint32:4")
    assert "AccessDenied" in owning.stderr


def test_system_bus_name(bus, polkit):
    with BusClient(bus.address, NAME) as client:
        assert check(client, client.name) == (True, False, {})
        with pytest.raises(BusError) as caught:
            check(client, ":1.9999")
    assert caught.value.name == NAME + ".Error.Failed"
    assert polkit.checks[0].uid == os.getuid()


def test_cancelled_prompt(bus, polkit):
    polkit.challenge(after=None)
    failures = []
    with BusClient(bus.address, NAME) as client:
        def ask():
            try:
                check(client, client.name, flags=1, cancellation="one")
            except BusError as error:
                failures.append(error.name)
        asking = threading.Thread(target=ask)
        asking.start()
        client.wait_until(polkit.waiting)
        client.call("/org/freedesktop/PolicyKit1/Authority", NAME + ".Authority",
                    "CancelCheckAuthorization", "(s)", "one")
        asking.join(5)
    assert failures == [NAME + ".Error.Cancelled"]
    assert polkit.checks[-1].answer == "cancelled"


def test_prompt_answered_by_the_test(bus, polkit):
    polkit.challenge(after=None)
    with BusClient(bus.address, NAME) as client:
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(check(client, client.name, flags=1)))
        asking.start()
        client.wait_until(polkit.waiting)
        polkit.answer_waiting()
        asking.join(5)
    assert answers == [(True, False, {})]


def test_libpolkit(bus, polkit):
    """libpolkit-gobject keeps to the process's system bus, so it gets a process."""
    script = (
        "import gi, sys\n"
        "gi.require_version('Polkit', '1.0')\n"
        "from gi.repository import Gio, Polkit\n"
        "bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)\n"
        "authority = Polkit.Authority.get_sync(None)\n"
        "subject = Polkit.SystemBusName.new(bus.get_unique_name())\n"
        "for flags in (Polkit.CheckAuthorizationFlags.NONE,\n"
        "              Polkit.CheckAuthorizationFlags.ALLOW_USER_INTERACTION):\n"
        "    r = authority.check_authorization_sync(subject, 'org.esimd1.delete', None, flags, None)\n"
        "    print(r.get_is_authorized(), r.get_is_challenge())\n"
        "print(authority.get_backend_name(), authority.get_owner() is not None)\n"
        "print(len(authority.enumerate_actions_sync(None)))\n")
    polkit.challenge(ACTION)
    done = subprocess.run(["/usr/bin/python3", "-c", script], env={**os.environ, **bus.environment},
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.stdout.split("\n")[:4] == ["False True", "True False", "lab True", "0"], done.stderr
    assert {c.subject_kind for c in polkit.checks} == {"system-bus-name"}


def test_unreachable_without_a_policy(bus):
    """Like on the system bus, what no policy file allows is refused."""
    with BusClient(bus.address, "org.esimd1") as client, pytest.raises(BusError) as caught:
        client.call("/", "x.y", "Z", destination=client.name)
    assert caught.value.name == "org.freedesktop.DBus.Error.AccessDenied"
