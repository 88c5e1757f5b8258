# SPDX-License-Identifier: LGPL-2.1-or-later
"""The card's side of a download."""

import datetime
import json
import random

import pytest
from cryptography import x509

from esimlab import Card, CardSilent, ber, demo_profiles
from esimlab.euicc import Euicc
from esimlab.pki import DAY, Identity, Pki, name
from esimlab.servercert import verify_raw
from esimlab.session import Root
from lpa import Lpa
from provider import HOST, ICCID, TRANSACTION, Provider, certificate, elements, metadata

NOW = datetime.datetime.utcnow().replace(microsecond=0)


def outcome(data, card, pki, root="nist"):
    """What a BF37 says, its signature checked: the AID, or the command and the error."""
    result = ber.parse(data)
    ber.walk(result)
    body, signature = result.children()
    identity = card.euicc.identities[root]
    assert (result.tag, body.tag, signature.tag) == (0xBF37, 0xBF27, 0x5F37)
    assert verify_raw(identity.cert.public_key(), signature.value, body.raw)
    assert body.need(0x80).value == TRANSACTION
    assert body.need(0xBF2F).need(0x0C).value == HOST.encode()
    final = ber.parse(body.need(0xA2).value)
    if final.tag == 0xA0:
        return final.need(0x4F).value
    return tuple(ber.read_integer(final.need(tag).value) for tag in (0x80, 0x81))


def code(answer):
    return ber.read_integer(answer.need(0xA1).need(0x02).value)


@pytest.mark.parametrize("root", ["nist", "brainpool"])
@pytest.mark.parametrize("replace", [True, False])
def test_a_profile_comes_onto_the_card(card, pki, root, replace):
    lpa = Lpa(card)
    provider = Provider(lpa, pki, root).ready()
    data, sw = provider.load(provider.package(replace=replace))
    made = card.profile(ICCID)
    assert sw == 0x9000 and outcome(data, card, pki, root) == made.aid
    assert (made.name, made.provider, made.enabled, made.imsi, made.root) == (
        "Reise \u65c5", "Lab Telecom", False, "001010000000099", root)
    assert 14000 < made.size < 14300
    assert lpa.notifications()[0].raw == data
    assert [(n.event, n.address) for n in card.pending_notifications] == [("install", HOST), ("install", "rsp.lab.example")]
    assert card.euicc.sessions.kept_keys == []
    assert lpa.send(ber.encode(0x86, bytes(24)))[1] == 0x6A88


def test_what_the_card_signs_is_what_it_was_asked(card, pki):
    """Both signatures checked with nothing but the bytes that went over the wire."""
    provider = Provider(Lpa(card), pki)
    first = provider.authenticate(b"MATCH-1").need(0xA0)
    mine, proof, *certs = first.children()
    identity = card.euicc.identities["nist"]
    assert [c.raw for c in certs] == [identity.der, *(Identity(c, None).der for c in identity.above)]
    assert verify_raw(identity.cert.public_key(), proof.value, mine.raw)
    assert [m.tag for m in mine.children()] == [0x80, 0x83, 0x84, 0xBF22, 0xA0]
    assert mine.need(0xA0).need(0x80).value == b"MATCH-1"
    second = provider.prepare(hash_cc=bytes(32), wanted=True).need(0xA0)
    mine, proof = second.children()
    assert [m.tag for m in mine.children()] == [0x80, 0x5F49, 0x04]
    assert verify_raw(identity.cert.public_key(), proof.value, mine.raw + provider.signature2)


# Authentication

BAD_SERVERS = {
    "another CI": (1, lambda pki: {"issuer": pki.stranger}),
    "an EUM": (1, lambda pki: {"issuer": pki.eums["nist"]}),
    "expired": (1, lambda pki: {"not_before": NOW - 9 * DAY, "not_after": NOW - DAY}),
    "not yet valid": (1, lambda pki: {"not_before": NOW + DAY, "not_after": NOW + 9 * DAY}),
    "an authority": (1, lambda pki: {"ca": True}),
    "no OID": (1, lambda pki: {"hosts": ()}),
    "constraints that nobody asked for": (1, lambda pki: {"constraints": name(o="Lab")}),
    "another curve": (3, lambda pki: {"curve": "brainpool"}),
    "the role of TLS": (5, lambda pki: {"role": "dp-tls"}),
    "the role of the package": (5, lambda pki: {"role": "dp-pb"}),
    "no role": (5, lambda pki: {"role": None}),
}


