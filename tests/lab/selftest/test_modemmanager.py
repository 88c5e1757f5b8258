# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stand-in for ModemManager: what it shows where a card changes, what InhibitDevice means, and that its interface is
the real one's."""

import os
import pathlib
import shutil
import subprocess
import xml.etree.ElementTree

import pytest

from esimlab.bus import Bus
from esimlab.busclient import BusClient, BusError
from esimlab.chassis import CardState
from esimlab.mmbus import ERROR, KNOWN, METHODS, MODEM, NAME, ROOT, SIGNALS, SIM, State
from esimlab.modem import MbimModem
from esimlab.modemmanager import ModemManager
from esimlab.polkit import Polkit
from esimlab.qmimodem import QmiModem
from lpa import Lpa

DATA = pathlib.Path("/usr/share/dbus-1/interfaces")
KINDS = {"mbim": MbimModem, "qmi": QmiModem}


@pytest.fixture(scope="module")
def bus():
    with Bus() as started:
        yield started


@pytest.fixture
def polkit(bus):
    authority = Polkit(bus.address)
    yield authority
    authority.close()


@pytest.fixture
def client(bus):
    with BusClient(bus.address, NAME) as one:
        yield one


@pytest.fixture
def make(bus, polkit, card):
    """make (kind, habits, **quirks) -> (stand-in that shows the modem, modem)."""
    made = []

    def build(kind="mbim", habits=None, shown=True, **quirks):
        modem = KINDS[kind]([card], **quirks)
        manager = ModemManager(bus.address, modem, **{"probe": 0.02, "step": 0.005, **(habits or {})})
        made.append((manager, modem))
        if shown:
            manager.wait_shown(state=State.REGISTERED)
        return manager, modem
    yield build
    for manager, modem in made:
        manager.close()
        modem.close()
        assert modem.errors == []


def switch(modem, change):
    """change (lpa, profiles): what somebody does to the card; the modem does with it what it does."""
    lpa = Lpa(modem.card)
    assert change(lpa, modem.card.profiles) == 0
    modem.call(modem._look_for_refresh)


def to_second(lpa, profiles):
    return lpa.enable(profiles[1])


def to_none(lpa, profiles):
    return lpa.disable(profiles[0])


def inhibit(client, wanted, uid="lab"):
    client.call(ROOT, NAME, "InhibitDevice", "(sb)", uid, wanted)


def managed(client):
    return client.call(ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")


# -- what is shown ----------------------------------------------------------------------------------

def test_shown(make, client, card):
    manager, _ = make(shown=False)
    manager.wait_shown(state=State.REGISTERED)
    assert [state for _, state, _ in manager.history] == [
        State.DISABLED, State.ENABLING, State.ENABLED, State.SEARCHING, State.REGISTERED]
    (path, interfaces), = managed(client).items()
    modem = interfaces[MODEM]
    assert (modem["Device"], modem["State"], modem["Ports"]) == ("lab", 8, [("cdc-wdm0", 7), ("wwan0", 2)])
    assert client.get(path, MODEM, "State") == 8
    assert client.get(modem["Sim"], SIM, "SimIdentifier") == card.profiles[0].iccid
    assert client.get(modem["Sim"], SIM, "Eid") == card.eid
    # As with the real one, the object manager lists modems alone.
    assert all("/Modem/" in one for one in managed(client))


def test_connects(make):
    manager, modem = make(habits={"connects": True})
    manager.wait_shown(state=State.CONNECTED)
    assert modem.connected


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["silent", "ready_0_1", "reset_needed"])
def test_switch_unnoticed(make, kind, mode, card):
    """One profile in another's place: the old ICCID goes on being shown, and the object is the same."""
    manager, modem = make(kind, refresh_mode=mode)
    before = manager.shown
    seen = []
    modem.card_hooks.append(lambda: seen.append(modem.card_state()))
    switch(modem, to_second)
    if mode == "ready_0_1":
        manager.wait(lambda: CardState.READY in seen)
    manager.call_through()
    assert manager.shown == before
    assert card.profiles[1].enabled


@pytest.mark.parametrize("mode", ["7_0_1", "absent"])
def test_switch_noticed(make, mode, card):
    """Between the two there was none, or no card: it probes anew and shows another object."""
    manager, modem = make(refresh_mode=mode)
    before = manager.shown
    switch(modem, to_second)
    manager.wait_shown(card.profiles[1].iccid)
    assert manager.shown[0] != before[0]


