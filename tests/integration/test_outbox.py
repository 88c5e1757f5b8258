# SPDX-License-Identifier: LGPL-2.1-or-later
"""Delivery: order, patience, and that nothing is taken from card or disk before it has arrived."""

import itertools
import time

import pytest

from esimlab import Card, ber
from esimlab.daemon import PATIENCE
from esimlab.profiles import Address, Profile, demo_profiles
from harness import delivered, deregister, on_card, records, wait_stage, wait_tried, wait_until
from panel import DEREGISTRATION, ERROR, EUICC, PROFILE, Panel

SMDP, RSP = "smdp.lab.example", "rsp.lab.example"
AIS, BLUE, ISLAND = (p.iccid for p in demo_profiles())
QUIET = {"network": {"connect-timeout-seconds": "2", "total-timeout-seconds": "3"}}


def nothing_left(panel):
    lab = panel.lab
    wait_until(panel, lambda: not lab.card.pending_notifications)
    wait_until(panel, lambda: not records(lab, "notifications"))
    assert lab.smdp.violations == []


def send(panel):
    return panel.call(panel.euicc(), EUICC, "SendNotifications")


def card_with_pending(pki, count, **settings):
    """A card that holds `count` notifications for SMDP, numbers 0 and up, of as many profiles, and as many
    for RSP between them."""
    card = Card(pki, profiles=demo_profiles(), **settings)
    for number in range(count):
        card.install(Profile(f"894902000000000{number:03d}9", f"Other {number}", "Lab",
                             addresses=[Address(SMDP), Address(RSP)]))
    return card


def test_in_ascending_order_from_zero(make_lab, pki):
    panel = Panel(make_lab(card=card_with_pending(pki, 5)))
    result = panel.run(panel.euicc(), EUICC, "SendNotifications")
    assert result["waiting"] == result["refused"] == 0
    assert [s for s, host in delivered(panel.lab) if host == SMDP] == [0, 2, 4, 6, 8]
    assert [s for s, host in delivered(panel.lab) if host == RSP] == [1, 3, 5, 7, 9]
    assert panel.lab.smdp.duplicates == []
    nothing_left(panel)


def test_a_silent_server_holds_up_nobody_else(make_lab, pki):
    lab = make_lab(card=card_with_pending(pki, 2), config=QUIET, daemon=False)
    # Under one address curl would take both for one server, and use one connection for them.
    lab.write_config(network={"connect-to": f"{SMDP}:443:127.0.0.1:{lab.smdp.port};{RSP}:443:localhost:{lab.smdp.port};"})
    lab.daemon.start()
    panel = Panel(lab)
    lab.smdp.behave("silence", times=-1, host=RSP)
    begin = time.monotonic()
    send(panel)
    wait_until(panel, lambda: len(delivered(panel.lab)) == 2)
    assert time.monotonic() - begin < 2 * PATIENCE
    assert delivered(panel.lab) == [(0, SMDP), (2, SMDP)]
    wait_until(panel, lambda: on_card(panel.lab) == [1, 3])
    panel.lab.smdp.well_behaved()
    wait_until(panel, lambda: not on_card(panel.lab), 20)
    assert [s for s, host in delivered(panel.lab) if host == RSP] == [1, 3]
    nothing_left(panel)


def test_each_pause_is_longer_up_to_a_bound(make_lab):
    """1, 2, 4, 4 seconds, as the laboratory's configuration has it."""
    panel = Panel(make_lab())
    panel.lab.smdp.behave("status", times=-1, code=503)
    moments = []
    path = deregister(panel, BLUE, until="notifying-operator")
    for attempt in range(1, 5):
        wait_tried(panel, path, attempt)
        moments.append(time.monotonic())
    pauses = [b - a for a, b in itertools.pairwise(moments)]
    assert 0.5 <= pauses[0] <= 2.5 and 1.5 <= pauses[1] <= 3.6 and 3 <= pauses[2] <= 5.6, pauses
    assert pauses[0] < pauses[1] < pauses[2]
    proof, = panel.describe(path, DEREGISTRATION)["notifications"]
    assert 0 < proof["next-attempt"] - time.time() <= 4.5
    panel.lab.smdp.well_behaved()
    panel.client.call(path, DEREGISTRATION, "Check")
    wait_stage(panel, path, "completed", timeout=3)


def test_the_pause_outlives_the_daemon(make_lab):
    panel = Panel(make_lab(config={"network": {"retry-min-seconds": "3600", "retry-max-seconds": "7200"}}))
    panel.lab.smdp.behave("status", times=-1, code=503)
    path = deregister(panel, BLUE, until="notifying-operator")
    first = wait_tried(panel, path)
    panel.lab.daemon.restart()
    path, = panel.objects(DEREGISTRATION)
    proof, = panel.describe(path, DEREGISTRATION)["notifications"]
    assert proof["attempts"] == 1 and proof["next-attempt"] == first["next-attempt"]
    assert len(panel.lab.smdp.requests) == 1


