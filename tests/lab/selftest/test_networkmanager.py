# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stand-in for NetworkManager: connections, what is brought up, and that it says what the real one says."""

import uuid
import xml.etree.ElementTree

import pytest
from gi.repository import GLib

from esimlab import realnm
from esimlab.bus import Bus
from esimlab.busclient import BusClient, BusError
from esimlab.modem import MbimModem
from esimlab.networkmanager import NetworkManager
from esimlab.nmbus import (ACTIVE_ACTIVATED, ACTIVE_INTERFACE, ACTIVE_XML, CONNECTION_INTERFACE, CONNECTION_XML,
                           DEVICE_XML, NAME, PROPERTIES, ROOT, ROOT_INTERFACE, ROOT_XML, SETTINGS, SETTINGS_INTERFACE,
                           SETTINGS_XML)
from esimlab.nmsettings import gsm
from lpa import Lpa

ICCID = "8949000000000000001"
ERROR = NAME + "."
UUID = "e0b37b05-da4c-4bcc-92ab-9575ece892ce"


@pytest.fixture(scope="module")
def bus():
    with Bus() as started:
        yield started


@pytest.fixture
def client(bus):
    with BusClient(bus.address, NAME) as one:
        yield one


@pytest.fixture
def manager(bus):
    one = NetworkManager(bus.address)
    yield one
    one.close()


@pytest.fixture
def pair(bus, card):
    """(stand-in, modem), both with the laboratory's card in them."""
    modem = MbimModem([card])
    one = NetworkManager(bus.address, modem)
    yield one, modem
    one.close()
    modem.close()
    assert modem.errors == []


def add(client, settings, flags=1):
    return client.call(SETTINGS, SETTINGS_INTERFACE, "AddConnection2", "(a{sa{sv}}ua{sv})", settings, flags, {})


def read(client, path, what="GetSettings", *arguments):
    return client.call(path, CONNECTION_INTERFACE, what, "(s)" if arguments else "()", *arguments)


def refused(call, *arguments):
    with pytest.raises(BusError) as found:
        call(*arguments)
    return found.value.name


# -- the same questions to both ------------------------------------------------------------------


@pytest.fixture(params=["stand-in", "real"])
def either(request):
    """A bus with the one or the other on it, and nothing else of this test module's."""
    why = realnm.why_not() if request.param == "real" else None
    if why is not None:
        pytest.skip(why)
    with Bus() as started:
        one = NetworkManager(started.address) if request.param == "stand-in" else realnm.RealNetworkManager(started)
        with BusClient(started.address, NAME) as asking:
            yield asking
        one.close()


def test_a_connection_is_kept(either):
    """What was put in is told, but for what is secret; another one with its UUID is refused."""
    assert either.call(SETTINGS, SETTINGS_INTERFACE, "ListConnections") == []
    path, result = add(either, gsm(ICCID, uuid=UUID, password=GLib.Variant("s", "secret"),
                                   pin=GLib.Variant("s", "1234")))
    assert result == {}
    either.wait_signal(lambda s: s[2] == "NewConnection" and s[3] == (path,))
    assert either.call(SETTINGS, SETTINGS_INTERFACE, "ListConnections") == [path]
    assert either.call(SETTINGS, SETTINGS_INTERFACE, "GetConnectionByUuid", "(s)", UUID) == path
    told = read(either, path)
    assert {key: told["connection"][key] for key in ("id", "type", "uuid")} == {"id": "Mobile", "type": "gsm",
                                                                                "uuid": UUID}
    assert told["gsm"] == {"sim-id": ICCID, "apn": "internet"}
    assert read(either, path, "GetSecrets", "gsm")["gsm"] == {"password": "secret", "pin": "1234"}
    assert refused(add, either, gsm(ICCID, uuid=UUID)) == ERROR + "Settings.UuidExists"
    assert either.call(SETTINGS, SETTINGS_INTERFACE, "ListConnections") == [path]