def test_no_profile(make, client):
    manager, modem = make()
    switch(modem, to_none)
    manager.wait_shown(state=State.FAILED)
    (path, interfaces), = managed(client).items()
    assert interfaces[MODEM]["StateFailedReason"] == 5
    assert manager.iccid == ""
    switch(modem, to_second)
    manager.wait_shown(modem.card.profiles[1].iccid)
    assert manager.shown[0] != path


def test_no_profile_silent(make, card):
    manager, modem = make(refresh_mode="silent")
    switch(modem, to_none)
    manager.call_through()
    assert manager.iccid == card.profiles[0].iccid


def test_no_card(make, card):
    manager, modem = make()
    modem.insert_card(0, None)
    manager.wait_shown("", State.FAILED)
    modem.insert_card(0, card)
    manager.wait_shown(card.profiles[0].iccid, State.REGISTERED)


def test_locked(make):
    manager, _ = make(shown=False, locked=True)
    manager.wait_shown(state=State.LOCKED)


def test_unplug(make, card):
    manager, modem = make()
    path = manager.shown[0]
    modem.unplug()
    manager.wait(lambda: manager.shown is None)
    modem.replug()
    manager.wait_shown(card.profiles[0].iccid, State.REGISTERED)
    assert manager.shown[0] != path


def test_stale_modem(make, card):
    """A modem that itself shows the old one: ModemManager can do nothing about it."""
    manager, modem = make(refresh_mode="silent", stale_identity=True)
    switch(modem, to_second)
    manager.stop()
    manager.start()
    manager.wait_shown(card.profiles[0].iccid)
    modem.call(modem.power_cycle_card)
    manager.stop()
    manager.start()
    manager.wait_shown(card.profiles[1].iccid)


def test_stale_files(make, client, card):
    """The modem shows the new one, and keeps the files of the old one until the card had no power."""
    manager, modem = make(habits={"mended_by": "power_cycle"})
    for mend, shown in ((None, 0), (modem.restart_application, 0), (modem.power_cycle_card, 1)):
        inhibit(client, True)
        if mend is None:
            switch(modem, to_second)
        else:
            modem.call(mend)
        inhibit(client, False)
        manager.wait_shown(state=State.REGISTERED)
        assert manager.iccid == card.profiles[shown].iccid


# -- InhibitDevice ----------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["silent", "ready_0_1", "7_0_1"])
def test_inhibit(make, client, kind, mode, card):
    """Off and on again: it probes anew, and shows what is there."""
    manager, modem = make(kind, refresh_mode=mode)
    path = manager.shown[0]
    inhibit(client, True)
    assert managed(client) == {} and manager.inhibited
    with pytest.raises(BusError):
        client.get(path, MODEM, "State")
    switch(modem, to_second)
    manager.call_through()
    assert manager.shown is None
    inhibit(client, False)
    manager.wait_shown(card.profiles[1].iccid, State.REGISTERED)
    assert manager.shown[0] != path
    assert (len(manager.inhibitions), manager.leaks, manager.inhibited) == (1, 0, False)
    assert 0 < manager.inhibited_for < 10
    # The modem's own signals say the same as what was noted.
    assert ("InterfacesRemoved", path) in [(name, parameters[0]) for _, _, name, parameters in client.signals
                                           if name.startswith("Interfaces")]


def test_inhibit_cuts_data(make, client):
    manager, modem = make(habits={"connects": True})
    manager.wait_shown(state=State.CONNECTED)
    inhibit(client, True)
    assert not modem.connected
    assert manager.interruptions == 1


def error_of(function, *arguments):
    with pytest.raises(BusError) as raised:
        function(*arguments)
    return raised.value.name.removeprefix(ERROR)


def test_inhibit_refused(make, bus, client, polkit):
    manager, modem = make()
    assert error_of(inhibit, client, True, "/sys/devices/other") == "NotFound"
    assert error_of(inhibit, client, False) == "NotFound"
    polkit.deny("org.freedesktop.ModemManager1.Control")
    assert error_of(inhibit, client, True) == "Unauthorized"
    polkit.clear()
    inhibit(client, True)
    assert error_of(inhibit, client, True) == "InProgress"
    with BusClient(bus.address, NAME) as other:
        assert error_of(inhibit, other, True) == "InProgress"
        assert error_of(inhibit, other, False) == "NotFound"
    assert manager.inhibited
    inhibit(client, False)
    # While it probes there is no modem to let go of.
    assert error_of(inhibit, client, True) == "WrongState"
    manager.wait_shown(state=State.REGISTERED)
    manager.refusals = ["Failed"]
    assert error_of(inhibit, client, True) == "Failed"
    modem.unplug()
    manager.wait(lambda: manager.shown is None)
    assert error_of(inhibit, client, True) == "NotFound"


