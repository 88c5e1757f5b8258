# SPDX-License-Identifier: LGPL-2.1-or-later
"""Without authorization nothing changes: every method that introspection shows, against every way of not
being allowed. A method without a line in RULES fails here."""

import contextlib
import time

import pytest
from esimlab.busclient import BusClient, BusError
from esimlab.daemon import BUS_NAME, PATIENCE
from esimlab.polkit import Polkit
from gi.repository import Gio, GLib
from panel import DEREGISTRATION, EUICC, MANAGER, OPERATION, PROFILE, ROOT_PATH
from scene import AGREED, AIS, BLUE, NAMES, PUBLIC, REFUSED, RULES, SLOW_RETRY, STRICT, Scene, arguments

INTERACTIVE = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION


def introspected(client, path):
    """{interface: {method}} of ours at a path."""
    xml = client.call(path, "org.freedesktop.DBus.Introspectable", "Introspect")
    return {i.name: {m.name for m in i.methods} for i in Gio.DBusNodeInfo.new_for_xml(xml).interfaces
            if i.name.startswith(BUS_NAME)}


@pytest.fixture
def scene(make_lab):
    return Scene(make_lab(config=SLOW_RETRY))


def test_every_method_has_a_rule(scene):
    """Both ways: a method that somebody adds has to come into RULES, and into the tests below."""
    shown = {}
    for path in [ROOT_PATH, *scene.panel.client.objects(ROOT_PATH)]:
        for interface, methods in introspected(scene.panel.client, path).items():
            shown.setdefault(interface, set()).update(methods)
    assert set(shown) == {MANAGER, EUICC, PROFILE, OPERATION, DEREGISTRATION}
    assert {(i, m) for i, methods in shown.items() for m in methods} == set(RULES) | PUBLIC


@pytest.mark.parametrize("key", RULES, **NAMES)
def test_denied(scene, key):
    """As a requester everybody may look after his own; so others' objects are looked at as another uid
    in test_public.py, and here what is refused to the requester too."""
    scene.lab.polkit.deny()
    if key in STRICT:
        scene.refused(key)
        scene.refused(key, interactive=True)
        assert {c.action for c in scene.lab.polkit.checks} == {f"{BUS_NAME}.{RULES[key][0]}"}
    else:
        with contextlib.suppress(BusError):
            scene.call(key)
        assert scene.lab.polkit.checks == []


@pytest.mark.parametrize("key", STRICT, **NAMES)
def test_a_password_is_wanted_and_nobody_may_ask(scene, key):
    scene.lab.polkit.challenge()
    scene.refused(key)
    [check] = scene.lab.polkit.checks
    assert not check.interactive and check.answer == "challenge"


@pytest.mark.parametrize("key", STRICT, **NAMES)
def test_a_wrong_password(scene, key):
    scene.lab.polkit.challenge(succeeds=False)
    scene.refused(key, interactive=True)
    [check] = scene.lab.polkit.checks
    assert check.interactive and check.answer == "no"


@pytest.mark.parametrize("key", STRICT, **NAMES)
def test_the_right_password(scene, key):
    scene.lab.polkit.challenge(after=0.01)
    if key in REFUSED:
        with pytest.raises(BusError, match=REFUSED[key]):
            scene.call(key, interactive=True)
    else:
        scene.call(key, interactive=True)
    [check] = scene.lab.polkit.checks
    assert check.action == f"{BUS_NAME}.{RULES[key][0]}" and check.answer == "yes"
    assert check.subject_kind == "system-bus-name" and check.subject == scene.lab.client.name


@pytest.mark.parametrize("key", STRICT, **NAMES)
def test_a_caller_who_leaves_during_the_prompt_has_asked_for_nothing(scene, key):
    scene.lab.polkit.challenge(after=None)
    with BusClient(scene.lab.bus.address, BUS_NAME) as caller, scene.unchanged():
        caller.connection.call(BUS_NAME, scene.path(*key), *key, RULES[key][2], None, INTERACTIVE, -1, None, None)
        scene.panel.client.wait_until(scene.lab.polkit.waiting, 10 * PATIENCE)
        caller.connection.close_sync(None)
        scene.panel.client.wait_until(lambda: not scene.lab.polkit.waiting(), 10 * PATIENCE)
        assert [check.answer for check in scene.lab.polkit.checks] == ["cancelled"]