@pytest.mark.parametrize("kind", BAD_SERVERS)
def test_servers_that_are_not_believed(card, pki, kind):
    expected, changes = BAD_SERVERS[kind]
    provider = Provider(Lpa(card), pki)
    provider.auth = certificate(pki, "dp-auth", **changes(pki))
    answer = provider.authenticate()
    assert (code(answer), answer.need(0xA1).need(0x80).value) == (expected, TRANSACTION)
    assert card.euicc.sessions.current is None and len(card.euicc.sessions.refusals) == 1
    good = Provider(provider.lpa, pki)
    assert good.authenticate().find(0xA0)


def test_a_certificate_with_another_signature(card, pki):
    """Same issuer, same key id: only the arithmetic tells."""
    provider = Provider(Lpa(card), pki)
    der = provider.auth.der
    provider.auth = Identity(x509.load_der_x509_certificate(der[:-1] + bytes((der[-1] ^ 1,))), provider.auth.key)
    assert code(provider.authenticate()) == 1


def test_a_discovery_server_is_believed_too(card, pki):
    provider = Provider(Lpa(card), pki)
    provider.auth = certificate(pki, "ds-auth")
    assert provider.authenticate().find(0xA0)


def test_results_of_authentication(card, pki):
    provider = Provider(Lpa(card), pki)
    assert code(provider.authenticate(ask=False)) == 4
    assert code(provider.authenticate(spoil=True)) == 2
    assert code(provider.authenticate(challenge=bytes(16))) == 6
    provider.key_id = pki.stranger.key_id
    assert code(provider.authenticate()) == 7
    provider.key_id = pki.roots["nist"].key_id
    assert provider.authenticate().find(0xA0)
    assert code(provider.authenticate(ask=False)) == 4  # a challenge is good once
    card.fail_at("BF38", result=127)
    assert code(provider.authenticate()) == 127


def test_a_challenge_is_replaced_by_the_next(card, pki):
    provider = Provider(Lpa(card), pki)
    old = provider.lpa.ask(0xBF2E).need(0x80).value
    assert code(provider.authenticate(challenge=old)) == 6


# Preparation

def test_results_of_preparation(card, pki, monkeypatch):
    provider = Provider(Lpa(card), pki)
    provider.signature1 = b""
    assert code(provider.prepare()) == 4
    provider.authenticate()
    assert code(provider.prepare(spoil=True)) == 2
    assert code(provider.prepare(transaction=b"another")) == 5
    assert code(provider.prepare(wanted=True)) == 127
    good = provider.pb
    provider.pb = provider.auth
    assert code(provider.prepare()) == 1
    provider.pb = certificate(pki, "dp-pb", curve="brainpool")
    assert code(provider.prepare()) == 3
    with monkeypatch.context() as changed:
        changed.setattr("esimlab.pki.REGISTERED_ID", "2.999.7")
        provider.pb = certificate(pki, "dp-pb")
    assert code(provider.prepare()) == 1
    provider.pb = good
    assert provider.prepare().find(0xA0)


def test_a_package_may_be_bound_to_a_key_of_before(card, pki):
    provider = Provider(Lpa(card), pki).ready()
    first = provider.point
    data, _ = provider.load(provider.package(content=elements(size=600000)))
    assert outcome(data, card, pki) == (5, 10)
    provider.authenticate()
    provider.prepare(used=first)
    assert provider.point == first
    again = Card.from_state(json.loads(json.dumps(card.state())))
    provider.lpa = Lpa(again)
    provider.authenticate()
    provider.prepare(used=first)
    assert provider.point == first
    assert outcome(provider.load(provider.package())[0], again, pki) == again.profile(ICCID).aid
    provider.authenticate()
    provider.prepare(used=first)
    assert provider.point != first


# Sessions

def cancel(lpa, transaction, reason):
    return lpa.ask(0xBF41, ber.encode(0x80, transaction), ber.encode(0x81, ber.integer(reason)))


