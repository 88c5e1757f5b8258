# SPDX-License-Identifier: LGPL-2.1-or-later
"""A card in a smart card reader, behind the real pcscd: what is done with it, its comings and goings, and other
programs that use it too."""

import threading
import time

import pytest
from esimlab import Card
from esimlab.daemon import PATIENCE
from esimlab.neighbour import Neighbour
from esimlab.profiles import demo_profiles
from esimlab.reader import Pcscd, missing
from esimlab.shortwaits import short_waits
from harness import AGREED, deregister, wait_stage, wait_until
from panel import DEREGISTRATION, EUICC, PROFILE, Panel

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
STOP_SECONDS = 10

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.fixture
def pcscd(tmp_path):
    with Pcscd(tmp_path / "pcscd") as service:
        yield service


@pytest.fixture
def with_reader(make_lab, pki, pcscd):
    """with_reader (...) -> the panel of a daemon that has the reader's first slot for its modem."""
    def make(card=None, insert=True, service=pcscd, **settings):
        card = card or Card(pki, profiles=demo_profiles())
        if insert:
            service.slots[0].insert(card)
        panel = Panel(make_lab(card=card, transport="pcsc", reader=service, **settings))
        if insert:
            wait_until(panel, panel.profiles)
        return panel
    return make


def state(panel):
    return panel.get(panel.euicc(), EUICC, "State")


def problem(panel):
    return panel.get(panel.euicc(), EUICC, "Problem")


def wait_quiet(panel):
    """Until the daemon has closed its channel and left the card."""
    wait_until(panel, lambda: not panel.lab.card.open_channels)


@pytest.mark.parametrize("style", ["61xx", "6cxx"])
@pytest.mark.parametrize("protocol", [0, 1])
def test_the_whole_way(with_reader, tmp_path, pki, protocol, style):
    """Lists, enables, renames, and deregisters what is enabled, as in a modem."""
    with Pcscd(tmp_path / "own", protocol=protocol) as service:
        panel = with_reader(Card(pki, profiles=demo_profiles(), sw_style=style), service=service)
        card = panel.lab.card
        assert set(panel.profiles()) == {AIS, BLUE, ISLAND}
        panel.run(panel.profile(BLUE), PROFILE, "Enable")
        assert card.active_iccid() == BLUE and not card.profile(AIS).enabled
        panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "At the desk")
        assert card.profile(BLUE).nickname == "At the desk"
        deregister(panel, BLUE)
        assert card.profile(BLUE) is None and set(panel.profiles()) == {AIS, ISLAND}
        panel.wait_card_empty()
        wait_quiet(panel)
        panel.lab.daemon.stop()


def test_the_card_is_reset_when_it_asks_for_a_refresh(with_reader):
    """No modem is there that would fetch the REFRESH."""
    panel = with_reader()
    resets = panel.lab.card.resets
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert panel.lab.card.resets == resets + 1 and not panel.lab.card.euicc.refresh_pending
    panel.run(panel.profile(BLUE), PROFILE, "Disable")
    assert panel.lab.card.active_iccid() is None


def test_a_card_that_does_not_announce_its_refresh(with_reader, pki):
    panel = with_reader(Card(pki, profiles=demo_profiles(), proactive_status=False))
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert panel.lab.card.active_iccid() == BLUE


def test_put_in_later(with_reader, pcscd):
    panel = with_reader(insert=False)
    wait_until(panel, lambda: "Put one in" in problem(panel))
    pcscd.slots[0].insert(panel.lab.card)
    wait_until(panel, panel.profiles)
    assert problem(panel) == ""


def test_pulled_and_put_back(with_reader, pcscd):
    panel = with_reader()
    pcscd.slots[0].pull()
    wait_until(panel, lambda: state(panel) == "absent")
    pcscd.slots[0].insert()
    wait_until(panel, lambda: state(panel) == "idle")
    panel.run(panel.profile(BLUE), PROFILE, "Enable")


