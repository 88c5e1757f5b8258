# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon's EAP-AKA before the laboratory's EAP server and each of its traps: nothing that the peer answers is out of place,
and it comes to "answered" only where the server has proved itself."""

import contextlib

import pytest
from eappeers import Peer, Usim, make_keys
from esimlab.eapserver import TRAPS, Conversation
from esimlab.hss import Hss, Subscriber

IMSI = "001010000000001"
IDENTITY = f"0{IMSI}@nai.epc.mnc001.mcc001.3gppnetwork.org"
ROUNDS = 40
# What a server may do and still be one that is believed.
HARMLESS = {"ask-any", "ask-full", "ask-permanent", "identity-method", "other-method", "old-sqn", "no-checkcode",
            "unknown-skippable", "result-indication", "pseudonym", "repeat"}
# Where the challenge was in order, and the end is another.
AFTERWARDS = {"failure-after", "denied", "not-subscribed", "bare-notification", "failure-packet"}


def converse(build, traps, sqn=1 << 10):
    hss = Hss([Subscriber(IMSI, sqn=sqn)])
    server = Conversation(hss, IDENTITY, traps)
    usim = Usim(make_keys(), sqn=1 << 8)
    with contextlib.closing(Peer(str(build / "tests" / "eap-peer"), IDENTITY, usim)) as peer:
        packet = server.begin()
        for _ in range(ROUNDS):
            answer = peer.take(packet)
            if answer is None or peer.state == "problem":
                after = server.take(answer) if answer else None
                assert after is None or peer.take(after) is None or peer.state == "problem"
                break
            packet = server.take(answer)
            if packet is None:
                break
        else:
            raise AssertionError("no end")
    return server, peer, usim


@pytest.mark.parametrize("trap", sorted(TRAPS))
def test_trap(build, trap):
    server, peer, usim = converse(build, {trap})
    assert server.found == []
    assert (server.imsi == IMSI) == (trap in HARMLESS), server.why
    if trap in HARMLESS:
        assert peer.state == "answered"
    elif trap not in AFTERWARDS:
        assert peer.state != "answered"
    assert usim.asked <= 3


def test_all_identities(build):
    server, peer, _ = converse(build, {"ask-any", "ask-full", "ask-permanent", "identity-method"})
    assert server.found == [] and server.imsi == IMSI and peer.state == "answered"


def test_no_trap(build):
    server, peer, usim = converse(build, set())
    assert server.found == [] and server.imsi == IMSI and peer.state == "answered" and usim.asked == 1
