# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory's clock: it runs from a chosen moment at a chosen speed, and can be set.

Programs that run with clock.c preloaded have it as their wall clock; so has the carrier. What waits by the monotonic
clock (retries over the network, timeouts of D-Bus) waits as long as ever.
"""

import os
import pathlib
import struct
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# As in clock.c: a count, then a ring of courses.
COUNT, COURSE = struct.Struct("=I"), struct.Struct("=qqdQq")
RING_AT, RING = 64, 64


def _to_ns(moment):
    if moment.tzinfo is None:
        raise ValueError("a moment of the clock has a time zone")
    return (moment - EPOCH) // timedelta(microseconds=1) * 1000


class Clock:
    """start: the moment that it shows first (a datetime with a time zone; default: the present).

    speed: how many of its seconds go by in one: 3600 is an hour a second, 0 stands still and moves by steps alone.
    """

    def __init__(self, start=None, speed=1.0):
        self.start = start or datetime.now(timezone.utc)
        self.listeners = []  # called without arguments after each change, on the thread that made it
        self._lock = threading.RLock()
        self._folder = tempfile.TemporaryDirectory(prefix="esim-lab-clock-")
        self._path = pathlib.Path(self._folder.name) / "clock"
        os.chmod(self._folder.name, 0o755)
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.ftruncate(self._file, RING_AT + RING * COURSE.size)
        self._count = self._steps = 0
        self._base = self._shown = 0
        # A machine that was started an hour before.
        self._ahead = _to_ns(self.start) - 3600 * 10**9
        self._speed = float(speed)
        self._write(_to_ns(self.start), speed)

    def close(self):
        """The clock can be read and set no longer; whoever has it mapped keeps it as it is."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
            self._folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # What it shows

    @property
    def speed(self):
        return self._speed

    def _now_ns(self):
        return self._shown + int((time.monotonic_ns() - self._base) * self._speed)

    def now(self):
        """The moment that it shows, in UTC."""
        with self._lock:
            return EPOCH + timedelta(microseconds=self._now_ns() // 1000)

    def seconds_until(self, moment):
        """How long it takes in truth until it shows this, unless it is set; None: for ever."""
        with self._lock:
            left = (_to_ns(moment) - self._now_ns()) / 1e9
            if left <= 0:
                return 0
            return left / self._speed if self._speed else None

    # How it is set

    def begin(self):
        """Show the start again, now."""
        self.set(self.start)

    def set(self, moment):
        """Show this moment, which may be one of the past: the clock was wrong, and no time has passed."""
        with self._lock:
            self._ahead += _to_ns(moment) - self._now_ns()
            self._set(moment)
        self._tell()

    def step(self, seconds):
        """Go forward by so much (a timedelta or seconds), as over a sleep of the machine; less than nothing sets it back."""
        by = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
        with self._lock:
            if by < timedelta(0):
                self._ahead += by // timedelta(microseconds=1) * 1000
            self._set(self.now() + by)
        self._tell()

    def advance_to(self, moment):
        """Go forward to this moment. ValueError if it has gone by."""
        with self._lock:
            if _to_ns(moment) < self._now_ns():
                raise ValueError(f"{moment} has gone by: it is {self.now()}")
            self._set(moment)
        self._tell()

    def set_speed(self, speed):
        """From now on; no step."""
        with self._lock:
            self._write(self._now_ns(), speed)
        self._tell()

    def _set(self, moment):
        self._steps += 1
        self._write(_to_ns(moment), self._speed)

    def _write(self, shown, speed):
        """Append a course, then count it: clock.c reads no half ones. Both wake its thread."""
        if speed < 0:
            raise ValueError("a clock does not run backwards")
        self._base, self._shown, self._speed = time.monotonic_ns(), shown, float(speed)
        self._count += 1
        course = COURSE.pack(self._base, shown, self._speed, self._steps, self._ahead)
        os.pwrite(self._file, course, RING_AT + self._count % RING * COURSE.size)
        os.pwrite(self._file, COUNT.pack(self._count), 0)

    def _tell(self):
        """Without the lock: a listener that waits for another thread must not stop that thread from reading."""
        for listener in list(self.listeners):
            listener()

    # Who has it

    def environment(self, build, given=None):
        """What a program needs in its environment, put together with what it is `given` already.

        build: the build folder.
        """
        library = build / "tests" / "esimlab-clock.so"
        if not library.exists():
            raise RuntimeError(f"{library} is missing: build with -Dtests=true")
        told = dict(given or {})
        preloaded = told.get("LD_PRELOAD", os.environ.get("LD_PRELOAD", ""))
        told["LD_PRELOAD"] = ":".join(filter(None, [str(library), preloaded]))
        told["ESIM_CLOCK_FILE"] = str(self._path)
        # The address sanitizer wants to come first; behind the shim it works as well.
        options = told.get("ASAN_OPTIONS", os.environ.get("ASAN_OPTIONS", ""))
        if "verify_asan_link_order" not in options:
            told["ASAN_OPTIONS"] = ":".join(filter(None, [options, "verify_asan_link_order=0"]))
        return told