def test_another_card_is_put_in(with_reader, pcscd, pki):
    panel = with_reader()
    before = panel.get(panel.euicc(), EUICC, "Eid")
    pcscd.slots[0].pull()
    other = Card(pki, eid="89049032000000000000002026000266", profiles=demo_profiles()[:1])
    pcscd.slots[0].insert(other)
    wait_until(panel, lambda: other.eid in [one["Eid"] for one in panel.objects(EUICC).values()])
    assert before != other.eid and set(panel.profiles()) == {AIS}


@pytest.mark.parametrize("tag", ["BF32", "BF33", "BF2D"])
def test_pulled_in_the_middle(with_reader, pcscd, tag):
    """Of the disabling, of the deletion, of the look whether it is done: it ends as it should once the card is back."""
    panel = with_reader()
    path = panel.deregister(AIS)
    panel.wait_question(path)
    panel.lab.card.fail_at(tag, cut_after=True)
    panel.answer(path, **AGREED)
    wait_until(panel, lambda: not pcscd.slots[0].inserted)
    wait_until(panel, lambda: state(panel) == "absent")
    assert panel.stage(path) not in ("completed", "failed")
    pcscd.slots[0].insert()
    wait_stage(panel, path, "completed", timeout=40)
    assert panel.lab.card.profile(AIS) is None
    assert panel.lab.card.counters["BF33"] == 1
    panel.wait_card_empty()


def test_the_card_is_left_to_others_in_between(with_reader, pcscd):
    panel = with_reader()
    wait_quiet(panel)
    with Neighbour(pcscd, pcscd.readers[0], "exclusive"):
        code, told = panel.fails(panel.profile(BLUE), PROFILE, "Enable")
        assert code == "Busy" and "another program" in told["error"]
    panel.run(panel.profile(BLUE), PROFILE, "Enable")


def test_a_card_that_another_program_has_to_itself(with_reader, pcscd):
    panel = with_reader(insert=False)
    pcscd.slots[0].card = panel.lab.card
    pcscd.slots[0].insert()
    # Whoever is first: the daemon may be at it.
    holder = wait_until(panel, lambda: exclusive(pcscd))
    panel.lab.daemon.restart()
    wait_until(panel, lambda: "another program" in problem(panel))
    assert not panel.profiles()
    holder.leave()
    wait_until(panel, panel.profiles)


def exclusive(pcscd):
    try:
        return Neighbour(pcscd, pcscd.readers[0], "exclusive")
    except RuntimeError:
        return None


def test_another_program_resets_the_card(with_reader, pcscd):
    """The channel is dead and the session is begun anew."""
    panel = with_reader(config={"card": {"linger-milliseconds": "60000"}})
    with Neighbour(pcscd, pcscd.readers[0]) as neighbour:
        assert panel.lab.card.open_channels
        neighbour.reset()
        assert not panel.lab.card.open_channels
        operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
        first = panel.wait_ended(operation)
        assert first["State"] == "succeeded" or "reset the card" in panel.describe(operation)["error"]
        wait_until(panel, lambda: state(panel) == "idle")
        if first["State"] == "failed":
            panel.run(panel.profile(BLUE), PROFILE, "Enable")
    assert panel.lab.card.active_iccid() == BLUE


def test_another_program_is_at_work_with_the_card(with_reader, pcscd, build):
    """Nothing is sent while it is, and nothing later of what was given up."""
    panel = with_reader(environment=short_waits(build, 10, 500),
                        config={"card": {"linger-milliseconds": "60000"}})
    with Neighbour(pcscd, pcscd.readers[0], "transaction"):
        sent = len(pcscd.slots[0].commands)
        code, told = panel.fails(panel.profile(BLUE), PROFILE, "SetNickname", "Too early")
        assert code == "Busy" and "another program is at work" in told["error"]
        assert len(pcscd.slots[0].commands) == sent
    # The call that was given up comes to its end first.
    panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "In time")
    assert panel.lab.card.counters["BF29"] == 1 and panel.lab.card.profile(BLUE).nickname == "In time"


