# SPDX-License-Identifier: LGPL-2.1-or-later
"""Answers that no card and no modem should give: each ends in one of our errors with words, and the daemon
lives on and works."""

import random

import pytest
from esimlab import Profile, ber, es10, mbim
from esimlab.profiles import Address, demo_profiles
from panel import DEREGISTRATION, ERROR, EUICC, PROFILE, Panel
from ways import about, on

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
AGREED = {"contract-continues": True}
QUICK = {"card": {"linger-milliseconds": "20", "switch-timeout-seconds": "1"}}
SEED = 20260731


def refresh(panel, **options):
    return panel.euicc(), EUICC, "Refresh", [], options


# For each function: how to make the daemon call it.
WAYS = {
    "BF2D": lambda panel: refresh(panel),
    "BF22": lambda panel: refresh(panel, details=True),
    "BF2B": lambda panel: refresh(panel, notifications=True),
    "BF20": lambda panel: refresh(panel, notifications=True),
    "BF3E": lambda panel: refresh(panel),
    "BF31": lambda panel: (panel.profile(BLUE), PROFILE, "Enable", [], {}),
    "BF32": lambda panel: (panel.profile(AIS), PROFILE, "Disable", [], {}),
    "BF33": lambda panel: (panel.profile(ISLAND), PROFILE, "Delete", [], AGREED),
    "BF29": lambda panel: (panel.profile(BLUE), PROFILE, "SetNickname", ["x"], {}),
    "BF30": lambda panel: (panel.euicc(), EUICC, "RemoveNotification", [("t", 0)], {}),
}


def true_answer(card, tag):
    """What the card would say, for the functions that only read."""
    requests = {"BF2D": "BF2D00", "BF22": "BF2200", "BF2B": "BF2B00", "BF20": "BF2000", "BF3E": "BF3E035C015A"}
    if tag in requests:
        return es10.execute(card.euicc, ber.parse(bytes.fromhex(requests[tag])))
    return es10.result_answer(int(tag, 16), 0)


