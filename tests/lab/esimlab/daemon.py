# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon under test as a process: start, wait until it is ready, stop, kill."""

import os
import select
import shlex
import signal
import subprocess

from .bus import DIE_WITH_US
from .busclient import BusError

BUS_NAME = "org.esimd1"
ROOT_PATH = "/org/esimd1"
MANAGER = BUS_NAME + ".Manager"
# A build with sanitizers is several times slower.
PATIENCE = 4 if os.environ.get("ESIMD_SANITIZED") else 1


class Daemon:
    """`command` is the daemon with its arguments; its output goes to `log_file`.

    bus: where it will own its name. client: a BusClient to look at it.
    activated: the bus starts it when it is first called, instead of start(). wrap: what goes before the command.
    """

    def __init__(self, command, bus, client, log_file, *, environment=None, activated=False, wrap=()):
        self.command, self.bus, self.client = list(map(str, command)), bus, client
        self.log_file = log_file
        self.environment = {**bus.environment, "LC_ALL": "C.UTF-8", **(environment or {})}
        self.activated, self.wrap = activated, list(wrap)
        self.process = None
        self.after_death = []
        self.killed = False
        if activated:
            # A service file has escapes of its own, so the command goes into a script.
            starter = log_file.with_name("start-esimd")
            pairs = [f"{key}={value}" for key, value in self.environment.items()]
            line = shlex.join([*self.wrap, "/usr/bin/env", *pairs, *self.command])
            starter.write_text(f"#!/bin/sh\nexec {line} >>{shlex.quote(str(log_file))} 2>&1\n",
                               encoding="utf-8")
            starter.chmod(0o755)
            bus.add_service(BUS_NAME, starter)

    def log(self):
        try:
            return self.log_file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    @property
    def pid(self):
        """Its process id while it runs, or None."""
        if self.activated:
            return self.client.owner_pid()
        if self.process is None or self.process.poll() is not None:
            return None
        return self.process.pid

    def start(self, wait=True, timeout=15):
        """Start it and wait until it says Ready. Raises RuntimeError with its log if it dies."""
        if self.activated:
            self.client.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "StartServiceByName",
                             "(su)", BUS_NAME, 0, destination="org.freedesktop.DBus")
        elif self.pid is None:
            with open(self.log_file, "ab") as log:
                self.process = subprocess.Popen([*self.wrap, *DIE_WITH_US, *self.command], stdout=log, stderr=log,
                                                stdin=subprocess.DEVNULL, start_new_session=True,
                                                env={**os.environ, **self.environment})
            self.killed = False
        if wait:
            self.wait_ready(timeout)
        return self

    def ready(self):
        if self.client.owner_pid() is None:
            return False
        try:
            return self.client.get(ROOT_PATH, MANAGER, "Ready")
        except BusError:
            return False

    def wait_ready(self, timeout=15):
        def look():
            if not self.activated and self.process.poll() is not None:
                raise RuntimeError(f"the daemon ended with {self.process.returncode}:\n{self.log()}")
            return self.ready()
        try:
            self.client.wait_until(look, timeout * PATIENCE, every=0.01)
        except TimeoutError:
            raise RuntimeError(f"the daemon did not become ready:\n{self.log()}") from None

    def _end(self, number, timeout):
        """Send a signal and wait for the end; False if it was not running."""
        pid = self.pid
        if pid is None:
            return False
        # One that the bus started is not our child, so its end is seen through a pidfd.
        watched = os.pidfd_open(pid)
        try:
            os.kill(pid, number)
            if not select.select([watched], [], [], timeout)[0]:
                raise TimeoutError
        finally:
            os.close(watched)
        if self.process is not None:
            self.process.wait(timeout)
        for act in self.after_death:
            act()
        return True

    def kill(self):
        """kill -9, and wait until it is gone. May be called on the modem's thread."""
        # Known before it dies: another thread may see it dead at once.
        self.killed = self.killed or self.pid is not None
        self._end(signal.SIGKILL, 10)

    def finish(self):
        """At the end of a test: stop it, so that sanitizers have their say; a crash is an error."""
        code = self.stop()
        if code and not self.killed:
            raise RuntimeError(f"the daemon ended with {code}:\n{self.log()}")

    def stop(self, timeout=15):
        """SIGTERM as systemd does it; the exit code (None under activation)."""
        try:
            self._end(signal.SIGTERM, timeout * PATIENCE)
        except TimeoutError:
            self.kill()
            raise RuntimeError(f"the daemon did not leave on SIGTERM:\n{self.log()}") from None
        return self.process.returncode if self.process is not None else None

    def restart(self, **how):
        self.stop()
        return self.start(**how)

    def alive(self):
        return self.pid is not None
