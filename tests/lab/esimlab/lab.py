# SPDX-License-Identifier: LGPL-2.1-or-later
"""Everything together: PKI, card, modem, SM-DP+, bus, polkit stand-in, carrier with its entitlement server, clock, and the
daemon on them."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
from functools import partial

from .bus import Bus
from .busclient import BusClient
from .card import Card
from .carrier import Carrier
from .clock import Clock
from .daemon import BUS_NAME, Daemon
from .entitlement import Entitlement, lab_carrier
from .habits import habit
from .login1 import Login1
from .modem import MbimModem
from .modemmanager import ModemManager
from .netns import NetNamespace
from .networkmanager import NetworkManager
from .pki import Pki
from .polkit import Polkit
from .profiles import demo_offers, demo_profiles
from .proxies import Proxy, without_programs
from .qmimodem import QmiModem
from .reader import Pcscd
from .smdp import Smdp
from .systemd1 import Systemd1
from .wires import PtyWire, QrtrWire

TOP = pathlib.Path(__file__).resolve().parents[3]
CARRIERS = TOP / "tests" / "lab" / "carriers.d"
TRANSPORTS = ("mbim", "qmi", "qmi-over-mbim", "qrtr", "pcsc")
HOSTS = ("smdp.lab.example", "rsp.lab.example")
EVENT_HOSTS = ("smds.lab.example", "second.smds.lab.example")  # the first is the cards' root SM-DS


def build_folder():
    """ESIMD_BUILD_DIR, or build/ in the tree."""
    return pathlib.Path(os.environ.get("ESIMD_BUILD_DIR") or TOP / "build").resolve()


class Lab:
    """A context manager; everything is gone after it.

    workdir: where configuration, state and logs go (default: a new temporary folder, removed).
    profiles, card, slots: what is in the modem: a Card of these profiles (default: three), or this
        card, or cards by slot. modem: quirks (chassis.Quirks) of it, or the name of one in habits.py.
    curve, rat, memory: of a card that the lab makes: "nist" or "brainpool" is the one root that it knows (default: both),
        its rules authorisation table (see rat.py), the octets that profiles may take.
    config: {group: {key: value}} over the written configuration; a value of None leaves the key out.
    transport: what the modem speaks, and by which way the daemon is told to reach the card; one of TRANSPORTS. Default:
        as habits.py has it, or mbim. pcsc: the card is in a reader, and there is no modem (see reader.py).
    reader: with pcsc, a Pcscd that runs and is as it is; the lab's own has the card in its first slot.
    proxy: the real mbim-proxy or qmi-proxy runs before the modem, in a network namespace in which the daemon and
        `run` are as well; several may open the modem then.
    hosts: names that lead to the lab's SM-DP+. activated: let the bus start the daemon.
    arguments, environment: more for the daemon. daemon=False: leave it away.
    clock: a Clock, which begins just before the daemon does, for the daemon, esimctl and the carrier; the lab closes it.
    carrier: True, or settings of Carrier, opens the portal of Lab Telecom and puts it into the directory; a clock is
        there then in any case.
    entitlement: True, or settings of Entitlement, opens the carrier's entitlement server, which knows each profile with an IMSI,
        and lets the directory say that Lab Telecom has it; a clock is there then in any case.
    way_out: a default route leads over an interface of this name, as the daemon and `run` see it, in a network namespace:
        "wwan0" is a modem.
    login1: True plays systemd-logind too.
    modem_manager: True, or habits (modemmanager.Habits), puts a stand-in for ModemManager beside the daemon.
    network_manager: True, or settings of networkmanager.NetworkManager, does the same for NetworkManager.
    pki: one to use again (making keys takes a while).
    """

    def __init__(self, workdir=None, *, build=None, pki=None, profiles=None, card=None, slots=None,
                 modem=None, config=None, hosts=HOSTS, activated=False, arguments=(),
                 environment=None, daemon=True, clock=None, carrier=None, transport=None, proxy=False,
                 login1=False, modem_manager=None, network_manager=None, way_out=None, reader=None,
                 curve=None, rat=None, memory=None, entitlement=None):
        named, quirks = habit(modem) if isinstance(modem, str) else ("mbim", modem or {})
        transport = transport or named
        if transport not in TRANSPORTS:
            raise ValueError(f"transport is one of {', '.join(TRANSPORTS)}")
        if proxy and transport in ("qrtr", "pcsc"):
            raise ValueError(f"{transport} needs no proxy, and there is none")
        self._stack = contextlib.ExitStack()
        self.build = pathlib.Path(build) if build else build_folder()
        self._own_workdir = workdir is None
        self.workdir = pathlib.Path(workdir or tempfile.mkdtemp(prefix="esim-lab-"))
        self.pki = pki
        self._profiles, self._card, self._slots = profiles, card, slots
        self._card_options = {"rat": rat, "memory": memory, **({"roots": (curve,)} if curve else {})}
        self._quirks, self._hosts = quirks, hosts
        self._config = {group: dict(keys) for group, keys in (config or {}).items()}
        self._activated, self._arguments = activated, arguments
        self._environment, self._with_daemon = environment, daemon
        self._with_login1 = login1
        self._carrier = None if carrier in (None, False) else {} if carrier is True else dict(carrier)
        self._entitlement = None if entitlement in (None, False) else {} if entitlement is True else dict(entitlement)
        self.clock = clock or (Clock() if self._carrier is not None or self._entitlement is not None else None)
        self._network_manager = (None if network_manager in (None, False)
                                 else {} if network_manager is True else network_manager)
        self._modem_manager = None if modem_manager in (None, False) else {} if modem_manager is True else modem_manager
        self.transport, self._with_proxy, self.reader = transport, proxy, reader
        self.card = self.modem = self.wire = self.smdp = self.smds = self.carrier = self.entitlement = None
        self._way_out = way_out
        self.namespace = self.proxy = self.systemd1 = None
        self.bus = self.polkit = self.login1 = self.modem_manager = self.network_manager = self.client = self.daemon = None
        self.trust_folder = self.workdir / "trust"
        self.state_folder = self.workdir / "state"
        self.config_file = self.workdir / "esimd.conf"
        self.web_root = None

    def __enter__(self):
        try:
            self._set_up()
        except BaseException:
            with contextlib.suppress(RuntimeError):
                self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Take everything down. RuntimeError if the daemon had crashed or will not leave."""
        try:
            self._stack.close()
        finally:
            if self._own_workdir:
                shutil.rmtree(self.workdir, ignore_errors=True)

    def _set_up(self):
        self.workdir.mkdir(parents=True, exist_ok=True)
        self.workdir.chmod(0o755)
        self.state_folder.mkdir(mode=0o700, exist_ok=True)
        self._set_up_card()
        root = self._card_options.get("roots", ("nist",))[0]  # a card takes no server below a root that it does not know
        self.smdp = self._stack.enter_context(Smdp(self.pki, self._hosts, root=root))
        self.smds = self._stack.enter_context(Smdp(self.pki, EVENT_HOSTS, root=root, role="ds"))
        self._set_up_bus()
        self._set_up_carrier()
        if self._with_proxy or self._way_out:
            self._set_up_namespace()
        if self._with_proxy:
            self._set_up_proxy()
        self.write_config()
        self._set_up_daemon()
        if self.clock is not None:
            self.clock.begin()
        if self._with_daemon:
            self.daemon.start()

    def _set_up_card(self):
        self.pki = self.pki or Pki()
        self.pki.write_roots(self.trust_folder)
        slots = self._slots
        if slots is None:
            profiles = demo_profiles() if self._profiles is None else self._profiles
            slots = [self._card or Card(self.pki, profiles=profiles, **self._card_options)]
        self.card = next((c for c in slots if c is not None), None)
        if self.transport == "pcsc":
            self._set_up_reader(slots)
            return
        make = QmiModem if self.transport in ("qmi", "qrtr") else MbimModem
        quirks = {"qmi_over_mbim": True} if self.transport == "qmi-over-mbim" else {}
        self.modem = make(slots, record_file=self.workdir / "frames.log", **{**quirks, **self._quirks})
        self._stack.callback(self.modem.close)
        self.wire = (QrtrWire(self.modem) if self.transport == "qrtr"
                     else PtyWire(self.modem, link=self.workdir / "modem"))

    def _set_up_reader(self, cards):
        if self.reader is None:
            self.reader = self._stack.enter_context(Pcscd(self.workdir / "pcscd"))
            for slot, card in zip(self.reader.slots, cards):
                slot.insert(card)
        self.wire = self.reader
        self._environment = {**self.reader.environment, **(self._environment or {})}

    def _set_up_bus(self):
        policy = self.build / "dbus" / f"{BUS_NAME}.conf"
        self.bus = self._stack.enter_context(Bus(policies=[policy], own=[BUS_NAME]))
        self.polkit = Polkit(self.bus.address)
        self._stack.callback(self.polkit.close)
        if self._modem_manager is not None:
            self.modem_manager = ModemManager(self.bus.address, self.modem, **self._modem_manager)
            self._stack.callback(self.modem_manager.close)
        if self._network_manager is not None:
            self.network_manager = NetworkManager(self.bus.address, self.modem, **self._network_manager)
            self._stack.callback(self.network_manager.close)
        if self._with_login1:
            self.login1 = Login1(self.bus.address)
            self._stack.callback(self.login1.close)
        self.client = self._stack.enter_context(BusClient(self.bus.address, BUS_NAME))

    def _set_up_carrier(self):
        if self.clock is not None:
            self._stack.callback(self.clock.close)
            self._environment = self.clock.environment(self.build, self._environment)
        if self._carrier is not None:
            self.carrier = self._stack.enter_context(Carrier(self.workdir / "mail", self.clock, **self._carrier))
            self.web_root = self.carrier.web.write_root(self.workdir / "web-root.pem")
        if self._entitlement is not None:
            self._set_up_entitlement()

    def _set_up_entitlement(self):
        cards = [card for card in (self._slots or [self.card]) if card is not None]
        known = [profile for card in cards for profile in card.profiles] + demo_offers(self._hosts[0])
        settings = {"profiles": known, "deleted": self._deleted_at_the_smdp,
                    **({"web": self.carrier.web, "customers": self.carrier.customers} if self.carrier else {}),
                    **self._entitlement}
        self.entitlement = self._stack.enter_context(Entitlement(self.clock, **settings))
        self.web_root = self.entitlement.web.write_root(self.workdir / "web-root.pem")
        lab_carrier(CARRIERS / "lab.conf", self.workdir / "carriers.d")

    def _deleted_at_the_smdp(self, iccid):
        """An SM-DP+ tells its operator what a card told it."""
        return any(one.notice.event == "delete" and one.notice.iccid == iccid for one in self.smdp.received)

    def _set_up_namespace(self):
        self.namespace = NetNamespace(self._way_out)
        self._stack.callback(self.namespace.close)
        for server in filter(None, (self.smdp, self.smds, self.carrier and self.carrier.portal, self.entitlement)):
            server.doors.add(self.namespace.listener(server.port))

    def _set_up_proxy(self):
        self.proxy = self._stack.enter_context(Proxy(self.namespace, self.transport, self.workdir / "proxy.log"))
        is_active = partial(self.namespace.listens_at, self.proxy.name)
        self.systemd1 = self._stack.enter_context(
            Systemd1(self.bus.address, {f"esimd-{self.proxy.name}.service": (is_active, self.proxy.start)}))

    def _set_up_daemon(self):
        command = [self.build / "daemon" / "esimd", "--config", self.config_file,
                   "--state-dir", self.state_folder, *self._arguments]
        wrap = self.wrap if self.proxy is None else [*self.wrap, *without_programs()]
        self.daemon = Daemon(command, self.bus, self.client, self.workdir / "esimd.log",
                             environment=self._environment, activated=self._activated, wrap=wrap)
        if self.proxy is None:
            self.daemon.after_death.append(self.wire.flush)
        self._stack.callback(self.daemon.finish)

    # -- configuration --------------------------------------------------------------------------

    def settings(self):
        """{group: {key: value}} as it goes into the configuration file."""
        connect = "".join(f"{host}:443:127.0.0.1:{server.port};"
                          for server, hosts in ((self.smdp, self._hosts), (self.smds, EVENT_HOSTS)) for host in hosts)
        groups = {
            "network": {"connect-to": connect, "allow-loopback": "true",
                        "retry-min-seconds": "1", "retry-max-seconds": "4"},
            "trust": {"folders": f"{self.trust_folder};"},
            "modem lab": {"device": self.wire.path, "transport": self.transport,
                          "use-proxy": "true" if self.proxy else None},
        }
        if self.carrier is not None:
            groups["carriers"] = {"folders": f"{CARRIERS};{TOP / 'data' / 'carriers.d'};"}
        if self.entitlement is not None:
            network, port = groups["network"], self.entitlement.port
            network["connect-to"] += "".join(f"{host}:443:127.0.0.1:{port};" for host in self.entitlement.hosts)
            network["web-trust"] = self.web_root
            groups["carriers"] = {"folders": f"{self.workdir / 'carriers.d'};{TOP / 'data' / 'carriers.d'};"}
        for group, keys in self._config.items():
            groups.setdefault(group, {}).update(keys)
        return groups

    def write_config(self, **changes):
        """Write the configuration; changes: group=... as in `config`, kept for later writes."""
        for group, keys in changes.items():
            self._config.setdefault(group, {}).update(keys)
        lines = []
        for group, keys in self.settings().items():
            told = [f"{key}={value}" for key, value in keys.items() if value is not None]
            # A group of which nothing is left is not there.
            lines += [f"[{group}]", *told] if told else []
        self.config_file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    # -- what tests and people do ---------------------------------------------------------------

    @property
    def wrap(self):
        """What goes before a command that shall meet the proxy."""
        return self.namespace.wrap if self.namespace else []

    @property
    def environment(self):
        """For programs that shall meet this lab: esimctl and busctl on its bus."""
        build = self.build
        path = f"{build / 'client' / 'esimctl'}:{os.environ.get('PATH', '/usr/bin:/bin')}"
        library = f"{build / 'client' / 'libesim-glib'}"
        inherited = os.environ.get("LD_LIBRARY_PATH")
        told = {**os.environ, **self.bus.environment, "PATH": path,
                "LD_LIBRARY_PATH": f"{library}:{inherited}" if inherited else library,
                "ESIM_LOCALEDIR": str(build / "po")}
        if self.carrier is not None:
            told["ESIM_LAB_PORTAL"] = self.carrier.address
        return told if self.clock is None else self.clock.environment(build, told)

    def run(self, *command, uid=None, check=False, timeout=60, **options):
        """Run a program on the lab's bus, as another uid if asked (that needs root)."""
        prefix = [] if uid is None else ["setpriv", f"--reuid={uid}", f"--regid={uid}",
                                         "--clear-groups", "--"]
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run([*self.wrap, *prefix, *map(str, command)], env=self.environment, check=check,
                              capture_output=True, text=True, timeout=timeout,
                              **{k: v for k, v in options.items() if not (k == "stdin" and "input" in options)})

    def esimctl(self, *arguments, **options):
        return self.run(self.build / "client" / "esimctl" / "esimctl", *arguments, **options)

    def offer(self):
        """What a person may download: an order as it is, and one with the confirmation code 2468."""
        plain, asking = demo_offers(self.smdp.hosts[0])
        return [self.smdp.order(plain, size=14336), self.smdp.order(asking, size=14336, confirmation_code="2468")]

    def kill_at(self, count, when="before", pause=0.02):
        """kill -9 the daemon around the count-th exchange from now (from 1 on).

        when: "before" (the card never sees it), "after" (it has, the daemon gets no answer) or
        "answered" (the daemon had `pause` seconds to act on the answer; nothing that it sent then
        reaches the card). Returns a list that holds the exchange once it happened.
        """
        hooks = {"before": self.modem.before_command, "after": self.modem.after_command,
                 "answered": self.modem.after_response}[when]
        target = len(self.modem.exchanges) + count - 1
        happened = []

        def hook(exchange):
            if exchange.index == target and not happened:
                happened.append(exchange)
                time.sleep(pause if when == "answered" else 0)
                self.daemon.kill()
                return when != "answered"
            return False
        hooks.append(hook)
        return happened

    def logs(self):
        """All that was said, for a failed test's report."""
        return f"--- esimd\n{self.daemon.log() if self.daemon else ''}--- bus\n{self.bus.log()}"
