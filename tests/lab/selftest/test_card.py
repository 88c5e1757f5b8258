# SPDX-License-Identifier: LGPL-2.1-or-later
import json
import random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from esimlab import Address, Card, CardSilent, Profile, ber, demo_profiles
from esimlab.card import ISD_R
from esimlab.es10 import FUNCTIONS
from lpa import Lpa


def rows(lpa):
    return {ber.read_iccid(e.need(0x5A).value): ber.read_integer(e.need(0x9F70).value) for e in lpa.profiles()}


# Channels and status words

def test_three_channels_and_no_more(card):
    assert [card.open_channel(ISD_R)[:2] for _ in range(4)] == [(1, 0x9000), (2, 0x9000), (3, 0x9000), (0, 0x6A81)]
    assert card.close_channel(2) == 0x9000
    assert card.close_channel(2) == 0x6881
    assert card.open_channel(ISD_R)[0] == 2


def test_unknown_application_takes_no_channel(card):
    assert card.open_channel(bytes.fromhex("A000000151000000")) == (0, 0x6A82, b"")
    assert card.open_channels == []


def test_fci_names_the_isdr(card):
    fci = ber.parse(Lpa(card).fci)
    assert fci.need(0x84).value == ISD_R
    assert fci.need(0xE0).need(0x82).value == bytes((2, 5, 0))


def test_high_channels_are_addressed_by_the_further_class_byte(pki):
    card = Card(pki, profiles=demo_profiles(), max_channels=19)
    for _ in range(10):
        card.open_channel(ISD_R)
    lpa = Lpa(card)
    assert (lpa.channel, lpa.cla()) == (11, 0xC7)
    assert lpa.ask(0xBF3E, ber.encode(0x5C, b"\x5a")).need(0x5A).value.hex() == card.eid


@pytest.mark.parametrize("apdu, sw", [
    ("81ca00fe00", 0x6D00), ("82e2910003bf2d00", 0x6881), ("80e2910003bf2d00", 0x6999), ("81e2900003bf2d00", 0x6A86),
    ("81e2910103bf2d00", 0x6A86), ("81e2910004bf2d00", 0x6700), ("81e2910003bf7f00", 0x6A88),
    ("81e2910003bf2d01", 0x6A80), ("81e2910004bf2d0000", 0x6A80), ("81e2910003bf3300", 0x6A80), ("81c0000000", 0x6985),
    ("85e2910003bf2d00", 0x6882), ("01e2910003bf2d00", 0x6E00), ("81e2", 0x6700)])
def test_errors_of_the_edge(card, apdu, sw):
    Lpa(card)
    assert card.transmit(bytes.fromhex(apdu)).hex() == f"{sw:04x}"


@pytest.mark.parametrize("style", ["61xx", "6cxx", "direct"])
@pytest.mark.parametrize("le", [True, False])
def test_long_answers_in_each_style(pki, style, le):
    card = Card(pki, profiles=demo_profiles(), sw_style=style)
    lpa = Lpa(card, le=le)
    assert len(lpa.profiles()) == 3
    assert lpa.ask(0xBF3E, ber.encode(0x5C, b"\x5a")).need(0x5A).value.hex() == card.eid
    assert card.counters["BF2D"] == 1  # a repeated command is not carried out again


def test_repeated_command_after_6cxx_is_not_a_second_deletion(pki):
    card = Card(pki, profiles=demo_profiles(), sw_style="6cxx")
    assert Lpa(card).delete(card.profiles[1]) == 0
    assert card.counters["BF33"] == 1


@pytest.mark.parametrize("segment", [1, 20, 64])
def test_chained_commands(card, segment):
    lpa = Lpa(card, segment=segment)
    name = "Zweitkarte für unterwegs"
    iccid = card.profiles[2].iccid
    assert lpa.result(0xBF29, lpa.by_iccid(iccid), ber.encode(0x90, name.encode())) == 0
    assert card.profile(iccid).nickname == name


