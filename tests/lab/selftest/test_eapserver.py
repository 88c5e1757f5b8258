# SPDX-License-Identifier: LGPL-2.1-or-later
"""The EAP-AKA server against a peer of another make."""

import os

import pytest
from esimlab import eapserver
from esimlab.eapserver import TRAPS, Conversation, compress, derive, expand, imsi_of
from esimlab.hss import DEFAULT_K, DEFAULT_OPC, STEP, Hss, Subscriber, Unknown
from esimlab.usim import Usim
from ts43client import Peer, Rejected, generate, mac, transform

IMSI = "001010000000013"
# What a good peer answers last to each trap that ends it: a client error (14), a reject (2), or nothing at all.
CLIENT_ERRORS = ("wrong-mac", "no-mac", "no-rand", "no-autn", "short-rand", "two-rands", "wrong-checkcode",
                 "unknown-mandatory", "unknown-subtype", "reauthentication", "bare-notification")
NO_ANSWER = ("early-success", "response-code", "wrong-length", "truncated", "attribute-past-end", "zero-attribute", "empty")
GOOD = ("ask-any", "ask-full", "ask-permanent", "identity-method", "other-method", "old-sqn", "unknown-skippable", "pseudonym",
        "result-indication", "repeat", "no-checkcode")
FAILURES = ("failure-after", "denied", "not-subscribed", "failure-before", "success-before", "failure-packet")


@pytest.fixture
def hss():
    return Hss([Subscriber(IMSI)])


def talk(hss, peer, *traps):
    conversation = Conversation(hss, peer.identity, traps)
    packet = conversation.begin()
    while packet is not None:
        packet = conversation.take(peer.answer(packet))
    return conversation


def make_peer(**more):
    return Peer(IMSI, DEFAULT_K, DEFAULT_OPC, **more)


def test_rfc_4186_appendix_a():
    made = expand(bytes.fromhex("e576d5ca332e9930018bf1baee2763c795b3c712"), 160)
    assert made[:32].hex() == "536e5ebc4465582aa6a8ec9986ebb62025af1942efcbf4bc72b3943421f2a974"
    assert made[32:48].hex() == "39d45aeaf4e30601983e972b6cfd46d1"


def test_two_makes_of_the_generator():
    for _ in range(20):
        seed, block = os.urandom(20), os.urandom(64)
        assert compress(block) == transform(block)
        assert b"".join(generate(seed)) == expand(seed, 160)


def test_two_makes_of_the_mac():
    made = eapserver.packet(1, 7, 1, eapserver.attribute(1, bytes(18)), eapserver.EMPTY_MAC)
    signed = eapserver.sign(made, b"k" * 16)
    assert signed[-16:] == mac(b"k" * 16, made) and eapserver.is_signed(signed, b"k" * 16)
    assert not eapserver.is_signed(signed, b"l" * 16)


def test_both_sides_have_the_same_keys(hss):
    peer = make_peer()
    done = talk(hss, peer)
    assert done.imsi == IMSI and done.found == [] and peer.vouched
    assert (done.keys.encryption, done.keys.authentication, done.keys.msk, done.keys.emsk) == peer.keys
    assert done.final[0] == eapserver.SUCCESS


def test_every_trap_is_known_here():
    assert set(CLIENT_ERRORS) | set(NO_ANSWER) | set(GOOD) | set(FAILURES) | {
        "wrong-autn", "deaf-sqn", "endless-identity", "oversize"} == set(TRAPS)


@pytest.mark.parametrize("trap", GOOD)
def test_traps_that_a_good_peer_survives(hss, trap):
    peer = make_peer(sqn=STEP * 9 if trap == "old-sqn" else 0)
    done = talk(hss, peer, trap)
    assert done.imsi == IMSI and done.found == [], done.why
    assert hss.resynchronisations == (trap == "old-sqn")


def test_each_identity_is_part_of_the_checkcode(hss):
    done = talk(hss, make_peer(), "ask-any", "ask-full", "ask-permanent")
    assert done.imsi == IMSI and done.found == [] and done.heard == ["identity"] * 3 + ["challenge"]


@pytest.mark.parametrize("trap", CLIENT_ERRORS)
def test_traps_that_end_in_a_client_error(hss, trap):
    done = talk(hss, make_peer(), trap)
    assert (done.imsi, done.heard[-1], done.found) == (None, "client-error", [])


@pytest.mark.parametrize("trap", NO_ANSWER)
def test_traps_that_have_no_answer(hss, trap):
    with pytest.raises(Rejected):
        talk(hss, make_peer(), trap)