def test_a_connection_is_changed_and_deleted(either):
    path, _ = add(either, gsm(ICCID, uuid=UUID, pin=GLib.Variant("s", "1234")))
    either.call(path, CONNECTION_INTERFACE, "Update2", "(a{sa{sv}}ua{sv})", gsm(ICCID, uuid=UUID, apn="other"), 1, {})
    either.wait_signal(lambda s: s[0] == path and s[2] == "Updated")
    assert read(either, path)["gsm"]["apn"] == "other"
    # What is secret stays if all of it is left out, and is replaced if some is there.
    assert read(either, path, "GetSecrets", "gsm")["gsm"] == {"pin": "1234"}
    either.call(path, CONNECTION_INTERFACE, "Update", "(a{sa{sv}})",
                gsm(ICCID, uuid=UUID, password=GLib.Variant("s", "secret")))
    assert read(either, path, "GetSecrets", "gsm")["gsm"] == {"password": "secret"}
    either.call(path, CONNECTION_INTERFACE, "ClearSecrets")
    assert refused(read, either, path, "GetSecrets", "gsm") == ERROR + "AgentManager.NoSecrets"
    assert read(either, path)["gsm"] == {"sim-id": ICCID, "apn": "internet"}
    either.call(path, CONNECTION_INTERFACE, "Delete")
    either.wait_signal(lambda s: s[2] == "ConnectionRemoved" and s[3] == (path,))
    assert either.call(SETTINGS, SETTINGS_INTERFACE, "ListConnections") == []
    assert refused(read, either, path) == "org.freedesktop.DBus.Error.UnknownMethod"


def test_the_mark_is_kept(either):
    settings = gsm(ICCID, uuid=UUID)
    settings["user"] = {"data": GLib.Variant("a{ss}", {"org.esimd1.iccid": ICCID})}
    path, _ = add(either, settings)
    assert read(either, path)["user"] == {"data": {"org.esimd1.iccid": ICCID}}


def test_auto_config_gives_way_to_an_apn(either):
    path, _ = add(either, gsm(ICCID, **{"auto-config": GLib.Variant("b", True)}))
    assert "auto-config" not in read(either, path)["gsm"]
    settings = gsm(ICCID, **{"auto-config": GLib.Variant("b", True)})
    del settings["gsm"]["apn"]
    path, _ = add(either, settings)
    assert read(either, path)["gsm"]["auto-config"] is True


def test_refusals(either):
    assert refused(add, either, gsm(ICCID, apn="inter net")) == ERROR + "Settings.Connection.InvalidProperty"
    settings = gsm(ICCID)
    del settings["connection"]["type"], settings["gsm"]
    assert refused(add, either, settings) == ERROR + "Settings.Connection.MissingProperty"
    assert refused(add, either, gsm(ICCID), 0) == ERROR + "Settings.InvalidArguments"
    assert refused(either.call, SETTINGS, SETTINGS_INTERFACE, "GetConnectionByUuid", "(s)",
                   str(uuid.uuid4())) == ERROR + "Settings.InvalidConnection"
    assert refused(either.call, ROOT, ROOT_INTERFACE, "DeactivateConnection", "(o)",
                   "/") == ERROR + "ConnectionNotActive"


def test_nothing_is_up(either):
    add(either, gsm(ICCID))
    assert either.get(ROOT, ROOT_INTERFACE, "ActiveConnections") == []


def describe(interface):
    """{(kind, name): signature} of an interface in introspection data."""
    found = {}
    for member in interface:
        if member.tag == "property":
            found["property", member.get("name")] = member.get("type") + " " + member.get("access")
        elif member.tag in ("method", "signal"):
            found[member.tag, member.get("name")] = [
                (one.get("direction", "out"), one.get("type")) for one in member.iter("arg")]
    return found


def test_the_interface_is_the_real_ones():
    why = realnm.why_not()
    if why is not None:
        pytest.skip(why)
    with Bus() as started, realnm.RealNetworkManager(started), BusClient(started.address, NAME) as asking:
        path, _ = add(asking, gsm(ICCID))
        device = asking.call(ROOT, ROOT_INTERFACE, "GetAllDevices")[0]
        for where, ours in ((ROOT, ROOT_XML), (SETTINGS, SETTINGS_XML), (path, CONNECTION_XML), (device, DEVICE_XML)):
            text = asking.call(where, "org.freedesktop.DBus.Introspectable", "Introspect")
            real = {one.get("name"): describe(one) for one in xml.etree.ElementTree.fromstring(text)}
            for interface in xml.etree.ElementTree.fromstring(ours):
                theirs = real[interface.get("name")]
                for member, signature in describe(interface).items():
                    assert theirs[member] == signature, (interface.get("name"), member)


# -- what only the stand-in can do here -----------------------------------------------------------


def actives(client):
    return client.get(ROOT, ROOT_INTERFACE, "ActiveConnections")