def test_block_numbers_are_checked(card):
    Lpa(card)
    assert card.transmit(bytes.fromhex("81e2110003bf2d00")) == b"\x90\x00"
    assert card.transmit(bytes.fromhex("81e291020100")).hex() == "6a86"
    assert card.transmit(bytes.fromhex("81e2110001bf")) == b"\x90\x00"
    assert card.transmit(bytes.fromhex("81e29102022d00")).hex() == "6a86"


# Reading

def test_default_members_of_profile_info(card):
    first = Lpa(card).profiles()[0]
    assert [m.tag for m in first.children()] == [0x5A, 0x4F, 0x9F70, 0x91, 0x92, 0x93, 0x94, 0x95]
    assert first.need(0x92).value == b"AIS Tourist"


def test_tag_list_brings_owner_policy_and_addresses(card):
    card.profiles[1].ppr = ("ppr1", "ppr2")
    infos = Lpa(card).profiles(ber.encode(0x5C, bytes.fromhex("5ab6b799")))
    assert infos[0].need(0xB7).need(0x80).value.hex() == "25f010"
    assert infos[1].need(0x99).value.hex() == "0560"
    entries = infos[2].need(0xB6).children()
    assert [(e.tag, e.need(0x80).value.hex(), e.need(0x81).value) for e in entries] == [
        (0x30, "0490", b"rsp.lab.example"), (0x30, "0410", b"smdp.lab.example")]


def test_search_by_each_criterion(card):
    lpa = Lpa(card)
    wanted = card.profiles[2]
    for criterion in (lpa.by_iccid(wanted.iccid), ber.encode(0x4F, wanted.aid)):
        found = lpa.profiles(ber.encode(0xA0, criterion))
        assert [f.need(0x4F).value for f in found] == [wanted.aid]
    assert len(lpa.profiles(ber.encode(0xA0, ber.encode(0x95, b"\x02")))) == 3
    assert lpa.profiles(ber.encode(0xA0, ber.encode(0x95, b"\x00"))) == []
    assert lpa.ask(0xBF2D, ber.encode(0xA0, ber.encode(0x80, b"\x00"))).need(0x81).value == b"\x01"


def test_info_lists_the_roots_and_memory(card, pki):
    lpa = Lpa(card)
    ids = [k.value for k in lpa.ask(0xBF20).need(0xA9).children()]
    assert ids == [pki.roots["nist"].key_id, pki.roots["brainpool"].key_id]
    before = int.from_bytes(ber.parse_all(lpa.ask(0xBF22).need(0x84).value)[1].value, "big")
    lpa.delete(card.profiles[1])
    after = int.from_bytes(ber.parse_all(lpa.ask(0xBF22).need(0x84).value)[1].value, "big")
    assert after > before


def test_challenges_differ(card):
    lpa = Lpa(card)
    assert lpa.ask(0xBF2E).need(0x80).value != lpa.ask(0xBF2E).need(0x80).value


def test_default_address_can_be_set(card):
    lpa = Lpa(card)
    assert lpa.ask(0xBF3C).find(0x80) is None
    assert lpa.result(0xBF3F, ber.encode(0x80, b"smdp.lab.example")) == 0
    assert lpa.ask(0xBF3C).need(0x80).value == b"smdp.lab.example"


def test_rat(card):
    rule = Lpa(card).ask(0xBF43).need(0xA0).children()[0]
    assert (rule.tag, ber.read_bits(rule.need(0x80).value), ber.read_bits(rule.need(0x82).value)) == (0x30, {1, 2}, {0})


# Changing

def test_switch_with_refresh(card):
    lpa, (old, new, _) = Lpa(card), card.profiles
    told = []
    card.on_refresh = told.append
    assert lpa.enable(new) == 0
    assert rows(lpa)[new.iccid] == 1 and rows(lpa)[old.iccid] == 0
    assert card.active_iccid() == old.iccid
    assert lpa.send(bytes.fromhex("bf2d00"))[1] == 0x910B
    assert card.take_pending_refresh() and told == [card]
    assert not card.take_pending_refresh()
    assert (card.active_iccid(), card.active_imsi()) == (new.iccid, new.imsi)
    assert lpa.send(bytes.fromhex("bf2d00"))[1] == 0x6881


