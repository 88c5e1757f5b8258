# SPDX-License-Identifier: LGPL-2.1-or-later
"""The card in a smart card reader: its files, and what other programs see by PC/SC."""

import functools
import operator

import pytest
from esimlab import Card
from esimlab.neighbour import Neighbour
from esimlab.profiles import demo_profiles
from esimlab.reader import ATRS, Pcscd, missing

needs_pcscd = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.fixture
def card(pki):
    return Card(pki, profiles=demo_profiles(), sw_style="direct")


def ask(card, octets):
    return card.transmit(bytes.fromhex(octets)).hex().upper()


@pytest.mark.parametrize("protocol", [0, 1])
def test_answer_to_reset(protocol):
    """ISO 7816-3, 8.2.5: with the check byte everything but TS comes to nothing. TD1 names the protocol."""
    atr = ATRS[protocol]
    assert functools.reduce(operator.xor, atr[1:]) == 0
    historical = atr[1] & 0x0F
    assert len(atr) > historical + 3
    td1 = atr[2 + bin(atr[1] >> 4 & 0b0111).count("1")]
    assert atr[1] & 0x80 and td1 & 0x0F == protocol


def test_reads_the_iccid_that_is_to_be_seen(card):
    assert ask(card, "00A40004022FE200").endswith("9000")
    digits = ask(card, "00B000000A").removesuffix("9000")
    assert "".join(digits[i + 1] + digits[i] for i in range(0, 20, 2)).rstrip("F") == demo_profiles()[0].iccid
    assert ask(card, "00B000000B") == "6C0A"
    card.reset()
    assert ask(card, "00B000000A") == "6986"


def test_no_iccid_without_a_profile(pki):
    card = Card(pki)
    assert ask(card, "00A40004023F0000").startswith("61")
    assert ask(card, "00A40004022FE200") == "6A82"


@needs_pcscd
def test_comes_and_goes(card, tmp_path):
    with Pcscd(tmp_path / "pcscd") as service:
        with pytest.raises(RuntimeError, match="8010000C"):  # SCARD_E_NO_SMARTCARD
            Neighbour(service, service.readers[0])
        service.slots[0].insert(card)
        with Neighbour(service, service.readers[0]):
            assert service.slots[0].powered
        service.slots[0].pull()
        assert not service.slots[0].inserted
        service.slots[0].insert()
        with pytest.raises(RuntimeError, match="8010000C"):
            Neighbour(service, service.readers[1])


@needs_pcscd
def test_programs_share_a_card(card, tmp_path):
    with Pcscd(tmp_path / "pcscd") as service:
        service.slots[0].insert(card)
        with Neighbour(service, service.readers[0]) as first, Neighbour(service, service.readers[0]):
            resets = card.resets
            first.reset()
            assert card.resets == resets + 1
            with pytest.raises(RuntimeError, match="8010000B"):  # SCARD_E_SHARING_VIOLATION
                Neighbour(service, service.readers[0], "exclusive")
        with Neighbour(service, service.readers[0], "exclusive"), \
                pytest.raises(RuntimeError, match="8010000B"):
            Neighbour(service, service.readers[0])


@needs_pcscd
def test_starts_again(card, tmp_path):
    service = Pcscd(tmp_path / "pcscd")
    for _ in range(2):
        with service:
            service.slots[0].insert(card)
            Neighbour(service, service.readers[0]).leave()
        assert not service.socket.exists()
