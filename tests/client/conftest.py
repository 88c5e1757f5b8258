# SPDX-License-Identifier: LGPL-2.1-or-later
"""A private bus, the service of mock.py on it, and esimctl as a person or a script would call it."""
import json
import os
import pathlib
import pty
import select
import shutil
import signal
import subprocess
import sys
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
TREE = HERE.parents[1]
BUILD = pathlib.Path(os.environ.get("ESIM_BUILD", TREE / "build"))
ESIMCTL = BUILD / "client" / "esimctl" / "esimctl"
PYTHON = "/usr/bin/python3"

EID = "89049032123451234512345678901235"
EUICC = {"Eid": EID, "profiles": [
    {"Iccid": "8966050000000010001", "Name": "Travel 5G", "ServiceProvider": "AIS", "State": "enabled",
     "CanDisable": True, "HomeOperator": "52003", "NotificationAddresses": ["smdp.example.com"]},
    {"Iccid": "8966050000000020002", "Name": "中国移动全球通", "ServiceProvider": "China Mobile", "Nickname": "家里"},
    {"Iccid": "8966050000000030003", "Name": "Test", "ServiceProvider": "Lab", "Class": "test"},
]}

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/><allow send_requested_reply="true"/>
<allow receive_type="signal"/><allow receive_type="method_call"/><allow receive_requested_reply="true"/></policy></busconfig>"""


@pytest.fixture(scope="session", autouse=True)
def built():
    assert ESIMCTL.exists(), f"{ESIMCTL} is not built"


@pytest.fixture(scope="session")
def bus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bus")
    config = folder / "bus.conf"
    config.write_text(BUS_CONFIG.format(path=folder / "socket"))
    daemon = subprocess.Popen(["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
                              stdout=subprocess.PIPE, text=True)
    address = daemon.stdout.readline().strip()
    yield address
    daemon.terminate()
    daemon.wait()


@pytest.fixture(scope="session")
def locales(tmp_path_factory):
    """Locales made for the tests alone: a bare system has none that gettext translates for."""
    folder = tmp_path_factory.mktemp("locale")
    if not shutil.which("localedef"):
        pytest.fail("localedef is missing (package libc-bin)")
    for name in ("zh_CN", "en_US"):
        subprocess.run(["localedef", "-i", name, "-f", "UTF-8", folder / f"{name}.UTF-8"], check=True,
                       stdout=subprocess.DEVNULL)
    return folder


class Desk:
    """What a test works with: a service in a given state, and the program."""

    def __init__(self, address, folder, locales):
        self.folder = folder
        self.log = folder / "log"
        self.service = None
        self.env = {"PATH": os.environ["PATH"], "DBUS_SYSTEM_BUS_ADDRESS": address, "LC_ALL": "en_US.UTF-8",
                    "LOCPATH": str(locales), "ESIM_LOCALEDIR": str(BUILD / "po"), "TZ": "UTC", "TERM": "xterm",
                    "G_DEBUG": "fatal-criticals", "HOME": str(folder)}

    def serve(self, **world):
        world.setdefault("euiccs", [EUICC])
        world.setdefault("uid", os.getuid())
        world["log"] = str(self.log)
        path = self.folder / "world.json"
        path.write_text(json.dumps(world))
        self.service = subprocess.Popen([PYTHON, HERE / "mock.py", path], env=self.env, stdout=subprocess.PIPE,
                                        text=True)
        assert self.service.stdout.readline() == "ready\n"
        return self

    def stop(self):
        if self.service:
            self.service.terminate()
            self.service.wait()
            self.service.stdout.close()
            self.service = None

    def calls(self):
        """The methods that were called, in their order: (object, method, arguments)."""
        if not self.log.exists():
            return []
        return [tuple(json.loads(line)) for line in self.log.read_text().splitlines()]

    def called(self, method):
        return [args for _, name, args in self.calls() if name == method]

    def run(self, *args, stdin=None, chinese=False, **env):
        """Runs esimctl without a terminal."""
        extra = {"LC_ALL": "zh_CN.UTF-8"} if chinese else {}
        return subprocess.run([ESIMCTL, *args], env={**self.env, **extra, **env}, text=True, capture_output=True,
                              timeout=30, stdin=subprocess.DEVNULL if stdin is None else None, input=stdin)

    def json(self, *args, code=0):
        result = self.run(*args, "--json")
        assert result.returncode == code, result
        return json.loads(result.stdout)

    def start(self, *args):
        return subprocess.Popen([ESIMCTL, *args], env=self.env, text=True, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def terminal(self, *args, script=(), chinese=False, limit=20, **env):
        """Runs esimctl on a terminal. script: pairs of a text to wait for and what is typed then: a text ("^C"
        interrupts), or a function that says it."""
        extra = {"LC_ALL": "zh_CN.UTF-8"} if chinese else {}
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(ESIMCTL, ["esimctl", *args], {**self.env, **extra, **env})
        return self.converse(pid, fd, list(script), time.monotonic() + limit)

    @staticmethod
    def converse(pid, fd, script, end):
        seen, unread = "", ""
        while time.monotonic() < end:
            if select.select([fd], [], [], 0.2)[0]:
                try:
                    data = os.read(fd, 65536)
                except OSError:
                    data = b""
                if not data:
                    break
                seen += data.decode("utf-8", "replace")
                unread += data.decode("utf-8", "replace")
            if script and script[0][0] in unread:
                unread = unread.split(script[0][0], 1)[1]
                typed = script[0][1]() if callable(script[0][1]) else script[0][1]
                os.write(fd, b"\x03" if typed == "^C" else typed.encode())
                script.pop(0)
        else:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            pytest.fail(f"esimctl did not end; it had said: {seen}")
        os.close(fd)
        assert not script, f"never seen: {script[0][0]!r} in {seen}"
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), seen.replace("\r\n", "\n")


@pytest.fixture
def desk(bus, locales, tmp_path):
    desk = Desk(bus, tmp_path, locales)
    yield desk
    desk.stop()


sys.path.insert(0, str(HERE))