def test_refresh_waits_until_the_answer_is_collected(card):
    lpa = Lpa(card)
    command = ber.encode(0xBF32, ber.encode(0xA0, ber.encode(0x4F, card.profiles[0].aid)), ber.encode(0x81, b"\xff"))
    announced = card.transmit(bytes((0x81, 0xE2, 0x91, 0, len(command))) + command)
    assert announced.hex() == "6106" and not card.take_pending_refresh()
    assert card.transmit(bytes.fromhex("81c0000006")).hex() == "bf3203800100910b"
    assert card.take_pending_refresh() and lpa.channel not in card.open_channels


def test_switch_without_refresh_wants_a_reset(card):
    lpa = Lpa(card)
    assert lpa.disable(card.profiles[0], refresh=False) == 0
    assert (card.active_iccid(), card.needs_reset, card.take_pending_refresh()) == (None, True, False)
    card.reset()
    assert not card.needs_reset


def test_results_of_switching(card):
    lpa, (on, off, _) = Lpa(card), card.profiles
    nobody = Profile("89000000000000000000", "", "", aid=bytes.fromhex("A0000005591010FFFFFFFF8900009900"))
    assert [lpa.enable(nobody), lpa.disable(nobody), lpa.delete(nobody)] == [1, 1, 1]
    assert [lpa.enable(on), lpa.disable(off), lpa.delete(on)] == [2, 2, 2]
    on.ppr = ("ppr1",)
    assert [lpa.disable(on), lpa.enable(off)] == [3, 3]
    off.ppr = ("ppr2",)
    assert lpa.delete(off) == 3
    on.ppr = ()
    card.busy(2)
    assert [lpa.disable(on), lpa.disable(on), lpa.disable(on)] == [5, 5, 0]
    assert lpa.enable(off) == 5  # the REFRESH has not been fetched
    card.take_pending_refresh()
    assert Lpa(card).enable(off) == 0


def test_back_from_a_test_profile(card):
    card.euicc.add(Profile("89000000000000000001", "Test", "Lab", profile_class="test"))
    lpa = Lpa(card)
    test, travel, other = card.profiles[3], card.profiles[0], card.profiles[1]
    assert lpa.enable(test, refresh=False) == 0
    assert lpa.enable(other, refresh=False) == 4
    assert lpa.disable(test, refresh=False) == 0
    assert card.active_iccid() == travel.iccid


def test_quirk_of_cards_that_want_the_aid(card):
    card.refuse_iccid_delete = True
    lpa, target = Lpa(card), card.profiles[1]
    assert lpa.result(0xBF33, lpa.by_iccid(target.iccid)) == 1
    assert lpa.delete(target) == 0
    assert target.iccid not in rows(lpa)


def test_nickname(card):
    lpa, target = Lpa(card), card.profiles[1]
    assert lpa.result(0xBF29, lpa.by_iccid(target.iccid), ber.encode(0x90)) == 0
    assert target.nickname is None
    assert lpa.result(0xBF29, lpa.by_iccid("89" * 10), ber.encode(0x90, b"x")) == 1
    assert lpa.result(0xBF29, lpa.by_iccid(target.iccid), ber.encode(0x90, b"x" * 65)) == 127


def test_memory_reset(card):
    lpa = Lpa(card)
    card.profiles[0].ppr = ("ppr1", "ppr2")
    assert lpa.result(0xBF34, ber.encode(0x82, ber.bits(0))) == 0
    assert lpa.profiles() == [] and card.take_pending_refresh()
    assert Lpa(card).result(0xBF34, ber.encode(0x82, ber.bits(0, 1))) == 1
    assert [n.event for n in card.pending_notifications] == ["delete"] * 4


def test_memory_reset_of_the_address(card):
    lpa = Lpa(card)
    reset = ber.encode(0x82, ber.bits(2))
    assert lpa.result(0xBF34, reset) == 1
    lpa.result(0xBF3F, ber.encode(0x80, b"smdp.lab.example"))
    assert [lpa.result(0xBF34, reset), lpa.result(0xBF34, reset)] == [0, 1]
    assert lpa.ask(0xBF3C).find(0x80) is None and len(card.profiles) == 3