def test_inhibit_owner_leaves(make, bus):
    manager, _ = make()
    with BusClient(bus.address, NAME) as other:
        inhibit(other, True)
        assert manager.inhibited
    manager.wait_shown(state=State.REGISTERED)
    assert (manager.inhibited, manager.leaks) == (False, 1)


def test_inhibit_outlasts_the_plug(make, client, card):
    """An inhibition is of the place where the modem is plugged in."""
    manager, modem = make()
    inhibit(client, True)
    modem.unplug()
    modem.replug()
    manager.call_through()
    assert manager.inhibited and manager.shown is None
    inhibit(client, False)
    manager.wait_shown(card.profiles[0].iccid, State.REGISTERED)


def test_restart(make, client):
    manager, _ = make()
    inhibit(client, True)
    manager.stop()
    assert not manager.inhibited
    manager.start()
    manager.wait_shown(state=State.REGISTERED)
    assert error_of(inhibit, client, False) == "NotFound"


def test_set_state(make, client):
    manager, _ = make()
    manager.set_state(State.CONNECTING)
    manager.wait_shown(state=State.CONNECTING)
    manager.set_state(State.DISABLED)
    manager.wait_shown(state=State.REGISTERED)
    client.call(manager.shown[0], MODEM, "Enable", "(b)", False)
    manager.wait_shown(state=State.DISABLED)


# -- the real one -----------------------------------------------------------------------------------

@pytest.fixture
def real(bus, polkit, client):
    """Debian's ModemManager, without modems, on the private bus."""
    program = shutil.which("ModemManager", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("modemmanager is not installed")
    process = subprocess.Popen([program, "--test-session", "--no-auto-scan"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                               env={**os.environ, **bus.environment, "DBUS_SESSION_BUS_ADDRESS": bus.address})
    try:
        client.wait_until(lambda: client.owner_pid() is not None)
        yield
    finally:
        process.terminate()
        process.wait(20)
        client.wait_until(lambda: client.owner_pid() is None)


def test_real_one_refuses_likewise(real, client, polkit):
    assert managed(client) == {}
    assert error_of(inhibit, client, True, "/sys/devices/other") == "NotFound"
    assert error_of(inhibit, client, False, "/sys/devices/other") == "NotFound"
    assert [check.action for check in polkit.checks] == ["org.freedesktop.ModemManager1.Control"] * 2
    polkit.deny("org.freedesktop.ModemManager1.Control")
    assert error_of(inhibit, client, True, "/sys/devices/other") == "Unauthorized"


# -- the interface ----------------------------------------------------------------------------------

@pytest.mark.parametrize("interface", [name for name in KNOWN if name.startswith(NAME)])
def test_interface(interface):
    """Against the introspection data that comes with ModemManager's development files; later ones have more."""
    path = DATA / f"{interface}.xml"
    if not path.exists():
        pytest.skip("libmm-glib-dev is not installed")
    real, = (one for one in xml.etree.ElementTree.parse(path).getroot().iter("interface")
             if one.get("name") == interface)
    methods = {one.get("name"): tuple("".join(a.get("type") for a in one.iter("arg") if a.get("direction") == way)
                                      for way in ("in", "out")) for one in real.iter("method")}
    signals = {one.get("name"): "".join(a.get("type") for a in one.iter("arg")) for one in real.iter("signal")}
    properties = {one.get("name"): one.get("type") for one in real.iter("property")}
    version = subprocess.run(["pkg-config", "--modversion", "mm-glib"], capture_output=True, text=True, check=True).stdout
    for known, found in ((METHODS.get(interface, {}), methods), (SIGNALS.get(interface, {}), signals),
                         ({name: kind for name, (kind, _) in KNOWN[interface].items()}, properties)):
        if not version.startswith("1.20."):
            found = {name: kind for name, kind in found.items() if name in known}
        assert known == found
