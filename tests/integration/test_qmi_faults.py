# SPDX-License-Identifier: LGPL-2.1-or-later
"""QMI as it should not be: at each message an answer that is refused, cut short, too long, noise or none; frames of a
liar. The daemon lives, says what is wrong in words, and works afterwards."""

import random

import pytest
from esimlab import qmi
from esimlab.daemon import PATIENCE
from esimlab.shortwaits import short_waits
from panel import EUICC, PROFILE, Panel
from test_malformed import check_failure, still_works
from ways import AGREED, AIS, BLUE, ISLAND, about

SEED = 20261016
QUICK = {"card": {"linger-milliseconds": "20", "switch-timeout-seconds": "1"}}
# What an answer is waited for, in seconds, and now in milliseconds: libqmi drops what it cannot read without a word.
SHORT = (60, 2000, 30, 1500, 10, 800, 5, 600)
AT_ONCE = {"ready_delay": 0.0, "refresh_delay": 0.0}
NUMBERS = {"slots": 0x47, "events": 0x2E, "refresh": 0x44, "state": 0x2F, "iccid": 0x20, "open": 0x42, "apdu": 0x3B,
           "close": 0x3F}


def only_long(*values):
    return [pytest.param(value, marks=pytest.mark.long) for value in values]


SPOILED = ["garbage", *only_long("truncate", "oversize")]
REFUSED = [qmi.ERROR_INTERNAL, *only_long(qmi.ERROR_MALFORMED, qmi.ERROR_UIM_UNINITIALIZED, qmi.ERROR_INVALID_COMMAND,
                                          qmi.ERROR_ACCESS_DENIED, qmi.ERROR_NOT_SUPPORTED, 0xFFFE)]
TRANSPORTS = ["qmi", *only_long("qmi-over-mbim")]


def is_message(name):
    """What matches this message of the host's."""
    if name == "client":
        return lambda m: isinstance(m, qmi.Message) and m.service == qmi.CTL and m.number == 0x22
    return lambda m: isinstance(m, qmi.Message) and m.service == qmi.UIM and m.number == NUMBERS[name]


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return request.param


@pytest.fixture
def panel(make_lab, transport, build):
    return Panel(make_lab(transport=transport, config=QUICK, modem=AT_ONCE, environment=short_waits(build, *SHORT)))


def begin(make_lab, transport, build, name, how, **quirks):
    """A Panel of a daemon that met this at its start."""
    lab = make_lab(transport=transport, daemon=False, config=QUICK, modem={**AT_ONCE, **quirks},
                   environment=short_waits(build, *SHORT))
    lab.modem.fail(is_message(name), how)
    lab.daemon.start(timeout=90)
    return Panel(lab)


# Where a modem without slots is asked for the card's file instead.
ASKED_WITHOUT_SLOTS = {"iccid": {"single_slot": True}}


@pytest.mark.parametrize("how", [*SPOILED, *REFUSED], ids=str)
@pytest.mark.parametrize("name", ["client", *(name for name in NUMBERS if name != "close")])
def test_at_the_start(make_lab, transport, build, name, how):
    """One such answer, and the next one is good: the card is there, or it is said why not, and then it comes."""
    panel = begin(make_lab, transport, build, name, how, **ASKED_WITHOUT_SLOTS.get(name, {}))
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert seen["State"] == "idle" or len(seen["Problem"]) > 20, seen
    if seen["State"] != "idle":
        panel.wait_ended(panel.call(panel.euicc(), EUICC, "Refresh"))
    still_works(panel)
    assert panel.get(panel.euicc(), EUICC, "Problem") == ""


@pytest.mark.long
@pytest.mark.parametrize("name", ["client", *NUMBERS])
def test_no_answer_at_the_start(make_lab, transport, build, name):
    panel = begin(make_lab, transport, build, name, "silent")
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert seen["State"] == "idle" or len(seen["Problem"]) > 20, seen
    if seen["State"] != "idle":
        panel.wait_ended(panel.call(panel.euicc(), EUICC, "Refresh"), 90)
    still_works(panel)


def meets(name):
    """What matches this message, or this function of the card."""
    return is_message(name) if name in NUMBERS else lambda m: about(m) == name


@pytest.mark.parametrize("how", [*SPOILED, *REFUSED], ids=str)
@pytest.mark.parametrize("name", ["open", "close", "BF2D", "BF31", "BF2B", "slots", "state"])
def test_during_a_switch(panel, name, how):
    """It succeeds or says why not, and what is shown afterwards is what the card holds."""
    lab = panel.lab
    panel.wait_closed()
    lab.modem.fail(meets(name), how)
    operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    seen = panel.wait_ended(operation, 40)
    if seen["State"] == "failed":
        check_failure(panel, seen, operation)
    else:
        assert lab.card.profile(BLUE).enabled
    lab.modem.faults.clear()
    still_works(panel)
    shown = panel.get(panel.profile(BLUE), PROFILE, "State")
    assert shown == ("enabled" if lab.card.profile(BLUE).enabled else "disabled")


@pytest.mark.parametrize("times", [1, 4])
@pytest.mark.parametrize("name", ["slots", "state"])
def test_questions_without_an_answer_during_a_switch(panel, name, times):
    """A modem at work does not answer; it tells by itself when it is through."""
    panel.wait_closed()
    panel.lab.modem.fail(is_message(name), "silent", times)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")
    panel.lab.modem.faults.clear()
    still_works(panel)