def test_the_service_goes_and_comes_back(with_reader, pcscd):
    panel = with_reader()
    pcscd.stop()
    wait_until(panel, lambda: state(panel) == "absent")
    pcscd.start()
    pcscd.slots[0].insert()
    wait_until(panel, lambda: state(panel) == "idle", timeout=40)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")


def test_without_the_service(with_reader, pcscd):
    """Said once, and clearly."""
    pcscd.stop()
    panel = with_reader(insert=False)
    wait_until(panel, lambda: "pcscd" in problem(panel))
    told = "look for smart card readers"
    wait_until(panel, lambda: told in panel.lab.daemon.log())
    panel.lab.daemon.stop()
    assert panel.lab.daemon.log().count(told) == 1


def test_all_readers_are_found_when_the_configuration_says_so(make_lab, pki, pcscd):
    cards = [Card(pki, profiles=demo_profiles()),
             Card(pki, eid="89049032000000000000002026000266", profiles=demo_profiles()[:1])]
    for slot, card in zip(pcscd.slots, cards):
        slot.insert(card)
    lab = make_lab(card=cards[0], environment=pcscd.environment,
                   config={"modem lab": {"device": None, "transport": None}, "pcsc": {"enabled": "true"}})
    panel = Panel(lab)
    wait_until(panel, lambda: {one["Eid"] for one in panel.objects(EUICC).values()} == {card.eid for card in cards})
    pcscd.stop()
    wait_until(panel, lambda: {one["State"] for one in panel.objects(EUICC).values()} <= {"absent"})


def test_stays_for_a_reader_that_may_come(make_lab, build, pcscd):
    """Nobody would start it then."""
    nothing = {"device": None, "transport": None}
    pcscd.stop()
    made = [make_lab(transport="pcsc", reader=pcscd, environment=short_waits(build, 60, 100),
                     config={"modem lab": nothing, "pcsc": {"enabled": enabled}}) for enabled in ("true", "false")]
    wait_until(Panel(made[1]), lambda: not made[1].daemon.alive())
    assert made[0].daemon.alive()


def test_readers_are_left_alone_otherwise(make_lab, pki, pcscd):
    pcscd.slots[0].insert(Card(pki, profiles=demo_profiles()))
    make_lab(environment=pcscd.environment)
    assert not pcscd.slots[0].commands and "ESTABLISH_CONTEXT" not in pcscd.log()


def test_leaves_while_the_card_is_silent(with_reader, pcscd):
    """SIGTERM: ten seconds at most."""
    panel = with_reader()
    at_it, go_on = threading.Event(), threading.Event()

    def hang(command, answer):
        at_it.set()
        go_on.wait(60)
        return True
    wait_quiet(panel)
    pcscd.slots[0].before_answer.append(hang)
    panel.call(panel.profile(BLUE), PROFILE, "Enable")
    assert at_it.wait(10 * PATIENCE)
    begin = time.monotonic()
    try:
        assert panel.lab.daemon.stop(timeout=STOP_SECONDS + 2) == 0
        assert time.monotonic() - begin < STOP_SECONDS * PATIENCE
    finally:
        go_on.set()


def test_killed_in_the_middle(with_reader, pcscd):
    """The channel of the earlier life is closed, and the deregistration goes on."""
    panel = with_reader()
    killed = threading.Event()

    def kill(command, answer):
        if command[1] == 0xE2 and command[5:7] == b"\xbf\x33" and not killed.is_set():
            panel.lab.daemon.kill()
            killed.set()
        return False
    pcscd.slots[0].before_answer.append(kill)
    path = panel.deregister(ISLAND)
    panel.answer(path, **AGREED)
    assert killed.wait(20 * PATIENCE)
    panel.lab.daemon.start()
    wait_until(panel, lambda: [one for one in panel.objects(DEREGISTRATION).values() if one["Stage"] == "completed"],
               timeout=30)
    wait_quiet(panel)
    assert panel.lab.card.profile(ISLAND) is None
