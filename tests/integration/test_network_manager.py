# SPDX-License-Identifier: LGPL-2.1-or-later
"""NetworkManager beside the daemon: a connection for a profile, what it takes its access point from, whose it is, and
the question before a machine's only way to the network is cut."""

import uuid

import pytest
from esimlab import realnm
from esimlab.daemon import BUS_NAME, PATIENCE
from esimlab.nmsettings import gsm
from esimlab.profiles import demo_profiles
from conftest import needs_root
from gi.repository import GLib
from panel import DEREGISTRATION, OPERATION, PROFILE, Panel
from stranger import NOBODY, Stranger

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
# That of the daemon, esim-nm-connection.h: a connection's UUID is made from it and the ICCID.
NAMESPACE = uuid.UUID("e0b37b05-da4c-4bcc-92ab-9575ece892ce")
MARK = "org.esimd1.iccid"


def our_uuid(iccid):
    return str(uuid.uuid5(NAMESPACE, iccid))


def blue_is_enabled():
    """The laboratory's profiles; the AIS one, whose operator the directory of providers knows, is not enabled."""
    profiles = demo_profiles()
    for profile in profiles:
        profile.enabled = profile.iccid == BLUE
    return profiles


@pytest.fixture
def make_panel(make_lab):
    def make(**settings):
        return Panel(make_lab(**{"profiles": blue_is_enabled(), "network_manager": True, **settings}))
    return make


@pytest.fixture
def panel(make_panel):
    return make_panel()


def enable(panel, iccid, **options):
    return panel.run(panel.profile(iccid), PROFILE, "Enable", **{"create-connection": True, **options})


def connections(panel, iccid):
    """{uuid: what ListConnections says of it}"""
    listed = panel.client.call(panel.profile(iccid), PROFILE, "ListConnections")
    return {one["uuid"]: one for one in listed}


def wait_connections(panel, iccid, *uuids):
    """Until the property names these."""
    return panel.client.wait_until(lambda: sorted(panel.get(panel.profile(iccid), PROFILE, "Connections"))
                                   == sorted(uuids), 10 * PATIENCE)


def changes(panel):
    """What NetworkManager was asked to do."""
    return [method for method, _ in panel.lab.network_manager.calls]


# A connection for a profile

def test_a_connection_is_made_with_the_home_operators_apn(panel):
    """Not the one of the network that the SIM is in: that is what NetworkManager would take (auto-config)."""
    result = enable(panel, AIS)
    assert result == {"connection": our_uuid(AIS), "apn": "internet", "apn-source": "directory"}
    made = panel.lab.network_manager.settings(our_uuid(AIS))
    assert made["gsm"] == {"sim-id": AIS, "apn": "internet"}
    assert made["user"] == {"data": {MARK: AIS}}
    assert (made["connection"]["type"], made["connection"]["id"]) == ("gsm", "AIS Tourist")
    assert made["connection"]["autoconnect"] is True
    assert changes(panel) == ["AddConnection2"]


def test_it_is_brought_up_for_the_profile(panel):
    """What was made fits the SIM that the modem shows then."""
    enable(panel, AIS)
    panel.lab.network_manager.wait_active(our_uuid(AIS))
    panel.client.wait_until(lambda: connections(panel, AIS)[our_uuid(AIS)]["active"], 10 * PATIENCE)
    panel.lab.network_manager.wait(lambda: panel.lab.modem.connected)


def test_no_connection_is_made_unasked(panel):
    assert enable(panel, AIS, **{"create-connection": False}) == {}
    assert changes(panel) == []


def test_the_second_time_it_is_used_again(panel):
    first = enable(panel, AIS)
    panel.run(panel.profile(AIS), PROFILE, "Disable")
    assert enable(panel, AIS) == first
    assert changes(panel) == ["AddConnection2"]
    assert len(panel.lab.network_manager.find(gsm={"sim-id": AIS})) == 1


def test_what_somebody_corrected_stays(panel):
    enable(panel, AIS)
    panel.lab.network_manager.change(our_uuid(AIS), gsm={"apn": GLib.Variant("s", "corrected")})
    panel.run(panel.profile(AIS), PROFILE, "Disable")
    assert enable(panel, AIS) == {"connection": our_uuid(AIS), "apn": "corrected", "apn-source": "connection"}
    assert panel.lab.network_manager.settings(our_uuid(AIS))["gsm"]["apn"] == "corrected"
    assert changes(panel) == ["AddConnection2"]


