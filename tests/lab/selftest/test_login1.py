# SPDX-License-Identifier: LGPL-2.1-or-later
"""The logind stand-in on a private bus, asked by systemd's own tools."""

import os
import subprocess
import threading
import time

import pytest

from esimlab.bus import Bus
from esimlab.busclient import BusClient, BusError
from esimlab.login1 import INTERFACE, NAME, PATH, Login1


@pytest.fixture
def bus():
    with Bus() as started:
        yield started


@pytest.fixture
def login1(bus):
    logind = Login1(bus.address)
    yield logind
    logind.close()


def inhibit(bus, command, what="sleep", mode="delay"):
    return subprocess.Popen(["systemd-inhibit", f"--what={what}", "--who=tester", "--why=reasons", f"--mode={mode}",
                             *command], env={**os.environ, **bus.environment}, stdin=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True)


def finish(process):
    _, errors = process.communicate("", timeout=20)
    assert process.returncode == 0, errors


def test_lock_is_held_by_its_descriptor(bus, login1):
    process = inhibit(bus, ["cat"])
    lock = login1.wait_held()
    assert (lock.what, lock.who, lock.why, lock.mode) == ("sleep", "tester", "reasons", "delay")
    finish(process)
    assert login1.going_to_sleep(timeout=5)
    assert not lock.held and not login1.held() and lock.seconds < 20


def test_sleep_waits_for_whoever_delays_it(bus, login1):
    process = inhibit(bus, ["cat"])
    assert login1.wait_held()
    assert not login1.going_to_sleep(timeout=0.2)
    threading.Timer(0.2, process.stdin.close).start()
    begin = time.monotonic()
    assert login1.going_to_sleep(timeout=10)
    assert time.monotonic() - begin >= 0.1
    assert process.wait(10) == 0
    process.stderr.close()


def test_refuses_on_the_way_to_sleep(bus, login1):
    assert login1.going_to_sleep()
    process = inhibit(bus, ["cat"])
    process.communicate("", timeout=20)
    assert process.returncode != 0 and login1.refused == 1 and not login1.locks
    login1.woken_up()
    finish(inhibit(bus, ["true"]))
    assert len(login1.locks) == 1


def test_says_what_it_does(bus, login1):
    with BusClient(bus.address, NAME) as client:
        assert client.owner_pid() == os.getpid()  # by then the bus knows what it listens to
        login1.going_to_sleep()
        assert client.get(PATH, INTERFACE, "PreparingForSleep") is True
        login1.woken_up()
        client.wait_until(lambda: len(client.signals) == 2, 5)
        assert client.signals == [(PATH, INTERFACE, "PrepareForSleep", (going,)) for going in (True, False)]
        assert client.get(PATH, INTERFACE, "PreparingForSleep") is False


@pytest.mark.parametrize("what, mode", [("sleep", "sometimes"), ("snoring", "delay"), ("", "delay")])
def test_nonsense_is_refused(bus, login1, what, mode):
    with BusClient(bus.address, NAME) as client, pytest.raises(BusError, match="no such lock"):
        client.call(PATH, INTERFACE, "Inhibit", "(ssss)", what, "tester", "reasons", mode)
    assert not login1.locks