def test_a_rule_for_everybody_matches_any_group(card):
    owner = Lpa(card).ask(0xBF43).need(0xA0).children()[0].need(0xA1).children()[0]
    assert [(m.tag, m.value) for m in owner.children()] == [(0x80, b"\xee\xee\xee"), (0x81, b""), (0x82, b"")]


# Notifications

def verify(signed, root):
    """Signature and chain of one OtherSignedNotification, with cryptography alone."""
    metadata, signature, *certs = signed.children()
    euicc, eum = (x509.load_der_x509_certificate(c.raw) for c in certs)
    r, s = (int.from_bytes(half, "big") for half in (signature.value[:32], signature.value[32:]))
    assert (metadata.tag, signature.tag, len(signature.value)) == (0xBF2F, 0x5F37, 64)
    euicc.public_key().verify(encode_dss_signature(r, s), metadata.raw, ec.ECDSA(hashes.SHA256()))
    for child, parent in ((euicc, eum), (eum, root)):
        assert child.issuer == parent.subject
        parent.public_key().verify(child.signature, child.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))
    return metadata


@pytest.mark.parametrize("root", ["nist", "brainpool"])
def test_signed_notifications(card, pki, root):
    lpa, target = Lpa(card), card.profiles[0]
    target.root = root
    lpa.disable(target)
    lpa.delete(target)
    found = [verify(n, pki.roots[root].cert) for n in lpa.notifications()]
    assert [(ber.read_integer(m.need(0x80).value), ber.read_bits(m.need(0x81).value), m.need(0x0C).value,
             ber.read_iccid(m.need(0x5A).value)) for m in found] == [
        (0, {2}, b"smdp.lab.example", target.iccid), (1, {3}, b"smdp.lab.example", target.iccid)]


def test_enabling_tells_of_the_profile_before(card):
    lpa, (old, new, _) = Lpa(card), card.profiles
    lpa.enable(new)
    assert [(n.event, n.iccid) for n in card.pending_notifications] == [("disable", old.iccid), ("enable", new.iccid)]


def test_each_address_gets_its_own_or_there_is_none(card):
    lpa, target = Lpa(card), card.profiles[2]
    lpa.delete(target)
    assert [n.address for n in card.pending_notifications] == ["rsp.lab.example", "smdp.lab.example"]
    quiet = card.profiles[1]
    quiet.addresses = []
    lpa.delete(quiet)
    assert len(card.pending_notifications) == 2


def test_retrieving_and_removing(card):
    lpa = Lpa(card)
    lpa.enable(card.profiles[1], refresh=False)
    lpa.delete(card.profiles[0])
    by_number = lpa.notifications(ber.encode(0xA0, ber.encode(0x80, b"\x01")))
    assert [n.children()[0].need(0x80).value for n in by_number] == [b"\x01"]
    by_event = lpa.notifications(ber.encode(0xA0, ber.encode(0x81, ber.bits(2, 3))))
    assert len(by_event) == 2
    listed = lpa.ask(0xBF28, ber.encode(0x81, ber.bits(3))).need(0xA0).children()
    assert [ber.read_integer(n.need(0x80).value) for n in listed] == [2]
    assert lpa.result(0xBF30, ber.encode(0x80, b"\x00")) == 0
    assert lpa.result(0xBF30, ber.encode(0x80, b"\x00")) == 1
    assert [n.sequence for n in card.pending_notifications] == [1, 2]
    assert lpa.notifications(ber.encode(0xA0, ber.encode(0x80, b"\x00"))) == []


def test_the_oldest_is_evicted_and_numbers_run_on(pki):
    card = Card(pki, profiles=demo_profiles(), notification_capacity=2)
    lpa = Lpa(card)
    for _ in range(2):
        lpa.disable(card.profiles[0], refresh=False)
        lpa.enable(card.profiles[0], refresh=False)
    assert [n.sequence for n in card.pending_notifications] == [2, 3]
    assert [n.sequence for n in card.euicc.notifications.evicted] == [0, 1]
    for number in (2, 3):
        lpa.result(0xBF30, ber.encode(0x80, ber.integer(number)))
    lpa.delete(card.profiles[1])
    assert card.pending_notifications[0].sequence == 4