def test_an_apn_that_was_chosen_goes_into_the_connection(panel):
    enable(panel, AIS)
    panel.lab.network_manager.change(our_uuid(AIS), gsm={"pin": GLib.Variant("s", "1234")},
                                     connection={"id": GLib.Variant("s", "My trip")})
    panel.run(panel.profile(AIS), PROFILE, "Disable")
    assert enable(panel, AIS, apn="chosen.apn") == {"connection": our_uuid(AIS), "apn": "chosen.apn",
                                                    "apn-source": "option"}
    made = panel.lab.network_manager.settings(our_uuid(AIS))
    assert made["gsm"] == {"sim-id": AIS, "apn": "chosen.apn", "pin": "1234"}
    assert made["connection"]["id"] == "My trip"


@pytest.mark.parametrize("apn", ["inter net", "a" * 65, "internet\n", "é"])
def test_an_apn_that_is_none_is_refused(panel, apn):
    """Before or after: the profile is not left without a word on it."""
    path = panel.profile(AIS)
    try:
        result = enable(panel, AIS, apn=apn)
    except Exception as error:  # noqa: BLE001: whichever way it is refused
        assert "InvalidArgument" in str(error)
        assert panel.get(path, PROFILE, "State") == "disabled"
    else:
        assert "APN" in result["connection-problem"] and "connection" not in result
    assert changes(panel) == []


def test_an_operator_that_the_directory_does_not_have(panel):
    enable(panel, AIS)
    result = enable(panel, BLUE)
    assert (result["connection"], result["apn"], result["apn-source"]) == (our_uuid(BLUE), "", "network")
    assert "apn" in result["apn-problem"]
    assert panel.lab.network_manager.settings(our_uuid(BLUE))["gsm"] == {"sim-id": BLUE, "auto-config": True}


def test_the_nickname_is_the_name(panel):
    enable(panel, AIS, **{"create-connection": False})
    enable(panel, BLUE)
    assert panel.lab.network_manager.settings(our_uuid(BLUE))["connection"]["id"] == "Work"


# What stands in its way: the profile is enabled all the same

def problem(panel, **options):
    """What the result says of the connection."""
    result = enable(panel, AIS, **options)
    assert "connection" not in result, result
    assert panel.get(panel.profile(AIS), PROFILE, "State") == "enabled"
    return result["connection-problem"]


@pytest.mark.parametrize("error, words", [
    ("Settings.PermissionDenied", "polkit"), ("Settings.Connection.InvalidProperty", "APN"),
    ("Settings.Failed", "journalctl"), ("org.freedesktop.DBus.Error.AccessDenied", "bus policy")])
def test_networkmanager_says_no(panel, error, words):
    panel.lab.network_manager.refuse("AddConnection2", error)
    told = problem(panel)
    assert "NetworkManager did not make the connection" in told and words in told
    assert panel.lab.network_manager.connections == {}


def test_networkmanager_is_not_there(make_panel):
    assert "NetworkManager does not run" in problem(make_panel(network_manager=None))


def test_networkmanager_leaves_in_between(panel):
    manager = panel.lab.network_manager
    manager.unanswered.add("AddConnection2")
    operation = panel.call(panel.profile(AIS), PROFILE, "Enable", **{"create-connection": True})
    manager.wait(lambda: manager.calls)
    assert panel.get(operation, OPERATION, "Phase") == "creating-connection"
    manager.stop()
    assert panel.wait_ended(operation)["State"] == "succeeded"
    told = panel.describe(operation)["result"]
    assert "stopped" in told["connection-problem"] and "connection" not in told


def test_networkmanager_is_not_wanted(make_panel):
    panel = make_panel(config={"network-manager": {"enabled": "false"}})
    assert "connection-problem" in enable(panel, AIS)
    assert changes(panel) == []
    assert panel.get(panel.profile(AIS), PROFILE, "Connections") == []