def truncated(answer):
    """Cut at many places, the first and the last among them."""
    step = max(1, len(answer) // 12)
    return [answer[:at] for at in sorted({*range(0, len(answer), step), 1, 2, 3, len(answer) - 1})]


def wrong_tags(answer):
    """Each of the first octets, and some later, another."""
    return [answer[:at] + bytes([answer[at] ^ 0x21]) + answer[at + 1:] for at in [0, 1, *range(2, len(answer), max(1, len(answer) // 6))]]


def oversized(answer):
    """A length that promises more, or the largest numbers that fit."""
    return [answer + bytes(1), answer[:2] + b"\x84\xff\xff\xff\xff", answer[:2] + b"\x83\x7f\xff\xff" + answer[3:],
            answer[:2] + b"\x88" + b"\xff" * 8, answer[:2] + b"\x80" + answer[3:] + bytes(2), answer[:2] + b"\xff",
            answer * 3, answer[:2] + b"\x82\xff\xfb" + bytes(0xFFFB)]


def nested(answer):
    """Deeper than anything in the standard."""
    inside = b""
    for _ in range(60):
        inside = ber.encode(0xA0, inside)
    return [answer[:2] + ber.length_octets(len(inside)) + inside]


def noise(answer):
    source = random.Random(SEED + len(answer))
    wild = [source.randbytes(source.choice([1, 3, 20, 250, 300, 2000])) for _ in range(8)]
    bent = []
    for _ in range(12):
        octets = bytearray(answer)
        for _ in range(source.randint(1, 4)):
            octets[source.randrange(len(octets))] = source.randrange(256)
        bent.append(bytes(octets))
    return wild + bent


KINDS = {"truncated": truncated, "wrong-tags": wrong_tags, "oversized": oversized, "nested": nested, "noise": noise}


@pytest.fixture
def panel(make_lab):
    """A card with a notification 0 that stays, for the server takes nothing."""
    profiles = demo_profiles()
    panel = Panel(make_lab(profiles=profiles, config=QUICK, modem={"ready_delay": 0.0, "refresh_delay": 0.0}))
    panel.lab.smdp.behave("status", times=-1, code=503)
    panel.lab.card.install(Profile("8900100000000000018", "Told", "Lab", addresses=[Address("smdp.lab.example")]))
    panel.run(panel.euicc(), EUICC, "Refresh", notifications=True)
    return panel


def check_failure(panel, seen, operation):
    """One of our errors, documented, with words."""
    assert seen["ErrorName"].startswith(ERROR), seen
    assert seen["ErrorName"] != ERROR + "Failed"
    description = panel.describe(operation)
    assert len(description["error"]) > 20, description


def try_one(panel, tag, answer):
    """Ask once and let the card answer this. Whether it failed."""
    path, interface, method, arguments, options = WAYS[tag](panel)
    panel.lab.card.fail_at(tag, data=answer)
    operation = panel.call(path, interface, method, *arguments, **options)
    seen = panel.wait_ended(operation)
    panel.lab.card.clear_faults()
    assert seen["State"] in ("failed", "succeeded")
    if seen["State"] == "failed":
        check_failure(panel, seen, operation)
    return seen["State"] == "failed"


def begin_anew(panel, tag):
    """Where the answer is only asked for once in a session, or once in a life."""
    if tag == "BF3E":
        panel.wait_closed()
    if tag == "BF20":
        panel.lab.daemon.restart()


def still_works(panel):
    pid = panel.lab.daemon.pid
    assert pid is not None
    panel.run(panel.euicc(), EUICC, "Refresh")
    assert set(panel.profiles()) == {p.iccid for p in panel.lab.card.profiles}
    panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "after all")
    assert panel.lab.card.profile(BLUE).nickname == "after all"


@on("mbim", long=["qmi"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tag", WAYS)
def test_answers_of_the_card(panel, tag, kind):
    answers = KINDS[kind](true_answer(panel.lab.card, tag))
    if tag == "BF20":
        answers = answers[:6]
    failed = 0
    for answer in answers:
        begin_anew(panel, tag)
        failed += try_one(panel, tag, answer)
    # Elsewhere a wild answer may happen to be a good one, or one of a later version.
    if kind in ("truncated", "oversized") and tag != "BF20":
        assert failed == len(answers)
    still_works(panel)


@on("mbim", "qmi", long=["qmi-over-mbim"])
@pytest.mark.parametrize("sw", [0x6F00, 0x6A80, 0x6985, 0x6982, 0x6881, 0x6D00, 0x0000, 0xFFFF, 0x6100, 0x9F00])
def test_status_words(panel, sw):
    for tag in ("BF2D", "BF29", "BF31"):
        path, interface, method, arguments, options = WAYS[tag](panel)
        panel.lab.card.fail_at(tag, sw=sw)
        operation = panel.call(path, interface, method, *arguments, **options)
        seen = panel.wait_ended(operation)
        assert seen["State"] == "failed"
        check_failure(panel, seen, operation)
    still_works(panel)


@on("mbim", long=["qmi"])
@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, 100, 127, 128, 255, 2**31])
@pytest.mark.parametrize("tag", ["BF31", "BF32", "BF33", "BF29"])
def test_result_codes(panel, tag, code):
    """5 of the switches is catBusy: that one is asked again, and then succeeds."""
    path, interface, method, arguments, options = WAYS[tag](panel)
    panel.lab.card.fail_at(tag, result=code)
    operation = panel.call(path, interface, method, *arguments, **options)
    seen = panel.wait_ended(operation)
    if code == 5 and tag in ("BF31", "BF32"):
        assert seen["State"] == "succeeded"
    else:
        assert seen["State"] == "failed"
        check_failure(panel, seen, operation)
        assert panel.describe(operation)["details"].get("result-code", code) == code % 2**32 or code == 2**31
    still_works(panel)


def test_a_deletion_with_a_lost_answer_is_not_believed_to_have_failed(panel):
    """The card deleted it and said something else: the list decides."""
    panel.lab.card.fail_at("BF33", data=b"\xbf\x33", execute=True)
    operation = panel.call(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    panel.wait_ended(operation)
    panel.run(panel.euicc(), EUICC, "Refresh")
    assert ISLAND not in panel.profiles()


@on("mbim", "qmi")
def test_a_deregistration_lives_through_noise(panel):
    lab = panel.lab
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    for tag, answer in [("BF2D", b"\xbf\x2d\x01"), ("BF2B", b"\xff" * 40)]:
        lab.card.fail_at(tag, data=answer)
    panel.answer(path, consent=True, **AGREED)
    panel.wait_stage(path, "notifying-operator", timeout=30)
    assert lab.card.profile(ISLAND) is None
    lab.smdp.well_behaved()
    panel.client.call(path, DEREGISTRATION, "Check")
    panel.wait_stage(path, "completed")


# Notifications as the card should not give them

@pytest.mark.parametrize("address", ["", "127.0.0.1", "localhost", "smdp.lab.example:444", "a" * 300 + ".example",
                                     "http://smdp.lab.example", "smdp.lab.example/x", "ex ample", "ünïcode.example", "a..b"])
def test_addresses_in_notifications(make_lab, address):
    """Whatever is written there: no crash, no delivery elsewhere, and a word why."""
    panel = Panel(make_lab(config=QUICK))
    panel.lab.card.install(Profile("8900100000000000018", "Told", "Lab", addresses=[Address(address)]))
    operation = panel.call(panel.euicc(), EUICC, "SendNotifications")
    seen = panel.wait_ended(operation, 30)
    if seen["State"] == "failed":
        check_failure(panel, seen, operation)
    else:
        assert panel.describe(operation)["result"]["sent"] == 0
    assert panel.lab.smdp.received == [] and len(panel.lab.card.pending_notifications) == 1
    still_works(panel)


# The modem's side

SPOILED = ["garbage", "truncate", "oversize", 0x87430001, mbim.STATUS_FAILURE, ("host-error", mbim.ERROR_UNKNOWN)]


@pytest.mark.parametrize("how", SPOILED, ids=str)
@pytest.mark.parametrize("what", ["BF2D", "BF29", "open"])
def test_frames_of_the_modem(panel, how, what):
    if what == "open":
        panel.wait_closed()
    panel.lab.modem.fail(lambda m: about(m) == what, how)
    way = WAYS["BF29" if what == "BF29" else "BF2D"](panel)
    operation = panel.call(*way[:3], *way[3], **way[4])
    seen = panel.wait_ended(operation)
    if seen["State"] == "failed":
        check_failure(panel, seen, operation)
    assert seen["State"] == "failed" or how in ("oversize", "garbage", "truncate") or what == "open"
    still_works(panel)


@pytest.mark.parametrize("how", ["garbage", "truncate", "oversize", mbim.STATUS_FAILURE], ids=str)
@pytest.mark.parametrize("service, cid", [(mbim.BASIC_CONNECT, 2), (mbim.BASIC_CONNECT, 16), (mbim.BASIC_CONNECT, 19),
                                          (mbim.MS_EXTENSIONS, 5), (mbim.MS_EXTENSIONS, 7), (mbim.MS_EXTENSIONS, 8)],
                         ids=["ready", "services", "subscribe", "caps", "mappings", "slot"])
def test_frames_at_the_start(make_lab, service, cid, how):
    lab = make_lab(daemon=False)
    lab.modem.fail(lambda m: m.service == service and m.cid == cid, how)
    lab.daemon.start()
    panel = Panel(lab)
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert seen["State"] == "idle" or seen["Problem"]
    panel.run(panel.euicc(), EUICC, "Refresh")
    still_works(panel)


def test_wild_frames(panel):
    """Messages that nobody asked for, between the answers; whole ones, as a device node hands them out."""
    source = random.Random(SEED)
    modem = panel.lab.modem
    for _ in range(60):
        body = source.randbytes(source.choice([0, 4, 12, 36, 200]))
        kind = source.choice([0x80000001, 0x80000002, 0x80000003, 0x80000004, 0x80000007, 3, 0, source.getrandbits(32)])
        frame = kind.to_bytes(4, "little") + (len(body) + 12).to_bytes(4, "little") + source.randbytes(4) + body
        modem.call(lambda data=frame: [session.send(data) for session in modem.sessions])
    still_works(panel)


@pytest.mark.long
@pytest.mark.parametrize("stray", ["01", "07000080ffffff7f00000000"])
def test_a_stream_out_of_step(panel, stray):
    """A length that is never filled: after the time for an answer the device is opened anew."""
    modem = panel.lab.modem
    modem.call(lambda: [session.send(bytes.fromhex(stray)) for session in modem.sessions])
    operation = panel.call(panel.euicc(), EUICC, "Refresh")
    seen = panel.wait_ended(operation, 200)
    if seen["State"] == "failed":
        check_failure(panel, seen, operation)
    panel.client.wait_until(lambda: panel.get(panel.euicc(), EUICC, "State") == "idle", 60)
    still_works(panel)


def test_wild_indications(panel):
    source = random.Random(SEED)
    modem = panel.lab.modem
    for cid in (2, 2, 8, 8):
        for size in (0, 3, 4, 8, 30):
            service = mbim.BASIC_CONNECT if cid == 2 else mbim.MS_EXTENSIONS
            message = mbim.Message(mbim.INDICATE, 0, service=service, cid=cid, info=source.randbytes(size))
            modem.call(lambda post=message: [session.post(post) for session in modem.sessions])
    panel.client.wait_until(lambda: panel.get(panel.euicc(), EUICC, "State") == "idle")
    still_works(panel)
