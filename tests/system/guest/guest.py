# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory inside the guest, on its real system bus, and short words for what systemd says."""

import contextlib
import json
import pathlib
import subprocess
import time

import pytest
from esimlab.busclient import BusClient
from esimlab.card import Card
from esimlab.modem import MbimModem
from esimlab.pki import Pki
from esimlab.profiles import demo_profiles
from esimlab.qmimodem import QmiModem
from esimlab.smdp import Smdp
from esimlab.usbmodem import UsbMbim, UsbQmi, UsbWire
from esimlab.wires import QrtrWire

BUS_NAME = "org.esimd1"
MODEM_MANAGER, MODEM_MANAGER_PATH = "org.freedesktop.ModemManager1", "/org/freedesktop/ModemManager1"
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


def eid(number):
    """The EID of the n-th card: 89 049 032, digits, and two check digits so that the whole is 1 modulo 97 (SGP.02)."""
    body = f"890490320{number:021d}"
    return f"{body}{98 - int(body) * 100 % 97:02d}"


# The USB modems, and every way to a modem: its class, and what makes its wire.
KINDS = ("mbim", "qmi")
WAYS = {"mbim": (MbimModem, lambda modem: UsbWire(modem, UsbMbim, plugged=False)),
        "qmi": (QmiModem, lambda modem: UsbWire(modem, UsbQmi, plugged=False)),
        "qrtr": (QmiModem, QrtrWire)}


class ModemManager:
    """What it shows on the bus."""

    def __init__(self, client):
        self.client = client

    def modems(self):
        """[{"path", "state" (a number), "iccid" of its SIM, "ports", "device"}]; nothing is started by asking."""
        found = []
        if self.client.owner_pid() is None:
            return found
        for path, every in self.client.objects(MODEM_MANAGER_PATH).items():
            modem = every[f"{MODEM_MANAGER}.Modem"]
            sim = modem["Sim"]
            iccid = "" if sim == "/" else self.client.get(sim, f"{MODEM_MANAGER}.Sim", "SimIdentifier")
            found.append({"path": path, "state": modem["State"], "iccid": iccid, "device": modem["Device"],
                          "ports": [name for name, _ in modem["Ports"]]})
        return found

    def wait_iccid(self, iccid, timeout=PATIENCE):
        """The one modem, once its SIM shows this ICCID."""
        def look():
            modems = self.modems()
            return modems[0] if [modem["iccid"] for modem in modems] == [iccid] else None
        return wait_for(look, f"the ICCID {iccid} in ModemManager", timeout)


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
        self.modem_manager = ModemManager(self._stack.enter_context(BusClient(SYSTEM_BUS, MODEM_MANAGER)))
        run("modprobe", "vhci-hcd")
        self.card = self.modem = self.wire = None
        self.cards = 0
        self.make_modem("mbim")

    def write_config(self, **groups):
        """What a laboratory needs; nothing of it loosens the unit."""
        connect = "".join(f"{host}:443:127.0.0.1:{self.smdp.port};" for host in HOSTS)
        settings = {"network": {"connect-to": connect, "allow-loopback": "true", "retry-min-seconds": "1",
                                "retry-max-seconds": "4"}, **groups}
        CONFIGURATION.parent.mkdir(mode=0o755, exist_ok=True)
        CONFIGURATION.write_text("".join(f"[{group}]\n" + "".join(f"{k}={v}\n" for k, v in keys.items())
                                         for group, keys in settings.items()), encoding="utf-8")

    def make_modem(self, kind, profiles=None, **quirks):
        """Another modem with another card, still unplugged; the former one is gone for good."""
        if self.modem is not None:
            self.modem.close()
            # ModemManager 1.20 overlooks a modem that takes the port of one whose end it has not dealt with yet.
            wait_for(lambda: not self.modem_manager.modems(), "the end of the former modem in ModemManager")
        self.kind, (make, make_wire) = kind, WAYS[kind]
        self.make_card(profiles)
        self.modem = make([self.card], record_file=WORK / "frames.log", **quirks)
        self.wire = make_wire(self.modem)

    def make_card(self, profiles=None):
        self.cards += 1
        self.card = Card(self.pki, eid=eid(self.cards), profiles=demo_profiles() if profiles is None else profiles)

    def fresh(self, kind, **how):
        """Another modem with another card, plugged, and esimd and ModemManager have looked at it."""
        self.make_modem(kind, **how)
        self.plug()
        self.wait_profiles()
        if kind in KINDS and self.card.active_iccid():
            self.modem_manager.wait_iccid(self.card.active_iccid())

    def profiles_shown(self):
        """The ICCIDs on the bus; only those of our card, for a former card's may stand there for a while."""
        objects = self.client.objects("/org/esimd1")
        ours = {path for path, every in objects.items() if every.get(f"{BUS_NAME}.Euicc", {}).get("Eid") == self.card.eid}
        return sorted(every[f"{BUS_NAME}.Profile"]["Iccid"] for path, every in objects.items()
                      if f"{BUS_NAME}.Profile" in every and path.rsplit("/profile/", 1)[0] in ours)

    def wait_profiles(self):
        wanted = sorted(profile.iccid for profile in self.card.profiles)
        wait_for(lambda: self.ready() and self.profiles_shown() == wanted, "the profiles of the card")

    def has(self, capability):
        return capability in self.client.get("/org/esimd1", f"{BUS_NAME}.Manager", "Capabilities")

    def esimctl(self, *arguments, **how):
        """esimctl about this card: a former one is shown for a while after it was pulled out, with the same profiles."""
        return esimctl(*arguments, "--euicc", self.card.eid, **how)

    def list(self):
        return json.loads(self.esimctl("list", "--json"))

    def need(self, kind):
        """Skip the test if this build has no way to a modem of this kind."""
        if not self.has(f"transport-{kind}"):
            pytest.skip(f"this build does not speak {kind.upper()}")

    def plain_mode(self):
        """How the modem tells of a switch where that is not the matter: one that ModemManager sees by itself, for as long
        as esimd does not speak with ModemManager."""
        return "ready_0_1" if self.has("modem-manager") else "7_0_1"

    def at(self, tag, act, when="before"):
        """Once, around the card's next command of this tag ("BF33" deletes): act () on the modem's thread. The command
        ("before") or its answer ("after") gets lost. A list that holds the exchange once it happened."""
        happened = []

        def hook(exchange):
            if happened or exchange.tag() != tag:
                return False
            happened.append(exchange)
            act()
            return True
        (self.modem.before_command if when == "before" else self.modem.after_command).append(hook)
        return happened

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