def test_a_connection_that_is_no_longer_ours_is_left_alone(panel):
    enable(panel, AIS)
    panel.lab.network_manager.change(our_uuid(AIS), user={"data": None})
    panel.client.wait_until(lambda: not connections(panel, AIS)[our_uuid(AIS)]["ours"], 10 * PATIENCE)
    panel.run(panel.profile(AIS), PROFILE, "Disable")
    result = enable(panel, AIS, apn="chosen")
    assert our_uuid(AIS) in result["connection-problem"]
    assert panel.lab.network_manager.settings(our_uuid(AIS))["gsm"]["apn"] == "internet"


# What there is

def test_connections_are_followed(panel):
    manager = panel.lab.network_manager
    theirs = gsm(AIS, name="Theirs")
    their_uuid = theirs["connection"]["uuid"].unpack()
    assert panel.get(panel.profile(AIS), PROFILE, "Connections") == []
    since = len(panel.client.signals)
    manager.add(theirs)
    manager.add(gsm(name="For any SIM"))
    panel.client.wait_signal(lambda s: s[0] == panel.profile(AIS) and s[2] == "PropertiesChanged"
                             and s[3][1].get("Connections") == [their_uuid], since=since)
    enable(panel, AIS)
    wait_connections(panel, AIS, our_uuid(AIS), their_uuid)
    assert {key: (one["name"], one["ours"]) for key, one in connections(panel, AIS).items()} == {
        our_uuid(AIS): ("AIS Tourist", True), their_uuid: ("Theirs", False)}
    assert connections(panel, BLUE) == {}
    manager.delete(their_uuid)
    wait_connections(panel, AIS, our_uuid(AIS))
    manager.change(our_uuid(AIS), gsm={"sim-id": GLib.Variant("s", BLUE)})
    wait_connections(panel, AIS)
    wait_connections(panel, BLUE, our_uuid(AIS))
    assert not connections(panel, BLUE)[our_uuid(AIS)]["ours"]


def test_networkmanager_comes_and_goes(make_panel):
    theirs = gsm(AIS)
    panel = make_panel(network_manager={"connections": [theirs]})
    wait_connections(panel, AIS, theirs["connection"]["uuid"].unpack())
    panel.lab.network_manager.stop()
    wait_connections(panel, AIS)
    panel.lab.network_manager.start()
    wait_connections(panel, AIS, theirs["connection"]["uuid"].unpack())


def test_the_filler_of_an_iccid_is_no_part_of_it(make_panel):
    """Some modems show it, and people copy what they see."""
    theirs = gsm(BLUE + "F")
    panel = make_panel(network_manager={"connections": [theirs]})
    wait_connections(panel, BLUE, theirs["connection"]["uuid"].unpack())


# The end of a profile

def deregister(panel, iccid, **options):
    path = panel.deregister(iccid, **options)
    panel.answer(path, **{"consent": True, "contract-continues": True})
    return path


def steps(panel, path):
    return {one["step"]: one["state"] for one in panel.describe(path, DEREGISTRATION)["steps"]}


def test_a_deregistration_takes_ours_and_names_others(panel):
    manager = panel.lab.network_manager
    theirs = gsm(AIS, name="Theirs", autoconnect=False)
    manager.add(theirs)
    enable(panel, AIS)
    manager.change(our_uuid(AIS), connection={"id": GLib.Variant("s", "Renamed")})
    panel.client.wait_until(lambda: connections(panel, AIS)[our_uuid(AIS)]["name"] == "Renamed", 10 * PATIENCE)
    path = deregister(panel, AIS)
    panel.wait_stage(path, "completed")
    panel.client.wait_until(lambda: steps(panel, path).get("remove-connections") == "done", 10 * PATIENCE)
    assert manager.settings(our_uuid(AIS)) is None
    assert len(manager.connections) == 1 and manager.find(connection={"id": "Theirs"})
    finding = next(one for one in panel.describe(path, DEREGISTRATION)["findings"] if one["code"] == "connections")
    assert finding["parameters"] == {"ours": ["Renamed"], "others": ["Theirs"]}