@pytest.mark.parametrize("how", ["garbage", "truncate", "oversize", *REFUSED], ids=str)
def test_a_deletion_with_a_wild_answer(panel, how):
    """Whatever the modem makes of the card's answer: the list decides what has happened."""
    panel.lab.modem.fail(lambda m: about(m) == "BF33", how)
    operation = panel.call(panel.profile(ISLAND), PROFILE, "Delete", **AGREED)
    seen = panel.wait_ended(operation)
    if seen["State"] == "failed":
        check_failure(panel, seen, operation)
    still_works(panel)
    assert (ISLAND in panel.profiles()) == (panel.lab.card.profile(ISLAND) is not None)


# Access

def test_access_denied(make_lab, transport):
    """Firmware that lets nobody come to the card: why, what to do, and nothing tried for ever."""
    panel = Panel(make_lab(transport=transport, config=QUICK, modem={"open_status": qmi.ERROR_ACCESS_DENIED}))
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert seen["State"] == "unsupported" and not panel.profiles(), seen
    assert "firmware" in seen["Problem"] and "MBIM" in seen["Problem"]
    tried = len(panel.lab.modem.exchanges)
    name, told = panel.fails(panel.euicc(), EUICC, "Refresh")
    assert name == "NotSupported" and "firmware" in told["error"]
    assert told["details"]["modem-status"] == qmi.ERROR_ACCESS_DENIED
    assert len(panel.lab.modem.exchanges) - tried <= 2


def test_access_denied_later(panel):
    """It was granted, and is not any more: what was known is not shown as if it could be used."""
    panel.wait_closed()
    panel.lab.modem.quirks.open_status = qmi.ERROR_ACCESS_DENIED
    name, told = panel.fails(panel.profile(BLUE), PROFILE, "Enable")
    assert name == "NotSupported" and "firmware" in told["error"]
    panel.lab.modem.quirks.open_status = None
    still_works(panel)


# Frames of a liar

def send_wild(modem, messages):
    """Each to every session, as an indication or an answer of the modem's."""
    for message in messages:
        modem.call(lambda post=message: [port.send(post) for port in modem.qmi.ports])


def clients(modem):
    return [c.number for c in modem.qmi.clients(qmi.UIM)] + [qmi.ALL_CLIENTS, 0, 77]


def test_wild_messages(panel):
    """Answers to nobody, of other services, to other clients, with wild numbers and bodies."""
    source, modem = random.Random(SEED), panel.lab.modem
    kinds = [qmi.RESPONSE, qmi.INDICATION]
    for _ in range(150):
        message = qmi.Message(source.choice([qmi.UIM, qmi.DMS, 0x77]), source.choice(clients(modem)),
                              source.choice(kinds), source.randrange(40),
                              source.choice([*NUMBERS.values(), 0x32, 0x33, 0x48, source.randrange(0x10000)]))
        message.tlvs = [(source.choice([1, 2, 0x10, 0x11, 0x12, 0x13]), source.randbytes(source.choice([0, 1, 4, 9, 40, 250])))
                        for _ in range(source.randrange(4))]
        send_wild(modem, [message])
    still_works(panel)


def test_wild_indications(panel):
    """Of the card, its slots and its refresh: true in their head, wild in their body. Then the modem says the truth."""
    source, modem = random.Random(SEED), panel.lab.modem
    for number in (0x32, 0x33, 0x48):
        for size in (0, 1, 3, 6, 9, 10, 20, 60):
            send_wild(modem, [qmi.Message(qmi.UIM, client, qmi.INDICATION, 0, number,
                                          [(tag, source.randbytes(size)) for tag in (0x10, 0x11, 0x12)])
                              for client in clients(modem)[:1]])
    modem.call(lambda: (modem.indicate_ready(), modem.indicate_slot(0)))
    panel.client.wait_until(lambda: panel.get(panel.euicc(), EUICC, "State") == "idle", 20 * PATIENCE)
    still_works(panel)
    panel.run(panel.profile(BLUE), PROFILE, "Enable")


def test_a_card_that_is_said_to_be_gone(panel):
    """The modem says so and takes it back: shown as gone, and back with what is on it."""
    modem, path = panel.lab.modem, panel.euicc()
    card = panel.lab.card
    modem.insert_card(0, None)
    panel.client.wait_until(lambda: panel.get(path, EUICC, "State") == "absent", 10 * PATIENCE)
    modem.insert_card(0, card)
    panel.client.wait_until(lambda: panel.get(path, EUICC, "State") == "idle", 10 * PATIENCE)
    assert set(panel.profiles()) == {AIS, BLUE, ISLAND}


@pytest.mark.parametrize("stray", [b"\x02", b"\x01\x00\x00", b"\x01\x05", bytes(40), b"\xff" * 300,
                                   b"\x01\xff\xff\x80\x0b\x01" + bytes(20)], ids=lambda octets: octets[:4].hex())
def test_a_stream_out_of_step(make_lab, build, stray):
    """On a port of its own: octets that are no frame. It comes back into step, at the latest with a new opening."""
    panel = Panel(make_lab(transport="qmi", config=QUICK, modem=AT_ONCE, environment=short_waits(build, *SHORT)))
    modem = panel.lab.modem
    modem.call(lambda: [session.send(stray) for session in modem.sessions])
    operation = panel.call(panel.euicc(), EUICC, "Refresh")
    seen = panel.wait_ended(operation, 90)
    if seen["State"] == "failed":
        check_failure(panel, seen, operation)
    panel.client.wait_until(lambda: panel.get(panel.euicc(), EUICC, "State") == "idle", 60 * PATIENCE)
    still_works(panel)