PATIENT = {"network": {"retry-min-seconds": "600", "retry-max-seconds": "600"}}
BEHAVIOURS = {
    "400": ("status", {"code": 400}), "404": ("status", {"code": 404}), "429": ("status", {"code": 429}),
    "500": ("status", {"code": 500}), "503": ("status", {"code": 503}), "302": ("redirect", {}),
    "redirect-elsewhere": ("redirect", {"to": "https://rsp.lab.example/gsma/rsp2/es9plus/handleNotification",
                                        "code": 307}),
    "failed": ("json_error", {"message": "no such profile"}), "cut": ("cut", {}), "silence": ("silence", {}),
    "garbage": ("garbage", {}), "oversize": ("oversize", {"code": 500}), "slow": ("slow", {"seconds": 60}),
}


@pytest.mark.parametrize("kind", BEHAVIOURS)
def test_what_is_no_acknowledgement(make_lab, kind):
    """It stays on card and disk, the requester reads why, and it arrives when the server has recovered."""
    name, how = BEHAVIOURS[kind]
    panel = Panel(make_lab(config=QUIET))
    # Not only once: it may have been tried before the stage is reached, which is one more reason to try.
    panel.lab.smdp.behave(name, times=-1, **how)
    path = deregister(panel, BLUE, until="notifying-operator")
    proof = wait_tried(panel, path)
    assert proof["state"] == "pending" and proof["acknowledged-at"] == 0
    assert proof["error-name"].startswith(ERROR) and proof["error"], proof
    assert on_card(panel.lab) == [0] and len(records(panel.lab, "notifications")) == 1
    assert delivered(panel.lab) == []
    receipt = panel.client.call(path, DEREGISTRATION, "GetReceipt")
    assert '"acknowledged-by" : null' in receipt
    panel.lab.smdp.well_behaved()
    wait_stage(panel, path, "completed")
    assert delivered(panel.lab) == [(0, SMDP)] and panel.lab.smdp.duplicates == []
    nothing_left(panel)


def test_waiting_for_an_answer_writes_nothing(make_lab):
    """A record without news is left as it is, however often it is looked at."""
    panel = Panel(make_lab(config=PATIENT))
    panel.lab.smdp.behave("status", times=-1, code=503)
    path = deregister(panel, BLUE, until="notifying-operator")
    wait_tried(panel, path)
    record, = (panel.lab.state_folder / "deregistrations").glob("*.record")
    wait_until(panel, lambda: "notify=waiting" in record.read_text(encoding="utf-8"))
    panel.run(panel.euicc(), EUICC, "Refresh")
    before = record.stat()
    for _ in range(50):
        panel.describe(path, DEREGISTRATION)
    panel.run(panel.euicc(), EUICC, "Refresh")
    assert record.stat().st_ino == before.st_ino and record.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("code", [200, 202, 204])
def test_what_is_an_acknowledgement(make_lab, code):
    panel = Panel(make_lab())
    panel.lab.smdp.behave("status", code=code, accept=True)
    deregister(panel, BLUE)
    assert delivered(panel.lab) == [(0, SMDP)]
    nothing_left(panel)


@pytest.mark.parametrize("kind", ["cut", "silence"])
def test_a_lost_acknowledgement_is_fetched_again(make_lab, kind):
    """The server had taken it: it gets the same octets once more, and answers."""
    panel = Panel(make_lab(config=QUIET))
    panel.lab.smdp.behave(kind, accept=True)
    path = deregister(panel, BLUE, until="notifying-operator")
    wait_tried(panel, path)
    assert on_card(panel.lab) == [0]
    wait_stage(panel, path, "completed")
    assert len(panel.lab.smdp.received) == 1 and len(panel.lab.smdp.duplicates) == 1
    assert panel.lab.smdp.duplicates[0].notice.der == panel.lab.smdp.received[0].notice.der
    nothing_left(panel)


def test_one_that_is_always_refused_holds_up_others_for_a_while_only(make_lab, pki):
    config = {"network": {"retry-min-seconds": "1", "retry-max-seconds": "1", "refusals-max": "3"}}
    panel = Panel(make_lab(card=card_with_pending(pki, 3), config=config))
    panel.lab.smdp.refuse_seq(0, address=SMDP)
    send(panel)
    wait_until(panel, lambda: [s for s, host in delivered(panel.lab) if host == RSP] == [1, 3, 5])
    assert [s for s, host in delivered(panel.lab) if host == SMDP] == [], "a later one came before the third refusal"
    wait_until(panel, lambda: [s for s, host in delivered(panel.lab) if host == SMDP] == [2, 4], 20)
    assert len([d for d in panel.lab.smdp.refused if d.notice.sequence == 0]) >= 3
    wait_until(panel, lambda: on_card(panel.lab) == [0])
    wait_until(panel, lambda: len(panel.notifications()) == 1)
    refused, = panel.notifications()
    assert refused["state"] == "refused" and refused["sequence"] == 0 and refused["error"]
    assert len(records(panel.lab, "notifications")) == 1
    # It is still tried, also after a restart, and arrives once it is wanted.
    panel.lab.daemon.restart()
    tries = len(panel.lab.smdp.refused)
    wait_until(panel, lambda: len(panel.lab.smdp.refused) > tries)
    panel.lab.smdp.well_behaved()
    wait_until(panel, lambda: not on_card(panel.lab))
    nothing_left(panel)