def test_a_connection_that_is_up_is_taken_down_first(make_panel):
    """The modem is slow to let go; nothing is deleted before."""
    panel = make_panel(network_manager={"deactivation": None})
    manager = panel.lab.network_manager
    enable(panel, AIS)
    manager.wait_active(our_uuid(AIS))
    # One that stays up when its SIM goes, as one may on a modem that has not noticed yet.
    manager.modem.card_hooks.remove(manager._card_event)
    path = deregister(panel, AIS)
    manager.wait(lambda: "DeactivateConnection" in changes(panel))
    assert manager.settings(our_uuid(AIS)) is not None
    manager.let_go()
    panel.client.wait_until(lambda: steps(panel, path).get("remove-connections") == "done", 10 * PATIENCE)
    manager.modem.card_hooks.append(manager._card_event)
    assert changes(panel)[-2:] == ["DeactivateConnection", "Delete"]
    assert manager.settings(our_uuid(AIS)) is None


def test_a_deletion_takes_ours_too(panel):
    theirs = gsm(AIS)
    panel.lab.network_manager.add(theirs)
    enable(panel, AIS)
    wait_connections(panel, AIS, our_uuid(AIS), theirs["connection"]["uuid"].unpack())
    panel.run(panel.profile(AIS), PROFILE, "Delete", **{"contract-continues": True})
    panel.lab.network_manager.wait(lambda: our_uuid(AIS) not in
                                   [one["connection"]["uuid"].unpack()
                                    for one in list(panel.lab.network_manager.connections.values())])
    assert len(panel.lab.network_manager.connections) == 1


def test_a_profile_without_connections_needs_no_step(panel):
    path = deregister(panel, AIS)
    panel.wait_stage(path, "completed")
    told = panel.describe(path, DEREGISTRATION)
    assert all(one["code"] != "connections" for one in told["findings"])
    assert "remove-connections" not in steps(panel, path)
    assert changes(panel) == []


def test_networkmanager_keeps_the_connection(panel):
    """The profile is gone all the same; the step says that it failed."""
    enable(panel, AIS)
    panel.lab.network_manager.refuse("Delete")
    path = deregister(panel, AIS)
    panel.wait_stage(path, "completed")
    panel.client.wait_until(lambda: steps(panel, path).get("remove-connections") == "failed", 10 * PATIENCE)
    assert panel.lab.card.profile(AIS) is None


# The only way to the network

@pytest.fixture
def on_modem(make_panel):
    """The daemon's machine reaches the network over a modem alone."""
    return make_panel(way_out="wwan0")


def wait_question(panel, operation):
    return panel.client.wait_until(lambda: panel.describe(operation).get("question"), 10 * PATIENCE)


def answer(panel, operation, consent):
    question = wait_question(panel, operation)
    panel.call(operation, OPERATION, "Answer", ("u", question["id"]), consent=consent)


@pytest.mark.parametrize("method, iccid, options", [
    ("Enable", AIS, {}), ("Disable", BLUE, {}), ("Delete", BLUE, {"contract-continues": True})])
def test_it_is_asked_for_before_it_is_cut(on_modem, method, iccid, options):
    before = on_modem.lab.card.active_iccid()
    operation = on_modem.call(on_modem.profile(iccid), PROFILE, method, **options)
    question = wait_question(on_modem, operation)
    assert question["type"] == "disconnect-consent"
    seen = on_modem.client.get_all(operation, OPERATION)
    assert (seen["State"], seen["NeedsInput"]) == ("waiting", True)
    assert on_modem.lab.card.active_iccid() == before
    answer(on_modem, operation, True)
    assert on_modem.wait_ended(operation)["State"] == "succeeded"
    assert on_modem.lab.card.active_iccid() != before


@pytest.mark.parametrize("method, iccid", [("Enable", AIS), ("Disable", BLUE)])
def test_who_says_no_keeps_it(on_modem, method, iccid):
    operation = on_modem.call(on_modem.profile(iccid), PROFILE, method)
    answer(on_modem, operation, False)
    seen = on_modem.wait_ended(operation)
    assert (seen["State"], seen["ErrorName"]) == ("failed", f"{BUS_NAME}.Error.ConsentDenied")
    assert on_modem.lab.card.active_iccid() == BLUE


def test_who_allows_it_beforehand_is_not_asked(on_modem):
    on_modem.run(on_modem.profile(AIS), PROFILE, "Enable", **{"allow-disconnect": True})
    assert on_modem.lab.card.active_iccid() == AIS