def test_installing_is_told(card):
    card.install(Profile("89000000000000000002", "New", "Lab", addresses=[Address("smdp.lab.example", ("install",))]))
    assert [(n.event, n.address) for n in card.pending_notifications] == [("install", "smdp.lab.example")]


# Faults, memory, other cards

def test_lost_answer_to_a_deletion(card):
    lpa, target = Lpa(card), card.profiles[1]
    card.fail_at("BF33", cut_after=True)
    with pytest.raises(CardSilent):
        lpa.delete(target)
    assert target.iccid not in rows(lpa)
    assert [n.event for n in card.pending_notifications] == ["delete"]
    assert [e.sw for e in card.log if e.tag == "BF33"] == [None]


def test_silence_before_anything_is_done(card):
    lpa = Lpa(card)
    card.fail_at("BF33", nth=2, silence=True)
    assert lpa.delete(card.profiles[1]) == 0
    with pytest.raises(CardSilent):
        lpa.delete(card.profiles[1])
    assert len(card.profiles) == 2
    assert lpa.delete(card.profiles[1]) == 0


def test_spoiled_answers(card):
    lpa, target = Lpa(card), card.profiles[1]
    card.fail_at("BF2D", sw=0x6F00)
    assert lpa.send(bytes.fromhex("bf2d00")) == (b"", 0x6F00)
    card.fail_at("BF2D", data=b"\xbf\x2d\x82\xff")
    assert lpa.send(bytes.fromhex("bf2d00")) == (b"\xbf\x2d\x82\xff", 0x9000)
    card.fail_at("BF2D", data=bytes(70000))
    assert lpa.send(bytes.fromhex("bf2d00")) == (bytes(70000), 0x9000)
    card.fail_at("BF2D", result=127)
    assert lpa.ask(0xBF2D).need(0x81).value == b"\x7f"
    card.fail_at("BF33", result=127)
    assert lpa.delete(target) == 127 and target in card.profiles
    card.fail_at("BF33", result=127, execute=True)
    assert lpa.delete(target) == 127 and target not in card.profiles


def test_faults_of_channels(card):
    card.fail_at("open", sw=0x6A81)
    card.fail_at("close", silence=True)
    assert card.open_channel(ISD_R) == (0, 0x6A81, b"")
    channel = card.open_channel(ISD_R)[0]
    with pytest.raises(CardSilent):
        card.close_channel(channel)
    assert card.close_channel(channel) == 0x9000


def test_hooks_see_each_exchange(card):
    before, after = [], []
    card.before_apdu.append(lambda index, apdu: before.append((index, apdu[1])))
    card.after_apdu.append(lambda index, apdu: after.append((index, apdu[1])))
    lpa = Lpa(card)
    lpa.ask(0xBF3E, ber.encode(0x5C, b"\x5a"))
    card.close_channel(lpa.channel)
    assert before == after == [(0, 0x70), (1, 0xE2), (2, 0xC0), (3, 0x70)]
    assert card.exchanges == 3
    assert [e.name for e in card.log] == ["OpenChannel", "GetEID", "CloseChannel"]


def test_state_survives(card):
    lpa = Lpa(card)
    lpa.enable(card.profiles[1])
    kept = json.loads(json.dumps(card.state()))
    again = Card.from_state(kept)
    assert again.state() == kept
    assert again.eid == card.eid and again.take_pending_refresh()
    assert [n.signed for n in again.pending_notifications] == [n.signed for n in card.pending_notifications]
    Lpa(again).disable(again.profiles[1])
    assert again.pending_notifications[-1].sequence == 2


def test_another_card_in_the_slot(card, pki):
    other = Card(pki, eid=ber.make_eid("89049032", 7))
    lpa, first = Lpa(card), card.eid
    mine = card.swap(other.state())
    assert card.eid == other.eid != first
    assert lpa.send(bytes.fromhex("bf2d00"))[1] == 0x6881
    assert Lpa(card).profiles() == []
    card.swap(mine)
    assert card.eid == first and len(Lpa(card).profiles()) == 3