def test_off_the_card_only_after_the_answer(make_lab):
    """While the server has not answered, the card keeps its copy: looked at each time the server is asked."""
    panel = Panel(make_lab())
    lab, seen = panel.lab, []
    serve = lab.smdp._serve

    def watched(handler, request):
        seen.append((on_card(lab), len(records(lab, "notifications"))))
        serve(handler, request)
    lab.smdp._serve = watched
    lab.smdp.behave("status", times=2, code=500)
    path = deregister(panel, AIS)
    cards = [card for card, _ in seen]
    # The first may come before the deletion, the last before the card was told to forget the other.
    assert cards[0] in ([0], [0, 1]) and cards[1:3] == [[0, 1], [0, 1]] and cards[3:] in ([[1]], [[0, 1]]), seen
    assert all(disk >= 1 for _, disk in seen)
    assert lab.card.counters["BF30"] <= 2 and panel.stage(path) == "completed"
    nothing_left(panel)
    assert lab.card.counters["BF30"] == 2


def test_acknowledged_while_the_card_is_away(make_lab):
    """Delivery needs no card; the card forgets when it comes back."""
    panel = Panel(make_lab())
    panel.lab.smdp.behave("status", times=-1, code=503)
    path = deregister(panel, BLUE, until="notifying-operator")
    wait_tried(panel, path)
    card = panel.lab.card
    panel.lab.modem.insert_card(0, None)
    wait_until(panel, lambda: panel.objects(EUICC)[panel.euicc()]["State"] == "absent")
    panel.lab.smdp.well_behaved()
    wait_stage(panel, path, "completed")
    assert [n.sequence for n in card.pending_notifications] == [0]
    assert len(records(panel.lab, "notifications")) == 1
    panel.lab.modem.insert_card(0, card)
    nothing_left(panel)
    assert panel.lab.smdp.duplicates == []


def test_another_card_keeps_its_own(make_lab, pki):
    """A notification that was acknowledged for one card is not taken from another with the same number."""
    panel = Panel(make_lab())
    panel.lab.smdp.behave("status", times=-1, code=503)
    path = deregister(panel, BLUE, until="notifying-operator")
    wait_tried(panel, path)
    first = panel.lab.card
    second = Card(pki, eid=ber.make_eid(pki.eid_prefix, 20260002), profiles=demo_profiles())
    second.install(Profile("8949020000000001119", "Of the second", "Lab", addresses=[Address(SMDP)]))
    panel.lab.modem.insert_card(0, None)
    panel.lab.modem.insert_card(0, second)
    wait_until(panel, lambda: panel.objects(EUICC)[panel.euicc()]["Eid"] == second.eid)
    panel.lab.smdp.well_behaved()
    wait_stage(panel, path, "completed")
    time.sleep(0.5)
    assert [n.sequence for n in second.pending_notifications] == [0], "the other card lost its own"
    assert [n.sequence for n in first.pending_notifications] == [0]
    panel.lab.modem.insert_card(0, None)
    panel.lab.modem.insert_card(0, first)
    wait_until(panel, lambda: not first.pending_notifications)


def test_a_small_card_loses_nothing_that_was_pending_before(make_lab, pki):
    """Its list is full: the disabling and the deletion push the oldest out, which are on disk by then."""
    card = card_with_pending(pki, 2, notification_capacity=4)
    panel = Panel(make_lab(card=card))
    panel.lab.smdp.behave("status", times=6, code=503)
    deregister(panel, AIS)
    assert [n.sequence for n in card.euicc.notifications.evicted] == [0, 1]
    wait_until(panel, lambda: len(delivered(panel.lab)) == 6, 20)
    taken = {d.notice.der for d in panel.lab.smdp.received}
    assert {n.signed for n in card.euicc.notifications.raised} == taken
    nothing_left(panel)


@pytest.mark.parametrize("method, iccid", [("Enable", BLUE), ("Disable", AIS), ("Delete", ISLAND)])
def test_verbs_deliver_too(make_lab, method, iccid):
    panel = Panel(make_lab())
    panel.lab.smdp.behave("status", times=1, code=500)
    panel.run(panel.profile(iccid), PROFILE, method, **({"contract-continues": True} if method == "Delete" else {}))
    raised = panel.lab.card.euicc.notifications.raised
    wait_until(panel, lambda: len(delivered(panel.lab)) == len(raised) > 0)
    nothing_left(panel)