def test_leaving_in_the_moment_of_the_right_password(scene):
    """The answer of polkit is on its way when the caller goes: the bus knows him no more."""
    scene.lab.polkit.challenge(after=None)
    for _ in range(5):
        with BusClient(scene.lab.bus.address, BUS_NAME) as caller, scene.unchanged():
            caller.connection.call(BUS_NAME, scene.panel.profile(BLUE), PROFILE, "Delete", arguments(AGREED), None,
                                   INTERACTIVE, -1, None, None)
            scene.panel.client.wait_until(scene.lab.polkit.waiting, 10 * PATIENCE)
            caller.connection.close_sync(None)
            scene.lab.polkit.answer_waiting()
            scene.panel.client.wait_until(lambda: not scene.lab.polkit.waiting(), 10 * PATIENCE)
            scene.panel.client.get(ROOT_PATH, MANAGER, "Ready")


def test_a_prompt_answered_late(scene):
    """Other callers are served meanwhile, and the world may have changed when the answer comes."""
    scene.lab.polkit.challenge(f"{BUS_NAME}.delete", after=None)
    answers = []
    connection = scene.lab.client.connection
    for _ in range(2):
        connection.call(BUS_NAME, scene.panel.profile(BLUE), PROFILE, "Delete", arguments(AGREED), None,
                        INTERACTIVE, -1, None,
                        lambda source, result: answers.append(finish(source, result)))
    scene.panel.client.wait_until(lambda: len(scene.lab.polkit.waiting()) == 2, 10 * PATIENCE)
    scene.panel.run(scene.panel.profile(AIS), PROFILE, "SetNickname", "meanwhile")
    assert scene.lab.card.profile(BLUE)
    scene.lab.polkit.answer_waiting()
    scene.panel.client.wait_until(lambda: scene.lab.card.profile(BLUE) is None, 10 * PATIENCE)
    context = GLib.MainContext.default()
    until = time.monotonic() + 10 * PATIENCE
    while len(answers) < 2 and time.monotonic() < until:
        context.iteration(False)
    assert any(isinstance(answer, str) for answer in answers)
    assert scene.lab.card.counters["BF33"] == 1


def finish(connection, result):
    """The object's path, or the error."""
    try:
        return connection.call_finish(result).unpack()[0]
    except GLib.Error as error:
        return error


def test_the_answer_that_releases_a_deletion_is_authorized_afresh(scene):
    lab, panel = scene.lab, scene.panel
    assert [c.action for c in lab.polkit.checked("*.deregister")] == []  # cleared after the scene was set
    scene.call((DEREGISTRATION, "Answer"))
    assert [c.action for c in lab.polkit.checks] == [f"{BUS_NAME}.deregister"]
    panel.wait_stage(scene.deregistration, "notifying-operator")


def test_a_no_needs_no_password(scene):
    scene.lab.polkit.deny()
    question = scene.panel.wait_question(scene.deregistration)["id"]
    scene.panel.call(scene.deregistration, DEREGISTRATION, "Answer", ("u", question), consent=False)
    assert scene.panel.stage(scene.deregistration) == "withdrawn"
    assert scene.lab.polkit.checks == []


@pytest.mark.parametrize("key", STRICT, **NAMES)
def test_without_polkit_nothing_changes(scene, key):
    scene.lab.polkit.close()
    scene.refused(key, interactive=True)


def test_polkit_that_comes_back_is_asked_again(scene):
    scene.lab.polkit.close()
    scene.refused((PROFILE, "Enable"))
    with contextlib.closing(Polkit(scene.lab.bus.address)) as again:
        scene.call((PROFILE, "Enable"))
        assert [check.answer for check in again.checks] == ["yes"]


def test_a_denial_is_in_the_log_with_the_uid(scene):
    scene.lab.polkit.deny()
    scene.refused((PROFILE, "Delete"))
    assert "Delete, asked by user 0" in scene.lab.daemon.log()


@pytest.mark.parametrize("action", sorted({action for action, _, _ in RULES.values()}))
def test_one_action_allows_no_other(scene, action):
    """Each method hangs on its own action alone."""
    scene.lab.polkit.deny()
    scene.lab.polkit.allow(f"{BUS_NAME}.{action}")
    for key in STRICT:
        if RULES[key][0] != action:
            scene.refused(key)


def test_properties_cannot_be_written(scene):
    for path, interfaces in scene.panel.client.objects(ROOT_PATH).items():
        for interface, properties in interfaces.items():
            for name in properties:
                with pytest.raises(BusError), scene.unchanged():
                    scene.panel.client.call(path, "org.freedesktop.DBus.Properties", "Set", "(ssv)", interface,
                                            name, GLib.Variant("s", "x"))