def test_what_fits_the_sim_is_brought_up(manager, client):
    other = gsm("8949000000000000002", name="Other")
    mine = gsm(ICCID, name="Mine")
    for settings in (gsm(name="Any"), other, gsm(ICCID, autoconnect=False), mine):
        manager.add(settings)
    assert actives(client) == []
    manager.show(ICCID)
    manager.wait_active(mine["connection"]["uuid"].unpack())
    active, = actives(client)
    client.wait_signal(lambda s: s[:3] == (active, ACTIVE_INTERFACE, "StateChanged") and s[3][0] == ACTIVE_ACTIVATED)
    assert client.get(active, ACTIVE_INTERFACE, "Uuid") == mine["connection"]["uuid"].unpack()
    assert client.get(active, ACTIVE_INTERFACE, "Default") is True
    assert client.get(ROOT, ROOT_INTERFACE, "PrimaryConnection") == active
    manager.show("8949000000000000002")
    manager.wait_active(other["connection"]["uuid"].unpack())
    manager.show(None)
    manager.wait(lambda: not manager.actives)


def test_what_was_taken_down_stays_down(bus, client):
    mine = gsm(ICCID)
    manager = NetworkManager(bus.address, connections=[mine], deactivation=None)
    try:
        manager.show(ICCID)
        manager.wait_active(mine["connection"]["uuid"].unpack())
        active, = actives(client)
        client.call(ROOT, ROOT_INTERFACE, "DeactivateConnection", "(o)", active)
        assert actives(client) == [active]
        since = len(client.signals)
        manager.let_go()
        client.wait_signal(lambda s: s[:3] == (ROOT, PROPERTIES, "PropertiesChanged")
                           and s[3][1].get("ActiveConnections") == [], since=since)
        manager.add(gsm("8949000000000000009"))
        assert actives(client) == []
        assert refused(client.call, ROOT, ROOT_INTERFACE, "DeactivateConnection", "(o)",
                       active) == ERROR + "ConnectionNotActive"
        client.call(ROOT, ROOT_INTERFACE, "ActivateConnection", "(ooo)", manager.find(gsm={"sim-id": ICCID})[0], "/", "/")
        manager.wait_active(mine["connection"]["uuid"].unpack())
    finally:
        manager.close()


def test_a_deleted_connection_goes_down(manager, client):
    mine = gsm(ICCID)
    path = manager.add(mine)
    manager.show(ICCID)
    manager.wait_active(mine["connection"]["uuid"].unpack())
    client.call(path, CONNECTION_INTERFACE, "Delete")
    assert actives(client) == []
    assert manager.calls == [("Delete", path)]


def test_it_says_no_when_it_is_told_to(manager, client):
    manager.refuse("AddConnection2")
    assert refused(add, client, gsm(ICCID)) == ERROR + "Settings.PermissionDenied"
    manager.refuse("AddConnection2", None)
    add(client, gsm(ICCID))
    manager.unanswered.add("ListConnections")
    with pytest.raises(BusError):
        client.call(SETTINGS, SETTINGS_INTERFACE, "ListConnections", timeout=0.2)


def test_it_comes_back_with_what_it_knew(manager, client):
    mine = gsm(ICCID)
    path = manager.add(mine)
    manager.show(ICCID)
    manager.wait_active(mine["connection"]["uuid"].unpack())
    manager.stop()
    assert client.owner_pid() is None
    manager.start()
    assert client.call(SETTINGS, SETTINGS_INTERFACE, "ListConnections") == [path]
    assert actives(client) == []


def test_a_person_edits(manager, client):
    mine = gsm(ICCID, uuid=UUID)
    path = manager.add(mine)
    manager.change(UUID, gsm={"apn": GLib.Variant("s", "other"), "sim-id": None})
    assert read(client, path)["gsm"] == {"apn": "other"}
    client.wait_signal(lambda s: s[0] == path and s[2] == "Updated")
    manager.delete(UUID)
    assert manager.settings(UUID) is None


def test_it_follows_the_modem(pair, client):
    """The SIM that the modem shows decides, and the modem's data runs while a connection is up."""
    manager, modem = pair
    first, second = modem.card.profiles[:2]
    one, two = gsm(first.iccid), gsm(second.iccid)
    manager.add(one)
    manager.add(two)
    manager.wait_active(one["connection"]["uuid"].unpack())
    manager.wait(lambda: modem.connected)
    assert Lpa(modem.card).enable(second) == 0
    modem.call(modem._look_for_refresh)
    manager.wait_active(two["connection"]["uuid"].unpack())
    manager.wait(lambda: modem.connected)
    modem.call(modem.power_off_card)
    manager.wait(lambda: not manager.actives)
    assert not modem.connected
