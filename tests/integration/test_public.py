# SPDX-License-Identifier: LGPL-2.1-or-later
"""What another user of the machine sees: the documented public properties, and nothing else. And what the
log and the errors do not say."""

import pathlib
import re
import xml.etree.ElementTree

import pytest
from conftest import needs_root
from esimlab import ber
from esimlab.busclient import BusError
from esimlab.daemon import BUS_NAME
from esimlab.profiles import demo_profiles
from gi.repository import GLib
from panel import DEREGISTRATION, ERROR, EUICC, MANAGER, OPERATION, PROFILE, ROOT_PATH, Panel
from scene import AIS, BLUE, ISLAND, NAMES, RULES, SLOW_RETRY, Scene
from stranger import NOBODY, Stranger

DBUS = pathlib.Path(__file__).resolve().parents[2] / "dbus"
INTERFACES = (MANAGER, EUICC, PROFILE, OPERATION, DEREGISTRATION)
PROPERTIES = "org.freedesktop.DBus.Properties"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
YES = {"consent": True, "contract-continues": True}
# Words that a requester gave or was given, none of which is anybody else's business.
PERSONAL = ("travel-ended", "my-own-token", "contract goes on", "imsi", "520010000000018")


def documented(interface):
    """{property: type} of the XML."""
    tree = xml.etree.ElementTree.parse(DBUS / f"{interface}.xml")
    return {p.get("name"): p.get("type") for p in tree.iter("property")}


@pytest.fixture
def scene(make_lab):
    return Scene(make_lab(config=SLOW_RETRY))


@pytest.fixture
def stranger(scene):
    with Stranger(scene.lab) as other:
        yield other


def test_objects_show_the_documented_properties_and_no_others(scene):
    client = scene.panel.client
    everything = client.objects(ROOT_PATH)
    everything[ROOT_PATH] = {MANAGER: client.get_all(ROOT_PATH, MANAGER)}
    seen = set()
    for path, interfaces in everything.items():
        for interface in interfaces:
            whole = client.connection.call_sync(BUS_NAME, path, PROPERTIES, "GetAll", GLib.Variant("(s)", (interface,)),
                                                None, 0, -1, None).get_child_value(0)
            found = {name: whole.lookup_value(name, None).get_type_string() for name in whole.unpack()}
            assert found == documented(interface)
            seen.add(interface)
    assert seen == set(INTERFACES)


@needs_root
def test_another_user_reads_the_public_properties(scene, stranger):
    error, text = stranger.call(BUS_NAME, ROOT_PATH, OBJECT_MANAGER, "GetManagedObjects")
    assert error == ""
    [objects] = GLib.Variant.parse(None, text, None, None).unpack()
    assert objects.keys() == scene.panel.client.objects(ROOT_PATH).keys()
    for interfaces in objects.values():
        for interface, properties in interfaces.items():
            assert properties.keys() == documented(interface).keys()
    assert not any(word in text for word in PERSONAL)


@needs_root
@pytest.mark.parametrize("key", RULES, **NAMES)
def test_another_user_may_do_nothing(scene, stranger, key):
    with scene.unchanged():
        error, text = stranger.call(BUS_NAME, scene.path(*key), *key, RULES[key][2].print_(True), True)
    assert error == ERROR + "NotAuthorized", text
    [check] = scene.lab.polkit.checks
    assert (check.action, check.uid) == (f"{BUS_NAME}.{RULES[key][0]}", NOBODY)


@needs_root
@pytest.mark.parametrize("interface", [OPERATION, DEREGISTRATION])
def test_another_user_may_look_with_the_right_password(scene, stranger, interface):
    scene.lab.polkit.challenge(f"{BUS_NAME}.inspect", uid=NOBODY, after=0.01)
    path = scene.path(interface, "Describe")
    assert stranger.call(BUS_NAME, path, interface, "Describe")[0] == ERROR + "NotAuthorized"
    error, text = stranger.call(BUS_NAME, path, interface, "Describe", interactive=True)
    assert error == "", text


@needs_root
def test_a_no_of_another_user_is_asked_of_polkit(scene, stranger):
    question = scene.panel.wait_question(scene.deregistration)["id"]
    error, _ = stranger.call(BUS_NAME, scene.deregistration, DEREGISTRATION, "Answer",
                             f"(uint32 {question}, {{'consent': <false>}})")
    assert error == ERROR + "NotAuthorized" and scene.panel.stage(scene.deregistration) == "preparing"