@needs_root
def test_nobody_else_answers(on_modem):
    """Somebody whom polkit lets switch profiles has a say in what he asked for himself."""
    on_modem.lab.polkit.allow("org.esimd1.switch", uid=NOBODY)
    operation = on_modem.call(on_modem.profile(BLUE), PROFILE, "Disable")
    question = wait_question(on_modem, operation)
    with Stranger(on_modem.lab) as stranger:
        name, _ = stranger.call(BUS_NAME, operation, OPERATION, "Answer", f"(uint32 {question['id']}, {{'consent': <true>}})")
    assert name == f"{BUS_NAME}.Error.NotAuthorized"
    assert on_modem.lab.card.active_iccid() == BLUE
    answer(on_modem, operation, False)
    on_modem.wait_ended(operation)


@pytest.mark.parametrize("settings", [{"way_out": "eth0"}, {}])
def test_another_way_needs_no_question(make_panel, settings):
    panel = make_panel(**settings)
    panel.run(panel.profile(BLUE), PROFILE, "Disable")


def test_a_profile_that_carries_nothing_needs_no_question(on_modem):
    on_modem.run(on_modem.profile(AIS), PROFILE, "Delete", **{"contract-continues": True})


def test_a_deregistration_asks_before_it_disables(on_modem):
    path = on_modem.deregister(BLUE)
    on_modem.answer(path, **{"consent": True, "contract-continues": True})
    question = on_modem.client.wait_until(
        lambda: (told := on_modem.describe(path, DEREGISTRATION).get("question"))
        and told["type"] == "disconnect-consent" and told, 10 * PATIENCE)
    assert on_modem.lab.card.active_iccid() == BLUE
    on_modem.call(path, DEREGISTRATION, "Answer", ("u", question["id"]), consent=True)
    on_modem.wait_stage(path, "completed", "notifying-operator")
    assert on_modem.lab.card.profile(BLUE) is None


def test_a_deregistration_that_may_cut_it_does_not_ask(on_modem):
    path = on_modem.deregister(BLUE, **{"allow-disconnect": True})
    on_modem.answer(path, **{"consent": True, "contract-continues": True})
    on_modem.wait_stage(path, "completed", "notifying-operator")
    assert on_modem.lab.card.profile(BLUE) is None


# The real one

@pytest.fixture
def real(make_panel):
    why = realnm.why_not()
    if why is not None:
        pytest.skip(why)
    panel = make_panel(network_manager=None)
    with realnm.RealNetworkManager(panel.lab.bus) as manager:
        panel.client.wait_until(lambda: panel.client.call("/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
                                                          "(s)", "org.freedesktop.NetworkManager",
                                                          destination="org.freedesktop.DBus"))
        yield panel, manager


def test_the_real_networkmanager(real):
    """A connection is made, used again, given another APN, kept over a restart of the daemon, and taken away."""
    panel, manager = real
    assert enable(panel, AIS) == {"connection": our_uuid(AIS), "apn": "internet", "apn-source": "directory"}
    name, text = next(iter(manager.files().items()))
    assert name == "AIS Tourist.nmconnection"
    for line in (f"uuid={our_uuid(AIS)}", "type=gsm", f"sim-id={AIS}", "apn=internet", f"{MARK}={AIS}"):
        assert line in text.splitlines(), text
    wait_connections(panel, AIS, our_uuid(AIS))
    panel.run(panel.profile(AIS), PROFILE, "Disable")
    enable(panel, AIS, apn="chosen")
    assert len(manager.files()) == 1 and "apn=chosen" in manager.files()[name].splitlines()
    panel.lab.daemon.restart()
    panel = Panel(panel.lab)
    wait_connections(panel, AIS, our_uuid(AIS))
    assert connections(panel, AIS)[our_uuid(AIS)]["ours"]
    path = deregister(panel, AIS)
    panel.wait_stage(path, "completed")
    panel.client.wait_until(lambda: steps(panel, path).get("remove-connections") == "done", 10 * PATIENCE)
    assert manager.files() == {}


def test_the_real_networkmanager_says_what_is_wrong(real):
    panel, manager = real
    (manager.connections / "full").mkdir()
    manager.connections.rename(manager.folder / "elsewhere")
    manager.connections.write_text("no folder", encoding="utf-8")
    told = enable(panel, AIS)["connection-problem"]
    assert "NetworkManager did not make the connection" in told