@pytest.mark.parametrize("reason", range(6))
def test_a_cancelled_session_is_signed_and_over(card, pki, reason):
    provider = Provider(Lpa(card), pki).ready()
    assert cancel(provider.lpa, b"another", reason).need(0x81).value == b"\x05"
    mine, proof = cancel(provider.lpa, TRANSACTION, reason).need(0xA0).children()
    assert verify_raw(card.euicc.identities["nist"].cert.public_key(), proof.value, mine.raw)
    assert [m.raw.hex() for m in mine.children()] == ["8008" + TRANSACTION.hex(), "8103883701", f"8201{reason:02x}"]
    assert cancel(provider.lpa, TRANSACTION, reason).need(0x81).value == b"\x05"
    assert code(provider.prepare()) == 4
    assert provider.load(provider.package()) == (b"", 0x6985)


def test_the_next_authentication_drops_the_session(card, pki):
    first = Provider(Lpa(card), pki).ready()
    second = Provider(first.lpa, pki)
    second.transaction = b"second"
    second.authenticate()
    assert cancel(first.lpa, TRANSACTION, 0).need(0x81).value == b"\x05"
    assert first.load(first.package()) == (b"", 0x6985)
    assert cancel(first.lpa, b"second", 0).find(0xA0)


def test_a_session_does_not_outlive_power(card, pki):
    provider = Provider(Lpa(card), pki).ready()
    card.reset()
    provider.lpa = Lpa(card)
    assert code(provider.prepare()) == 4
    assert cancel(provider.lpa, TRANSACTION, 0).need(0x81).value == b"\x05"


def test_a_session_outlives_its_channel(card, pki):
    provider = Provider(Lpa(card), pki)
    provider.authenticate()
    card.close_channel(provider.lpa.channel)
    provider.lpa = Lpa(card)
    assert provider.prepare().find(0xA0)


# Loading: each error as it comes about

def flipped(segments, tag, nth=0):
    """The last octet of the nth segment of this tag changed: its MAC."""
    at = [i for i, s in enumerate(segments) if s[0] == tag][nth]
    return [*segments[:at], segments[at][:-1] + bytes((segments[at][-1] ^ 1,)), *segments[at + 1:]]


def without(segments, tag):
    at = [i for i, s in enumerate(segments) if s[0] == tag][0]
    return segments[:at] + segments[at + 1:]


