# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's EAP-AKA before the laboratory's server, with each of its traps; what hostapd cannot be made to do."""

import contextlib

import pytest
from eappeers import Peer, Usim
from esimlab.eapserver import TRAPS, Conversation
from esimlab.hss import STEP, Hss, Subscriber
from esimlab.milenage import Milenage

IMSI = "001010000000013"
IDENTITY = f"0{IMSI}@nai.epc.mnc001.mcc001.3gppnetwork.org"
K, OPC = bytes(range(16)), bytes(range(16, 32))
SURVIVED = ("ask-any", "ask-full", "ask-permanent", "identity-method", "other-method", "old-sqn", "unknown-skippable", "pseudonym",
            "result-indication", "repeat", "no-checkcode")
ENDED = ("wrong-mac", "no-mac", "no-rand", "no-autn", "short-rand", "two-rands", "wrong-checkcode", "unknown-mandatory",
         "unknown-subtype", "reauthentication", "bare-notification", "wrong-autn", "deaf-sqn", "endless-identity", "truncated",
         "wrong-length", "response-code", "attribute-past-end", "zero-attribute", "early-success",
         "failure-after", "denied", "not-subscribed", "failure-before", "success-before", "failure-packet")

NOT_ON_A_PIPE = ("empty", "oversize")  # lines of the pipe hold neither; they come by HTTP


@pytest.fixture
def hold(build):
    """hold (traps, sqn of the card) -> (the server's conversation, the daemon's peer, the USIM)"""
    with contextlib.ExitStack() as stack:
        def run(*traps, sqn=0):
            hss = Hss([Subscriber(IMSI, K, OPC)])
            usim = Usim(Milenage(K, OPC), sqn)
            peer = stack.enter_context(contextlib.closing(Peer(str(build / "tests" / "eap-peer"), IDENTITY, usim)))
            talk = Conversation(hss, IDENTITY, traps)
            packet = talk.begin()
            while packet is not None:
                answer = peer.take(packet)
                if answer is None:
                    break
                packet = talk.take(answer)
            return talk, peer, usim
        yield run


def test_every_trap_is_here():
    assert {*SURVIVED, *ENDED, *NOT_ON_A_PIPE} == set(TRAPS)


@pytest.mark.parametrize("trap", SURVIVED)
def test_goes_on(hold, trap):
    talk, peer, usim = hold(trap, sqn=9 * STEP if trap == "old-sqn" else 0)
    assert talk.imsi == IMSI and peer.state == "answered" and talk.found == [], (talk.why, peer.said)
    assert usim.asked == (2 if trap == "old-sqn" else 1)


@pytest.mark.parametrize("trap", ENDED)
def test_gives_no_token_away(hold, trap):
    """Nothing that the server does here makes a conversation count as one, and no rule of the standard is broken on the way out."""
    talk, peer, usim = hold(trap)
    assert talk.imsi is None
    gives_res = 1 in peer.said
    assert gives_res == (trap in ("failure-after", "denied", "not-subscribed", "bare-notification", "failure-packet")), peer.said
    assert [words for words in talk.found if "third time" not in words and "goes on telling" not in words] == []
    assert usim.asked <= 3


def test_a_server_without_an_end_is_left(hold):
    talk, peer, _ = hold("endless-identity")
    assert peer.said.count(5) <= 16 and talk.imsi is None


def test_all_identities_count_for_the_checkcode(hold):
    talk, peer, _ = hold("ask-any", "ask-full", "ask-permanent")
    assert talk.imsi == IMSI and peer.said == [5, 5, 5, 1] and talk.found == []