@needs_root
def test_a_token_is_of_one_user(scene, stranger):
    panel = scene.panel
    mine = panel.deregister(BLUE, token="shared")
    scene.lab.polkit.allow(uid=NOBODY)
    error, text = stranger.call(BUS_NAME, panel.profile(AIS), PROFILE, "Deregister",
                                "({'method': <'local'>, 'token': <'shared'>},)")
    assert error == "" and mine not in text


@needs_root
def test_signals_carry_no_more_than_the_properties(make_lab):
    lab = make_lab()
    panel = Panel(lab)
    with Stranger(lab) as other:
        other.listen(BUS_NAME)
        path = panel.deregister(AIS, reason="travel-ended", token="my-own-token")
        panel.answer(path, **YES)
        panel.wait_stage(path, "completed")
        panel.run(panel.profile(BLUE), PROFILE, "Enable")
        lab.card.fail_at("BF29", result=1)
        panel.fails(panel.profile(BLUE), PROFILE, "SetNickname", "x")
        record = panel.describe(path, DEREGISTRATION)["id"]
        seen = other.signals()
    assert len(seen) > 20
    for one_path, interface, member, body in seen:
        check_signal(one_path, interface, member, GLib.Variant.parse(None, body, None, None))
        assert not any(word in body for word in (*PERSONAL, record)), body


def check_signal(path, interface, member, body):
    assert not re.search(r"\d{6}", path)
    if (interface, member) == (OPERATION, "Finished"):
        assert body.get_type_string() == "(b)"
    elif (interface, member) == (PROPERTIES, "PropertiesChanged"):
        name, changed, invalidated = body.unpack()
        assert {*changed, *invalidated} <= documented(name).keys()
    elif (interface, member) == (OBJECT_MANAGER, "InterfacesAdded"):
        for name, properties in body.unpack()[1].items():
            assert properties.keys() == documented(name).keys()
    else:
        assert (interface, member) == (OBJECT_MANAGER, "InterfacesRemoved")


@needs_root
@pytest.mark.parametrize("running", [True, False])
def test_another_user_may_not_take_the_name(make_lab, running):
    lab = make_lab(daemon=running)
    with Stranger(lab) as other:
        error, _ = other.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                              f"('{BUS_NAME}', uint32 7)")
    assert error == "org.freedesktop.DBus.Error.AccessDenied"


# Identifiers in words

def identifiers(lab, profiles):
    """What must not be read anywhere, in each way of writing it."""
    numbers = {lab.card.eid, *(p.iccid for p in profiles), *(p.imsi for p in profiles)}
    swapped = {ber.iccid_octets(p.iccid).hex() for p in profiles}
    return {text for number in numbers | swapped for text in (number, number.upper()) if text}


def go_through_everything(panel):
    """Successes and failures of every kind; returns all the words that a caller is told."""
    lab, said = panel.lab, []

    def failing(tag, interface, path, method, *arguments, **values):
        lab.card.fail_at(tag, result=127)
        said.append(str(panel.fails(path, interface, method, *arguments, **values)))
    failing("BF2D", EUICC, panel.euicc(), "Refresh")
    failing("BF31", PROFILE, panel.profile(BLUE), "Enable")
    failing("BF29", PROFILE, panel.profile(BLUE), "SetNickname", "x")
    failing("BF33", PROFILE, panel.profile(ISLAND), "Delete", **{"contract-continues": True})
    for method in ("Enable", "Delete", "Deregister"):
        with pytest.raises(BusError) as caught:
            panel.call(panel.profile(AIS), PROFILE, method)
        said.append(str(caught.value))
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    lab.smdp.behave("json_error", message="no such ICCID")
    path = panel.deregister(ISLAND, reason="travel-ended")
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    panel.run(panel.euicc(), EUICC, "Refresh", details=True, notifications=True)
    panel.wait_closed()
    return "\n".join(said)


@pytest.mark.parametrize("debug", ["", "all"])
def test_no_identifier_in_the_log_and_in_errors(make_lab, debug):
    lab = make_lab(environment={"G_MESSAGES_DEBUG": debug} if debug else {},
                   config={"card": {"linger-milliseconds": "50"}})
    words = go_through_everything(Panel(lab))
    lab.modem.unplug()
    Panel(lab).client.wait_until(lambda: Panel(lab).get(Panel(lab).euicc(), EUICC, "State") == "absent")
    lab.daemon.stop()
    log = lab.daemon.log()
    assert "deregistration" in log and (not debug or "DEBUG" in log)
    for number in identifiers(lab, demo_profiles()):
        assert number not in words
        assert number not in log, re.findall(f".*{number}.*", log)[:3]