PPR = [ber.encode(0xB7, ber.encode(0x80, ber.mccmnc_octets("00101"))), ber.encode(0x99, ber.bits(2))]
PACKAGES = {
    "signature": ((0, 2), lambda p: p.package(spoil=True)),
    "transaction id": ((0, 3), lambda p: p.package(transaction=b"another")),
    "key type": ((0, 4), lambda p: [setattr(p, "template", (0x80, 16)), p.package()][1]),
    "key length": ((0, 4), lambda p: [setattr(p, "template", (0x88, 32)), p.package()][1]),
    "operation": ((0, 5), lambda p: [setattr(p, "operation", 2), p.package()][1]),
    "host id": ((0, 1), lambda p: [setattr(p, "host_id", bytes(17)), p.package()][1]),
    "configuration": ((1, 1), lambda p: p.package(configured=metadata())),
    "proprietary data": ((1, 1), lambda p: p.package(configured=ber.encode(0xBF24, ber.encode(0xB8, bytes.fromhex("8003883701"), ber.encode(0x81, bytes(130)))))),
    "MAC of configuration": ((1, 8), lambda p: flipped(p.package(), 0xA0)),
    "MAC of metadata": ((2, 8), lambda p: flipped(p.package(), 0x88)),
    "MAC of keys": ((4, 8), lambda p: flipped(p.package(), 0xA2)),
    "MAC of elements": ((5, 8), lambda p: flipped(p.package(), 0x86, 3)),
    "a segment left out": ((5, 8), lambda p: without(p.package(), 0x86)),
    "no header of 88s": ((1, 7), lambda p: without(p.package(), 0xA1)),
    "no header of 86s": ((4, 7), lambda p: without(p.package(), 0xA3)),
    "keys left out": ((5, 8), lambda p: without(p.package(), 0xA2)),
    "header and member in one": ((2, 7), lambda p: [*(s := p.package())[:2], s[2] + s[3], *s[4:]]),
    "two members in one": ((5, 7), lambda p: [*(s := p.package())[:7], s[7] + s[8], *s[9:]]),
    "metadata of another kind": ((2, 1), lambda p: p.package(described=ber.encode(0xBF24))),
    "metadata without a name": ((2, 1), lambda p: p.package(described=ber.encode(0xBF25, ber.encode(0x5A, ber.iccid_octets(ICCID))))),
    "an icon without a type": ((2, 1), lambda p: p.package(described=metadata(ICCID, ber.encode(0x94, bytes(9))))),
    "an icon too large": ((2, 1), lambda p: p.package(described=metadata(ICCID, ber.encode(0x93, b"\1"), ber.encode(0x94, bytes(1025))))),
    "class": ((2, 6), lambda p: p.package(described=metadata(ICCID, ber.encode(0x95, b"\1")))),
    "ICCID there already": ((2, 9), lambda p: p.package(described=metadata("89660324080000000018"))),
    "rule of nobody": ((2, 15), lambda p: p.package(described=metadata(ICCID, PPR[1]))),
    "PPR1 beside others": ((2, 15), lambda p: p.package(described=metadata(ICCID, PPR[0], ber.encode(0x99, ber.bits(1))))),
    "memory": ((5, 10), lambda p: p.package(content=elements(size=600000))),
    "another ICCID": ((5, 13), lambda p: p.package(content=elements("8944500102201200098"))),
    "no end": ((5, 12), lambda p: p.package(content=elements()[:-2])),
    "no header": ((5, 12), lambda p: p.package(content=elements()[33:])),
    "garbage": ((5, 12), lambda p: p.package(content=bytes(3000))),
    "an unknown element": ((5, 12), lambda p: p.package(content=elements()[:-2] + ber.encode(0xAF, bytes(3)) + ber.encode(0xAA))),
}


@pytest.mark.parametrize("kind", PACKAGES)
def test_packages_that_are_not_taken(card, pki, kind):
    expected, made = PACKAGES[kind]
    provider = Provider(Lpa(card), pki).ready()
    before = len(card.profiles)
    data, sw = provider.load(made(provider))
    assert (outcome(data, card, pki), sw) == (expected, 0x9000)
    assert len(card.profiles) == before
    assert [n.signed for n in card.pending_notifications] == [data]
    assert cancel(provider.lpa, TRANSACTION, 5).need(0x81).value == b"\x05"  # a result is the end
    kept = len(card.euicc.sessions.kept_keys)
    assert kept == (1 if expected[1] == 10 else 0)
    assert Provider(provider.lpa, pki).ready()


@pytest.mark.parametrize("command", range(6))
@pytest.mark.parametrize("error", [*range(1, 16), 127])
def test_every_result_on_demand(card, pki, command, error):
    card.fail_load(command, error)
    provider = Provider(Lpa(card), pki).ready()
    assert outcome(provider.load(provider.package())[0], card, pki) == (command, error)
    provider.ready()
    assert outcome(provider.load(provider.package())[0], card, pki) == card.profile(ICCID).aid


def test_a_result_on_demand_at_a_certain_element(card, pki):
    card.fail_load(5, 12, after=3)
    provider = Provider(Lpa(card), pki).ready()
    segments = provider.package()
    tags = [s[0] for s in segments]
    assert all(provider.lpa.send(s) == (b"", 0x9000) for s in segments[:tags.index(0x86) + 2])
    assert outcome(provider.lpa.send(segments[tags.index(0x86) + 2])[0], card, pki) == (5, 12)


def test_rules_of_the_card(pki):
    rules = [{"ppr": (2,), "owners": [["001EE", "", ""]], "consent": True}]
    card = Card(pki, rat=rules)
    provider = Provider(Lpa(card), pki)
    described = metadata(ICCID, *PPR)
    provider.ready()
    data, _ = provider.load(provider.package(described=described))
    assert outcome(data, card, pki) == card.profile(ICCID).aid
    assert card.profile(ICCID).ppr == ("ppr2",)
    for change in ({"ppr": (1,)}, {"owners": [["52001", "", ""]]}, {"owners": [["00101", "4c", ""]]}):
        card.euicc.profiles.clear()
        card.euicc.rat = [{**rules[0], **change}]
        provider.ready()
        assert outcome(provider.load(provider.package(described=described))[0], card, pki) == (2, 15)
    card.euicc.rat, card.euicc.forbidden_ppr = rules, ["ppr2"]
    assert ber.read_bits(provider.lpa.ask(0xBF22).need(0x99).value) == {2}
    provider.ready()
    assert outcome(provider.load(provider.package(described=described))[0], card, pki) == (2, 15)


