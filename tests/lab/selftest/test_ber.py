# SPDX-License-Identifier: LGPL-2.1-or-later
import pytest

from esimlab import ber


@pytest.mark.parametrize("size, head", [(0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"),
                                        (65536, "83010000")])
def test_length_is_the_shortest(size, head):
    encoded = ber.encode(0xBF2D, bytes(size))
    assert encoded[:2 + len(head) // 2].hex() == "bf2d" + head
    assert ber.parse(encoded).value == bytes(size)


@pytest.mark.parametrize("bad", ["", "bf", "bf2d", "bf2d02aa", "5a8100", "5a80", "5a8200ff", "5a85000000000a",
                                 "bf8001", "bf1e00", "0000", "bf2d00ff", "5a810100"])
def test_malformed_is_refused(bad):
    with pytest.raises(ber.BerError):
        ber.parse(bytes.fromhex(bad))


def test_members_keep_their_exact_octets():
    outer = ber.parse(bytes.fromhex("bf31088103010203830101"))
    assert [(c.tag, c.raw.hex()) for c in outer.children()] == [(0x81, "8103010203"), (0x83, "830101")]
    assert outer.find(0x5A) is None
    with pytest.raises(ber.BerError):
        outer.need(0x5A)


def test_depth_is_bounded():
    nested = b""
    for _ in range(20):
        nested = ber.encode(0x30, nested)
    with pytest.raises(ber.BerError):
        ber.walk(ber.parse(nested))


@pytest.mark.parametrize("number, octets", [(0, "00"), (127, "7f"), (128, "0080"), (255, "00ff"), (256, "0100"),
                                            (-1, "ff"), (-128, "80"), (-129, "ff7f")])
def test_integer(number, octets):
    assert ber.integer(number).hex() == octets
    assert ber.read_integer(bytes.fromhex(octets)) == number


def test_integer_with_padding_is_refused():
    for bad in (b"", b"\x00\x01", b"\xff\xff"):
        with pytest.raises(ber.BerError):
            ber.read_integer(bad)


@pytest.mark.parametrize("numbers, octets", [((), "00"), ((0,), "0780"), ((1,), "0640"), ((2,), "0520"),
                                             ((3,), "0410"), ((0, 1, 2, 3), "04f0"), ((8,), "070080")])
def test_bits(numbers, octets):
    assert ber.bits(*numbers).hex() == octets
    assert ber.read_bits(bytes.fromhex(octets)) == set(numbers)


def test_bits_with_stray_ones_are_refused():
    for bad in ("", "08ff", "0411", "01"):
        with pytest.raises(ber.BerError):
            ber.read_bits(bytes.fromhex(bad))


@pytest.mark.parametrize("iccid, octets", [("89660324080000000018", "98663042800000000081"),
                                           ("8944500102201200013", "984405102002210010f3"),
                                           ("894920009900000027", "989402009900000072ff")])
def test_iccid(iccid, octets):
    assert ber.iccid_octets(iccid).hex() == octets
    assert ber.read_iccid(bytes.fromhex(octets)) == iccid


def test_iccid_of_another_length_is_refused():
    for bad in ("8", "8" * 17, "8" * 21, "89a" + "0" * 16):
        with pytest.raises(ber.BerError):
            ber.iccid_octets(bad)


def test_eid_check_digits():
    assert ber.eid_is_valid("89049032123451234512345678901235")  # the EID of SGP.26's test eUICC
    assert not ber.eid_is_valid("89049032123451234512345678901236")
    assert all(ber.eid_is_valid(ber.make_eid("89049032", n)) for n in range(200))


def test_mccmnc():
    assert ber.mccmnc_octets("52001").hex() == "25f010"
    assert ber.mccmnc_octets("310410").hex() == "130014"


def test_tag_list():
    assert ber.tag_list(bytes.fromhex("5a4f9f7090bf22")) == [0x5A, 0x4F, 0x9F70, 0x90, 0xBF22]