@pytest.mark.parametrize("trap", FAILURES)
def test_traps_that_end_in_a_failure(hss, trap):
    done = talk(hss, make_peer(), trap)
    assert done.imsi is None and done.found == [] and done.final[0] == eapserver.FAILURE


def test_a_wrong_network_is_rejected(hss):
    done = talk(hss, make_peer(), "wrong-autn")
    assert done.heard == ["reject"] and done.found == []


def test_a_server_that_never_resynchronises(hss):
    done = talk(hss, make_peer(), "deaf-sqn")
    assert done.imsi is None and done.heard == ["resynchronisation"] * 3
    assert done.found == ["eap: the peer resynchronises for the third time"]


def test_a_card_far_ahead(hss):
    peer = make_peer(sqn=STEP * 1000)
    done = talk(hss, peer)
    assert done.imsi == IMSI and done.heard == ["resynchronisation", "challenge"] and peer.sqn == STEP * 1001
    assert talk(hss, peer).heard == ["challenge"]


def test_a_server_that_asks_without_an_end(hss):
    done = talk(hss, make_peer(), "endless-identity")
    assert done.imsi is None and "eap: the peer goes on telling its identity" in done.found


def test_an_oversize_packet(hss):
    assert len(Conversation(hss, make_peer().identity, ["oversize"]).begin()) > 60000


@pytest.mark.parametrize("lie, words", [("res", "AT_RES of 64 bits"), ("mac", "AT_MAC is wrong"), ("checkcode", "AT_CHECKCODE"),
                                        ("identifier", "identifier"), ("resync-forever", "third time")])
def test_a_peer_that_does_wrong_is_found_out(hss, lie, words):
    done = talk(hss, make_peer(lies=(lie,)))
    assert done.imsi is None and words in done.found[0]


@pytest.mark.parametrize("octets, words", [
    (b"", "0 octets"), (bytes(4), "4 octets"), (b"\x01\x00\x00\x08\x17\x01\0\0", "no response"),
    (b"\x02\x00\x00\x09\x17\x01\0\0", "says 9"), (b"\x02\x00\x00\x0c\x17\x01\0\0\x03\x00\0\0", "past the end"),
    (b"\x02\x00\x00\x0c\x17\x01\0\0\x03\x09\0\0", "past the end"), (b"\x02\x00\x00\x08\x17\x01\1\0", "not zero")])
def test_what_is_no_packet(hss, octets, words):
    conversation = Conversation(hss, make_peer().identity)
    conversation.begin()
    assert conversation.take(octets) is None
    assert conversation.imsi is None and words in conversation.found[0]


def test_a_stranger(hss):
    conversation = Conversation(hss, "0001019999999999@x")
    assert conversation.begin() is None and conversation.why == "unknown subscriber"
    with pytest.raises(Unknown):
        hss.vector("001019999999999")


def test_another_card(hss):
    done = talk(hss, Peer(IMSI, bytes(16), DEFAULT_OPC))
    assert done.heard == ["reject"]


@pytest.mark.parametrize("told, imsi", [("0001010000000013@nai.epc", IMSI), (b"0001010000000013", IMSI), ("2pseudonym@x", None),
                                        ("1001010000000013@x", None), ("0@x", None), ("", None)])
def test_identities(told, imsi):
    assert imsi_of(told) == imsi


def test_keys_hang_on_the_identity():
    assert derive(b"a", bytes(16), bytes(16)) != derive(b"b", bytes(16), bytes(16))


def test_no_such_trap(hss):
    with pytest.raises(ValueError):
        Conversation(hss, "x", ["wishful"])


def test_the_laboratorys_card_and_its_home_network(card):
    """What the HSS makes is what the card of the same profile answers to; each with the other's numbers."""
    profile = next(one for one in card.profiles if one.enabled)
    hss = Hss.of_profiles(card.profiles)
    usim = Usim(lambda: profile)
    for _ in range(3):
        vector = hss.vector(profile.imsi)
        told, sw = usim.authenticate(vector.rand, vector.autn)
        assert sw == 0x9000 and told[0] == 0xDB and told[2:2 + told[1]] == vector.res and vector.ck in told and vector.ik in told
    vector = hss.vector(profile.imsi, wrong=("sqn",))
    told, sw = usim.authenticate(vector.rand, vector.autn)
    assert sw == 0x9000 and told[0] == 0xDC and hss.resynchronise(profile.imsi, vector.rand, told[2:16])
    vector = hss.vector(profile.imsi)
    assert usim.authenticate(vector.rand, vector.autn)[0][0] == 0xDB
    vector = hss.vector(profile.imsi, wrong=("autn",))
    assert usim.authenticate(vector.rand, vector.autn)[1] == 0x9862