def test_what_came_with_the_profile_can_be_read(card, pki):
    provider = Provider(Lpa(card), pki).ready()
    icon = demo_profiles()[0].icon
    own, service = ber.encode(0xB8, bytes.fromhex("8003883701"), ber.encode(0x81, b"own")), ber.encode(0xBF22, ber.encode(0x80, b"x"))
    described = metadata(ICCID, ber.encode(0x93, b"\1"), ber.encode(0x94, icon), *PPR, service)
    segments = provider.package(described=described, configured=ber.encode(0xBF24, own))
    provider.load(segments)
    wanted = ber.encode(0x5C, bytes.fromhex("5a939495b6b7b899bf22"))
    info = provider.lpa.profiles(ber.encode(0xA0, provider.lpa.by_iccid(ICCID)), wanted)[0]
    assert [m.tag for m in info.children()] == [0x5A, 0x93, 0x94, 0x95, 0xB6, 0xB7, 0xB8, 0x99, 0xBF22]
    assert (info.need(0x94).value, info.need(0xB8).raw, info.need(0xBF22).raw) == (icon, own, service)


def test_a_test_profile(card, pki):
    provider = Provider(Lpa(card), pki).ready()
    described = metadata(ICCID, ber.encode(0x95, b"\0"))
    provider.load(provider.package(described=described))
    assert card.profile(ICCID).profile_class == "test"
    assert provider.lpa.result(0xBF34, ber.encode(0x82, ber.bits(1))) == 0
    assert card.profile(ICCID) is None
    card.euicc.loadable_classes = ["operational"]
    assert 3 not in ber.read_bits(provider.lpa.ask(0xBF22).need(0x88).value)
    provider.ready()
    assert outcome(provider.load(provider.package(described=described))[0], card, pki) == (2, 6)


def test_a_card_and_a_server_of_another_pki(pki):
    """Nothing of the lab's own PKI is in it: only what a folder of certificates and keys would bring along."""
    other, eid = Pki("Elsewhere EUM"), ber.make_eid("89049032", 99)
    made = other.issue_euicc(eid)
    brought = Identity.from_pem(made.chain_pem(), made.key_pem())
    card = Card(euicc=Euicc(eid, [Root("elsewhere", other.roots["nist"].cert, brought)]))
    provider = Provider(Lpa(card), other).ready()
    assert outcome(provider.load(provider.package())[0], card, other, "elsewhere") == card.profile(ICCID).aid
    mixed = Provider(provider.lpa, pki)
    assert code(mixed.authenticate()) == 7
    again = Card.from_state(json.loads(json.dumps(card.state())))
    assert Lpa(again).delete(again.profile(ICCID)) == 0 and again.pending_notifications[-1].event == "delete"


# Loading that does not come to its end

def half(provider, count=9):
    provider.ready()
    for segment in provider.package()[:count]:
        assert provider.lpa.send(segment) == (b"", 0x9000)
    return provider


STOPS = {"reset": lambda card, lpa: card.reset(), "channel": lambda card, lpa: card.close_channel(lpa.channel),
         "command": lambda card, lpa: lpa.ask(0xBF2D)}


@pytest.mark.parametrize("stop", STOPS)
@pytest.mark.parametrize("count", [1, 3, 9])
def test_a_loading_that_is_cut_off_leaves_a_result(card, pki, stop, count):
    provider = half(Provider(Lpa(card), pki), count)
    STOPS[stop](card, provider.lpa)
    command = {1: 0, 3: 2, 9: 5}[count]
    kept = Lpa(card).notifications()
    assert [outcome(n.raw, card, pki) for n in kept] == [(command, 11)]
    assert card.profile(ICCID) is None and len(card.euicc.sessions.kept_keys) == 1


