# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory inside the guest, on its real system bus, and short words for what systemd says."""

import contextlib
import json
import pathlib
import subprocess
import time

from esimlab.busclient import BusClient
from esimlab.card import Card
from esimlab.modem import MbimModem
from esimlab.pki import Pki
from esimlab.profiles import demo_profiles
from esimlab.smdp import Smdp
from esimlab.usbmodem import UsbMbim, UsbWire

BUS_NAME = "org.esimd1"
SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
DAEMON, PROXY = "esimd.service", "esimd-mbim-proxy.service"
HOSTS = ("smdp.lab.example", "rsp.lab.example")
WORK = pathlib.Path("/run/esim-lab")
CONFIGURATION = pathlib.Path("/etc/esimd/esimd.conf")
TRUST = pathlib.Path("/etc/esimd/trust")
STATE = pathlib.Path("/var/lib/esimd")
# An emulated processor on a busy machine: long enough that only what never happens is missed.
PATIENCE = 90


def run(*command, check=True, timeout=120, **options):
    """Run a command; what it wrote to stdout. AssertionError with all its words when it fails."""
    options.setdefault("stdin", subprocess.DEVNULL)
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=timeout, check=False,
                          **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout if check else done


def show(unit, *names):
    """{name: value} of a unit's properties, as systemd has them in force."""
    told = run("systemctl", "show", unit, *[f"--property={name}" for name in names])
    return dict(line.split("=", 1) for line in told.splitlines() if "=" in line)


def main_pid(unit=DAEMON):
    """Its process, or None."""
    return int(show(unit, "MainPID").get("MainPID", "0")) or None


def is_active(unit):
    return show(unit, "ActiveState")["ActiveState"] == "active"


def wait_for(look, what, timeout=PATIENCE, every=0.2):
    """What look () gives, once that is something. It may fail meanwhile as a service that starts does."""
    deadline, last = time.monotonic() + timeout, None
    while time.monotonic() < deadline:
        try:
            found = look()
            if found:
                return found
        except Exception as error:  # noqa: BLE001 - told below, if it stays
            last = error
        time.sleep(every)
    raise AssertionError(f"{what} did not come within {timeout} s ({last!r})\n{journal()}")


def journal(*units, lines=40):
    """The journal's last lines, of these units or of ours and their neighbours."""
    chosen = units or (DAEMON, PROXY, "ModemManager.service", "NetworkManager.service")
    words = [word for unit in chosen for word in ("-u", unit)]
    return run("journalctl", "-b", "--no-pager", "-o", "short-monotonic", "-n", lines, *words, check=False).stdout


def modules():
    return {line.split()[0] for line in pathlib.Path("/proc/modules").read_text(encoding="ascii").splitlines()}


def esimctl(*arguments, uid=None, check=True, **options):
    """esimctl, as another user if asked."""
    prefix = [] if uid is None else ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--"]
    return run(*prefix, "esimctl", *arguments, check=check, **options)


def esimctl_json(*arguments):
    return json.loads(esimctl(*arguments, "--json"))


class Guest:
    """Servers, card and modem; the modem is unplugged at first. `client` and `modem` are what tests/integration's
    Panel wants of a laboratory."""

    def __init__(self):
        self._stack = contextlib.ExitStack()
        WORK.mkdir(exist_ok=True)
        self.pki = Pki()
        self.pki.write_roots(TRUST)
        self.smdp = self._stack.enter_context(Smdp(self.pki, HOSTS))
        self.write_config()
        self.client = self._stack.enter_context(BusClient(SYSTEM_BUS, BUS_NAME))
        run("modprobe", "vhci-hcd")
        self.card = self.modem = self.wire = None
        self.make_modem()

    def write_config(self, **groups):
        """What a laboratory needs; nothing of it loosens the unit."""
        connect = "".join(f"{host}:443:127.0.0.1:{self.smdp.port};" for host in HOSTS)
        settings = {"network": {"connect-to": connect, "allow-loopback": "true", "retry-min-seconds": "1",
                                "retry-max-seconds": "4"}, **groups}
        CONFIGURATION.parent.mkdir(mode=0o755, exist_ok=True)
        CONFIGURATION.write_text("".join(f"[{group}]\n" + "".join(f"{k}={v}\n" for k, v in keys.items())
                                         for group, keys in settings.items()), encoding="utf-8")

    def make_modem(self, make=MbimModem, kind=UsbMbim, **quirks):
        """Another modem with another card, still unplugged."""
        if self.modem is not None:
            self.modem.close()
        self.card = Card(self.pki, profiles=demo_profiles())
        self.modem = make([self.card], record_file=WORK / "frames.log", **quirks)
        self.wire = UsbWire(self.modem, kind, plugged=False)

    def plug(self):
        self.modem.replug()

    def unplug(self):
        self.modem.unplug()

    def ready(self):
        return self.client.owner_pid() is not None and self.client.get("/org/esimd1", BUS_NAME + ".Manager", "Ready")

    def wait_ready(self):
        wait_for(self.ready, "Ready of esimd")

    def close(self):
        if self.modem is not None:
            self.modem.close()
        self._stack.close()
