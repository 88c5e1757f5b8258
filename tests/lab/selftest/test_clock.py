# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory's clock, seen by a program that has it."""

import os
import pathlib
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest

from esimlab.clock import Clock
from esimlab.diskfaults import DiskFaults
from esimlab.lab import build_folder

START = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
ABSOLUTE, CANCEL_ON_SET = 1, 2
HOUR = 3600
SOURCE = pathlib.Path(__file__).with_name("clock-user.c")


class Program:
    """clock-user.c, compiled with these options, under the clock."""

    def __init__(self, binary, clock, given=None):
        environment = {**os.environ, **clock.environment(build_folder(), given)}
        self.process = subprocess.Popen([binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment, bufsize=1)

    def ask(self, *words):
        self.tell(*words)
        return self.hear()

    def tell(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def hear(self):
        return self.process.stdout.readline().split()

    def arm(self, flags, when):
        assert self.ask("arm", flags, when.timestamp() if isinstance(when, datetime) else when) == ["0"]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        return self.process.wait(30)


@pytest.fixture(scope="module")
def binary(tmp_path_factory):
    def make(*options):
        made = tmp_path_factory.mktemp("clock") / "clock-user"
        subprocess.run(["gcc", "-D_GNU_SOURCE", *options, "-o", made, SOURCE], check=True)
        return made
    return make


@pytest.fixture(scope="module")
def plain(binary):
    return binary("-O2")


@pytest.fixture
def run(plain):
    """run(speed): a clock and a program that has it; both gone in the end."""
    opened = []

    def begin(speed=0, given=None, program=None):
        clock = Clock(START, speed)
        opened.append(clock)
        opened.append(Program(program or plain, clock, given))
        return clock, opened[-1]
    yield begin
    ends = [o.close() for o in reversed(opened)]
    assert set(ends) <= {0, None}


def test_it_stands_still_and_steps(run):
    clock, program = run(0)
    assert [float(x) for x in program.ask("now")] == [START.timestamp()] * 4
    assert clock.now() == START
    clock.step(HOUR)
    assert [float(x) for x in program.ask("now")] == [START.timestamp() + HOUR] * 4
    clock.step(-timedelta(days=1))
    assert clock.now() == START + timedelta(hours=-23)
    assert float(program.ask("now")[0]) == clock.now().timestamp()
    clock.advance_to(START)
    with pytest.raises(ValueError, match="gone by"):
        clock.advance_to(START - timedelta(seconds=1))
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2026, 1, 1))
    clock.begin()
    assert clock.now() == START


def test_it_runs_at_its_speed_and_the_monotonic_clock_does_not(run):
    clock, program = run(HOUR)
    before, truth = clock.now().timestamp(), time.monotonic()
    seen = [float(x) for x in program.ask("now")]
    after = clock.now().timestamp()
    assert before <= seen[0] <= after and before - 1 <= seen[3] <= after
    assert truth <= float(program.ask("monotonic")[0]) <= time.monotonic()
    clock.set_speed(0)
    stopped = clock.now()
    assert stopped.timestamp() >= after and clock.now() == stopped


def test_time_that_passes_and_a_clock_that_is_set(run):
    """The clock that counts from the machine's start, and over its sleep, tells them apart."""
    clock, program = run(0)

    def boot():
        return round(float(program.ask("boot")[0]))
    before = boot()
    clock.step(timedelta(hours=5))
    assert boot() == before + 5 * HOUR
    clock.advance_to(clock.now() + timedelta(hours=1))
    assert boot() == before + 6 * HOUR
    clock.step(timedelta(hours=-2))
    clock.set(clock.now() + timedelta(days=40))
    assert boot() == before + 6 * HOUR


def test_a_timer_ends_when_the_clock_shows_the_moment(run):
    clock, program = run(HOUR)
    wanted = clock.now() + timedelta(minutes=20)
    program.arm(ABSOLUTE, wanted)
    count, seen = program.ask("wait")
    assert count == "1" and float(seen) >= wanted.timestamp()
    program.arm(0, 600)
    count, later = program.ask("wait")
    assert count == "1" and float(later) >= float(seen) + 600
    program.arm(ABSOLUTE, clock.now() - timedelta(days=1))
    assert program.ask("wait")[0] == "1"


@pytest.mark.parametrize("flags", [ABSOLUTE, ABSOLUTE | CANCEL_ON_SET])
def test_a_timer_learns_of_a_step(run, flags):
    clock, program = run(0)
    program.arm(flags, START + timedelta(days=2))
    assert program.ask("ready") == ["0"]
    assert [float(x) for x in program.ask("left")] == [2 * 24 * HOUR]
    program.tell("wait")
    clock.step(timedelta(days=3))
    word, seen = program.hear()
    assert float(seen) == (START + timedelta(days=3)).timestamp()
    assert word == ("cancelled" if flags & CANCEL_ON_SET else "1")
    # The kernel lets a timer that was cancelled go on.
    assert program.ask("wait")[0] == "1" if flags & CANCEL_ON_SET else program.ask("ready") == ["0"]