def test_the_same_iccid_downloaded_again_lies_in_another_isdp(card):
    lpa, first = Lpa(card), card.profiles[1]
    lpa.delete(first)
    second = card.install(Profile(first.iccid, first.name, first.provider))
    assert second.aid != first.aid
    assert lpa.delete(first) == 1 and lpa.delete(second) == 0


def test_a_card_may_know_fewer_roots(pki):
    lpa = Lpa(Card(pki, roots=("nist",)))
    assert [k.value for k in lpa.ask(0xBF20).need(0xA9).children()] == [pki.roots["nist"].key_id]


@pytest.mark.parametrize("style", ["61xx", "6cxx", "direct"])
def test_no_command_breaks_the_card(pki, style):
    chance = random.Random(style)
    card = Card(pki, profiles=demo_profiles(), sw_style=style)
    tags = [t.to_bytes(2, "big") for t in FUNCTIONS]
    for _ in range(5000):
        if not card.open_channels:
            card.open_channel(ISD_R)
        inner = chance.randbytes(chance.randrange(12))
        body = chance.choice([tags[0], *tags]) + bytes((chance.choice([len(inner), chance.randrange(256)]),)) + inner
        head = bytes((chance.choice([0x80, 0x81, 0x01, 0xC0, chance.randrange(256)]),
                      chance.choice([0xE2, 0xE2, 0xE2, 0xC0, 0xA4, 0x70, chance.randrange(256)]),
                      chance.choice([0x91, 0x91, 0x11, 0x80, chance.randrange(256)]), chance.choice([0, 0, 0, 1, 255])))
        apdu = head + chance.choice([b"", b"\x00", bytes((len(body),)) + body, bytes((len(body),)) + body + b"\x00"])
        answer = card.transmit(apdu[:chance.choice([len(apdu), chance.randrange(len(apdu) + 1)])])
        assert len(answer) >= 2
        card.take_pending_refresh()


REQUESTS = [ber.encode(t) for t in FUNCTIONS] + [bytes.fromhex(r) for r in (
    "bf2d0fa00c5a0a986630428000000000815c00", "bf2d05a003950102", "bf2805810204f0", "bf2b06a00481020410",
    "bf2b05a003800100", "bf3003800100", "bf3111a00c5a0a984405102002210010f38101ff", "bf3211a00c5a0a98663042800000000081810100",
    "bf330c5a0a989402009900000072ff", "bf290f5a0a984405102002210010f3900141", "bf3404820205e0", "bf3e035c015a")]


def test_no_data_breaks_the_card(pki):
    """Requests with an octet changed, cut, doubled or added, within good APDUs."""
    chance, card, words = random.Random(7), Card(pki, profiles=demo_profiles(), sw_style="direct"), set()
    for _ in range(6000):
        if not card.open_channels:
            card.open_channel(ISD_R)
        body = bytearray(chance.choice(REQUESTS))
        at = chance.randrange(len(body))
        change = chance.randrange(4)
        if change == 0:
            body[at] = chance.randrange(256)
        elif change == 1:
            del body[at]
        elif change == 2:
            body[at:at] = body[at:at + 3]
        answer = card.transmit(bytes((0x81, 0xE2, 0x91, 0, len(body))) + bytes(body))
        words.add(answer[-2:].hex())
        if answer[:-2]:
            ber.walk(ber.parse(answer[:-2]))
        card.take_pending_refresh()
    assert set(card.counters) >= {f"{t:X}" for t in FUNCTIONS}
    assert words <= {"9000", "910b", "6a80", "6a88", "6985"}  # the last: a package that nothing was prepared for


def test_rules_of_the_card():
    with pytest.raises(ValueError):
        Card(eid="89049032123451234512345678901236")
    with pytest.raises(ValueError):
        Card(profiles=[*demo_profiles(), Profile("89000000000000000003", "", "", enabled=True)])
