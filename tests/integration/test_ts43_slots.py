# SPDX-License-Identifier: LGPL-2.1-or-later
"""A contract ended at the carrier's server with a modem of several slots, or whose card is exchanged: the line's own USIM answers,
or none, and nothing is asked for another line."""

import pytest
from conftest import needs_root
from panel import EUICC
from scene import AIS
from ts43 import HOUR, Ts43Journey, ts43_lab
from ways import on

from esimlab import Card, ber, netns
from esimlab.profiles import Profile, demo_profiles

pytestmark = on("mbim", "qmi")
OTHER, OTHER_IMSI = "89000000000000000021", "001019999999999"
QUICK = {"card": {"linger-milliseconds": "50", "switch-timeout-seconds": "3"}}


def other_card(pki):
    return Card(pki, ber.make_eid(pki.eid_prefix, 20260002), [Profile(OTHER, "Other", "Lab", enabled=True, imsi=OTHER_IMSI)])


@pytest.fixture
def make(make_lab, request, pki):
    """make (quirks of the modem, cards, more for the lab) -> a journey of AIS that has not been consented to."""
    def begin(quirks=None, cards=None, iccid=AIS, **settings):
        cards = cards or [Card(pki, profiles=demo_profiles()), other_card(pki)]
        quirks = {"ready_delay": 0.01, **(quirks or {})}
        panel, _ = ts43_lab(lambda **given: make_lab(slots=cards, modem=quirks, config=QUICK, **settings, **given), request)
        journey = Ts43Journey.begin(panel, iccid) if iccid else Ts43Journey(panel, None)
        journey.first, journey.second = cards
        return journey
    return begin


def only_this_line(journey, *, submissions, iccid=AIS):
    """What was asked was asked for this line, with what proves it."""
    server, line = journey.server, journey.server.line(iccid)
    assert {one.line.iccid for one in server.requests if one.line is not None} <= {line.iccid}
    assert {str(one.parameters["IMSI"]) for one in server.requests if "IMSI" in one.parameters} <= {line.imsi}
    assert {one.iccid for one in server.requests if one.iccid} <= {line.iccid}
    assert len(server.submissions) == submissions and server.found == []


def pass_hours(journey, hours=4):
    for _ in range(hours):
        journey.lab.clock.step(HOUR)
        journey.settle()


def switch(journey):
    """From any thread: the modem has one of its own, on which its wires are written to."""
    journey.lab.modem.call(journey.lab.modem.switch_slot, 1)


def exchange(journey):
    journey.lab.modem.call(journey.lab.modem.insert_card, 0, journey.second)


@pytest.mark.parametrize("act", [switch, exchange])
def test_changed_at_the_authentication(make, act):
    """Right after the line's own USIM has answered: the answer is for nobody."""
    journey = make()

    def change(*_):
        journey.first.usim.hooks.clear()
        act(journey)
    journey.first.usim.hooks.append(change)
    journey.consent()
    journey.settle()
    pass_hours(journey)
    assert journey.second.usim.authentications == [] and journey.deletions() == 0
    only_this_line(journey, submissions=0)


@pytest.mark.parametrize("act", [switch, exchange])
def test_changed_before_the_request(make, act):
    """The line has been proven, and its token holds; what is in the modem now proves nothing, and is not asked."""
    journey = make()
    handle, changed = journey.server.handle, []

    def watch(asked):
        reply = handle(asked)
        if asked.operation == "AcquireConfiguration" and not changed:
            changed.append(asked)
            act(journey)
        return reply
    journey.server.handle = watch
    journey.consent()
    journey.server.wait_for(lambda server: changed)
    journey.settle()
    journey.server.book.drop_tokens()
    pass_hours(journey)
    assert changed and journey.second.usim.authentications == [] and journey.deletions() == 0
    only_this_line(journey, submissions=len(journey.server.submissions))
    assert len(journey.server.submissions) <= 1
    assert journey.first.profile(AIS) is not None and journey.second.profile(OTHER) is not None


@pytest.mark.parametrize("act", [switch, exchange])
def test_changed_in_the_review(make, act):
    """The card that is there does not stand for the one that is not: nothing is polled by it, and it is not touched."""
    journey = make().consent()
    journey.wait("in-review")
    act(journey)
    journey.settle()
    journey.server.book.drop_tokens()
    pass_hours(journey, 8)
    assert journey.second.usim.authentications == [] and journey.stage == "in-review"
    assert journey.second.counters["BF33"] == journey.second.counters["BF32"] == 0
    only_this_line(journey, submissions=1)


def test_two_lines_in_use(make):
    """Over a channel of the line's own slot."""
    journey = make({"second_slot": 1, "auth_slot": 1}).consent()
    journey.wait("in-review")
    assert journey.first.usim.authentications == [(AIS, 0x9000)] and journey.second.usim.authentications == []
    only_this_line(journey, submissions=1)


def test_two_lines_and_no_channel(make, transport):
    """The modem would ask the other line's USIM, or can ask none: then nobody's answers."""
    journey = make({"second_slot": 1, "auth_slot": 1, "keeps_usim": True}).consent()
    journey.settle()
    pass_hours(journey, 2)
    assert journey.first.usim.authentications == [] == journey.second.usim.authentications
    only_this_line(journey, submissions=0)


@needs_root
@pytest.mark.skipif(not netns.available(), reason="no network namespaces here")
def test_the_line_in_the_second_slot(make, pki):
    """The contract's profile is there, and another line is in the first: it is that very slot's USIM that answers."""
    profile = demo_profiles()[0]
    profile.enabled = True
    second = Card(pki, ber.make_eid(pki.eid_prefix, 20260003), [profile])
    journey = make(cards=[other_card(pki), second], iccid=None, proxy=True)
    panel = journey.panel
    panel.client.wait_until(lambda: len(panel.objects(EUICC)) == 2)
    slots = {seen["Slot"]: path for path, seen in panel.objects(EUICC).items()}
    assert AIS not in panel.profiles()
    panel.run(slots[2], EUICC, "ActivateSlot")
    panel.client.wait_until(lambda: AIS in panel.profiles())
    begun = Ts43Journey.begin(panel).consent()
    begun.wait("in-review")
    assert second.usim.authentications == [(AIS, 0x9000)] and journey.first.usim.authentications == []
    only_this_line(begun, submissions=1)