def test_a_step_that_does_not_reach_the_moment(run):
    clock, program = run(0)
    program.arm(ABSOLUTE | CANCEL_ON_SET, START + timedelta(days=2))
    clock.step(HOUR)
    assert program.ask("wait")[0] == "cancelled"
    assert program.ask("ready") == ["0"]
    assert [float(x) for x in program.ask("left")] == [47 * HOUR]
    clock.set_speed(24 * HOUR * 1000)
    assert program.ask("wait")[0] == "1"


def test_who_asks_for_steps_alone_hears_of_them_alone(run):
    clock, program = run(0)
    program.arm(ABSOLUTE | CANCEL_ON_SET, 1 << 60)
    for _ in range(70):  # more than the ring holds
        program.tell("wait")
        clock.step(1)
        assert program.hear()[0] == "cancelled"
    clock.set_speed(1)
    program.ask("now")
    assert program.ask("ready") == ["0"]


def test_a_step_that_was_not_read_is_told_by_setting(run):
    clock, program = run(0)
    program.arm(ABSOLUTE | CANCEL_ON_SET, START + timedelta(days=2))
    clock.step(HOUR)
    assert program.ask("arm", ABSOLUTE | CANCEL_ON_SET, START.timestamp() + 24 * HOUR) == ["-1"]
    assert program.ask("ready") == ["0"] and [float(x) for x in program.ask("left")] == [23 * HOUR]
    clock.step(HOUR)
    program.arm(ABSOLUTE, START + timedelta(days=2))
    assert program.ask("ready") == ["0"]


def test_a_timer_that_is_not_due_wakes_nobody(run):
    """The shim's own thread sleeps in the kernel while the program works, and runs when the clock is set."""
    clock, program = run(1)
    program.arm(ABSOLUTE | CANCEL_ON_SET, START + timedelta(days=30))
    tasks = pathlib.Path(f"/proc/{program.process.pid}/task")
    thread, = (t for t in tasks.iterdir() if t.name != str(program.process.pid))

    def switches():
        return (thread / "status").read_text().split("voluntary_ctxt_switches:")[1].split()[0]
    clock.step(1)
    assert program.ask("wait")[0] == "cancelled"
    clock.step(1)
    assert program.ask("wait")[0] == "cancelled"
    while "S (sleeping)" not in (thread / "status").read_text():
        program.ask("now")
    before = switches()
    for _ in range(500):
        program.ask("now")
    assert switches() == before
    clock.step(1)
    assert program.ask("wait")[0] == "cancelled"
    assert switches() != before


@pytest.mark.parametrize("options", [("-O2",), ("-O1", "-fsanitize=address")])
def test_together_with_the_disk_and_the_sanitizer(run, binary, tmp_path, options):
    faults = DiskFaults(build_folder(), tmp_path, tmp_path)
    clock, program = run(0, faults.environment, binary(*options))
    program.arm(ABSOLUTE | CANCEL_ON_SET, START + timedelta(days=1))
    clock.step(timedelta(days=2))
    assert program.ask("wait") == ["cancelled", f"{(START + timedelta(days=2)).timestamp():.6f}"]


def test_environments_are_put_together():
    with Clock(START) as clock:
        told = clock.environment(build_folder(), {"LD_PRELOAD": "/other.so", "ASAN_OPTIONS": "a=1", "A": "b"})
        assert told["LD_PRELOAD"].endswith("esimlab-clock.so:/other.so") and told["A"] == "b"
        assert told["ASAN_OPTIONS"].startswith("a=1:")
        with pytest.raises(RuntimeError, match="build with"):
            clock.environment(pathlib.Path("/nowhere"))


def test_how_long_until():
    with Clock(START, speed=0) as clock:
        assert clock.seconds_until(START + timedelta(hours=1)) is None
        assert clock.seconds_until(START) == 0
        heard = []
        clock.listeners.append(lambda: heard.append(clock.now()))
        clock.step(5)
        clock.set_speed(HOUR)
        assert len(heard) == 2 and heard[0] == START + timedelta(seconds=5)
        assert 0 < clock.seconds_until(START + timedelta(hours=2)) <= 2
        with pytest.raises(ValueError, match="backwards"):
            clock.set_speed(-1)


def test_a_listener_may_wait_for_somebody_who_reads_the_clock():
    """As the carrier's listener waits for its reviewer."""
    ended = []

    def listen():
        reader = threading.Thread(target=clock.now, daemon=True)
        reader.start()
        reader.join(10)
        ended.append(not reader.is_alive())

    with Clock(START, speed=0) as clock:
        clock.listeners.append(listen)
        clock.set(START + timedelta(hours=1))
        clock.step(HOUR)
        clock.advance_to(START + timedelta(hours=3))
        clock.set_speed(2)
    assert ended == [True] * 4