def test_a_card_that_is_taken_out_while_it_loads(card, pki):
    half(Provider(Lpa(card), pki))
    mine = card.swap(Card(pki, eid=ber.make_eid("89049032", 7)).state())
    assert card.pending_notifications == []
    card.swap(mine)
    assert [outcome(n.raw, card, pki) for n in Lpa(card).notifications()] == [(5, 11)]


def test_cards_that_tell_nothing_of_it(card, pki):
    card.euicc.tells_interruption = False
    provider = half(Provider(Lpa(card), pki))
    card.close_channel(provider.lpa.channel)
    lpa = Lpa(card)
    assert lpa.notifications() == []
    assert cancel(lpa, TRANSACTION, 5).find(0xA0)


def test_a_second_package_begins_anew(card, pki):
    provider = half(Provider(Lpa(card), pki))
    data, _ = provider.load(provider.package())
    assert data == b""
    provider.ready()
    assert outcome(provider.load(provider.package())[0], card, pki) == card.profile(ICCID).aid


def test_another_channel_does_not_disturb(card, pki):
    provider = Provider(Lpa(card), pki).ready()
    other, segments = Lpa(card), provider.package()
    for segment in segments[:-1]:
        assert provider.lpa.send(segment) == (b"", 0x9000)
        other.profiles()
    assert outcome(provider.lpa.send(segments[-1])[0], card, pki) == card.profile(ICCID).aid


def test_faults_within_a_loading(card, pki):
    provider = Provider(Lpa(card), pki).ready()
    card.fail_at("86", nth=4, sw=0x6F00)
    assert provider.load(provider.package()) == (b"", 0x6F00)
    provider.ready()
    segments = provider.package()
    card.fail_at("86", nth=sum(s[0] == 0x86 for s in segments), cut_after=True)
    with pytest.raises(CardSilent):
        provider.load(segments)
    assert card.profile(ICCID) and outcome(provider.lpa.notifications()[1].raw, card, pki) == card.profile(ICCID).aid


@pytest.mark.parametrize("done", [True, False])
def test_faults_at_any_apdu(card, pki, done):
    provider = Provider(Lpa(card), pki).ready()
    segments = provider.package()
    count = sum(-(-len(s) // 255) for s in segments)
    card.fail_at("apdu", nth=count, cut_after=done, silence=not done)
    with pytest.raises(CardSilent):
        provider.load(segments)
    assert (card.profile(ICCID) is not None) == done
    card.fail_at("apdu", nth=2, sw=0x6F00)
    other = Lpa(card)
    assert [other.send(bytes.fromhex("bf2d00"))[1] for _ in range(2)] == [0x9000, 0x6F00]


def test_each_chain_is_a_segment_and_octets_are_counted(card, pki):
    provider = Provider(Lpa(card), pki).ready()
    segments = provider.package()
    before = card.exchanges
    provider.load(segments)
    loaded = [e for e in card.log if e.name == "LoadBoundProfilePackage"]
    assert [e.request for e in loaded] == segments
    assert sum(e.blocks(255) for e in loaded) == card.exchanges - before == sum(-(-len(s) // 255) for s in segments)


def test_no_segment_breaks_the_card(pki):
    """Segments with an octet changed, cut or doubled: a result or a status word, and never a profile that is not whole."""
    chance, card = random.Random(5), Card(pki, sw_style="direct")
    lpa = Lpa(card)
    for _ in range(150):
        provider = Provider(lpa, pki).ready()
        segments = provider.package(content=elements(size=1500))
        at = chance.randrange(len(segments))
        spoiled = bytearray(segments[at])
        where = chance.randrange(len(spoiled))
        change = chance.randrange(3)
        if change == 0:
            spoiled[where] ^= 1 << chance.randrange(8)
        elif change == 1:
            del spoiled[where:where + chance.choice([1, 200])]
        else:
            spoiled[where:where] = spoiled[where:where + 3]
        data, sw = provider.load([*segments[:at], bytes(spoiled) or bytes(1), *segments[at + 1:]])
        assert card.profiles == [] and (sw != 0x9000 or not data or isinstance(outcome(data, card, pki), tuple))
