# SPDX-License-Identifier: LGPL-2.1-or-later
"""The functions that the ISD-R offers to an LPA: ES10a, ES10b and ES10c of
SGP.22 v2.5, command data in, response data out."""

from __future__ import annotations

from typing import Callable

from . import ber, rat
from .euicc import Euicc
from .profiles import DEFAULT_TAGS, PPR_BITS
from .session import refusal

SVN = bytes((2, 5, 0))
MAX_NICKNAME = 64
UNDEFINED_ERROR = 127


class StatusError(Exception):
    """The command ends with this status word and without data."""

    def __init__(self, sw: int):
        super().__init__(f"{sw:04X}")
        self.sw = sw


def _result(tag: int, code: int) -> bytes:
    return ber.encode(tag, ber.encode(0x80, ber.integer(code)))


def result_answer(tag: int, code: int, request: ber.Tlv | None = None) -> bytes:
    """The answer of this function that carries nothing but a result code, and to `request` what it has to repeat."""
    if tag in (0xBF38, 0xBF21):
        transaction = request.children()[0].need(0x80).value if request else bytes(16)
        return refusal(tag, transaction, code)
    coded = (0xBF2D, 0xBF28, 0xBF2B, 0xBF41)
    return ber.encode(tag, ber.encode(0x81 if tag in coded else 0x80, ber.integer(code)))


def _configured_addresses(card: Euicc, request: ber.Tlv) -> bytes:
    parts = [ber.encode(0x80, card.default_smdp.encode())] if card.default_smdp else []
    return ber.encode(0xBF3C, *parts, ber.encode(0x81, card.root_smds.encode()))


def _set_default_address(card: Euicc, request: ber.Tlv) -> bytes:
    card.default_smdp = request.need(0x80).value.decode()
    return _result(0xBF3F, 0)


def _challenge(card: Euicc, request: ber.Tlv) -> bytes:
    return ber.encode(0xBF2E, ber.encode(0x80, card.sessions.new_challenge()))


def _key_id_lists(card: Euicc) -> list[bytes]:
    known = [ber.encode(0x04, root.key_id) for root in card.roots]
    signing = [ber.encode(0x04, root.key_id) for root in card.roots if root.identity]
    return [ber.encode(0xA9, *known), ber.encode(0xAA, *signing)]


def _info1(card: Euicc, request: ber.Tlv) -> bytes:
    return ber.encode(0xBF20, ber.encode(0x82, SVN), *_key_id_lists(card))


def _info2(card: Euicc, request: ber.Tlv) -> bytes:
    return info2(card)


def info2(card: Euicc) -> bytes:
    """EUICCInfo2: USIM, ISIM, Milenage, TUAK and Java Card; profiles more than one, test profiles, and an operator's
    own data."""
    installed = ber.encode(0x81, ber.integer(len(card.profiles)))
    free = max(0, card.free_memory).to_bytes(4, "big")
    resources = installed + ber.encode(0x82, free) + ber.encode(0x83, (8192).to_bytes(4, "big"))
    rsp = [0, *([3] if "test" in card.loadable_classes else []), 5]
    forbidden = [ber.encode(0x99, ber.bits(*(PPR_BITS[p] for p in card.forbidden_ppr)))] if card.forbidden_ppr else []
    return ber.encode(
        0xBF22, ber.encode(0x81, bytes((2, 3, 1))), ber.encode(0x82, SVN), ber.encode(0x83, bytes((1, 0, 7))),
        ber.encode(0x84, resources), ber.encode(0x85, ber.bits(1, 2, 4, 6, 14)), ber.encode(0x86, bytes((15, 0, 0))),
        ber.encode(0x87, bytes((2, 3, 0))), ber.encode(0x88, ber.bits(*rsp)), *_key_id_lists(card),
        ber.encode(0x8B, ber.integer(2)), *forbidden, ber.encode(0x04, bytes((1, 0, 0))),
        ber.encode(0x0C, b"LAB-SAS-0001"))


def _list_notifications(card: Euicc, request: ber.Tlv) -> bytes:
    wanted = request.find(0x81)
    found = card.notifications.select(events=ber.read_bits(wanted.value) if wanted else None)
    return ber.encode(0xBF28, ber.encode(0xA0, *(n.metadata for n in found)))


def _retrieve_notifications(card: Euicc, request: ber.Tlv) -> bytes:
    criteria = request.find(0xA0)
    sequence = events = None
    if criteria is not None:
        chosen = ber.parse(criteria.value)
        if chosen.tag == 0x80:
            sequence = ber.read_integer(chosen.value)
        elif chosen.tag == 0x81:
            events = ber.read_bits(chosen.value)
        else:
            raise ber.BerError("notifications are searched by sequence number or event")
    found = card.notifications.select(sequence, events)
    return ber.encode(0xBF2B, ber.encode(0xA0, *(n.signed for n in found)))


def _notification_sent(card: Euicc, request: ber.Tlv) -> bytes:
    removed = card.notifications.remove(ber.read_integer(request.need(0x80).value))
    return _result(0xBF30, 0 if removed else 1)


def _profiles_info(card: Euicc, request: ber.Tlv) -> bytes:
    criteria, tags = request.find(0xA0), request.find(0x5C)
    found = card.profiles
    if criteria is not None:
        chosen = ber.parse(criteria.value)
        if chosen.tag not in (0x4F, 0x5A, 0x95):
            return result_answer(0xBF2D, 1)
        found = [p for p in found if p.matches(chosen.tag, chosen.value)]
    wanted = ber.tag_list(tags.value) if tags else DEFAULT_TAGS
    return ber.encode(0xBF2D, ber.encode(0xA0, *(p.info(wanted) for p in found)))


def _identifier(holder: ber.Tlv) -> tuple[int, bytes]:
    """The AID (4F) or ICCID (5A) that names a profile."""
    chosen = ber.parse(holder.value)
    if chosen.tag == 0x4F and 5 <= len(chosen.value) <= 16:
        return chosen.tag, chosen.value
    if chosen.tag == 0x5A and len(chosen.value) == 10:
        return chosen.tag, chosen.value
    raise ber.BerError("a profile is named by its AID or its ICCID")


def _enable(card: Euicc, request: ber.Tlv) -> bytes:
    refresh = ber.read_boolean(request.need(0x81).value)
    return _result(0xBF31, card.enable(*_identifier(request.need(0xA0)), refresh))


def _disable(card: Euicc, request: ber.Tlv) -> bytes:
    refresh = ber.read_boolean(request.need(0x81).value)
    return _result(0xBF32, card.disable(*_identifier(request.need(0xA0)), refresh))


def _delete(card: Euicc, request: ber.Tlv) -> bytes:
    return _result(0xBF33, card.delete(*_identifier(request)))


def _set_nickname(card: Euicc, request: ber.Tlv) -> bytes:
    iccid, nickname = request.need(0x5A), request.need(0x90)
    if len(nickname.value) > MAX_NICKNAME:
        return _result(0xBF29, UNDEFINED_ERROR)
    profile = card.find(0x5A, iccid.value)
    if profile is None:
        return _result(0xBF29, 1)
    profile.nickname = nickname.value.decode() or None
    return _result(0xBF29, 0)


def _memory_reset(card: Euicc, request: ber.Tlv) -> bytes:
    return _result(0xBF34, card.reset_memory(ber.read_bits(request.need(0x82).value)))


def _eid(card: Euicc, request: ber.Tlv) -> bytes:
    if request.need(0x5C).value != b"\x5a":
        raise ber.BerError("the tag list of GetEID holds 5A")
    return ber.encode(0xBF3E, ber.encode(0x5A, bytes.fromhex(card.eid)))


def _rat(card: Euicc, request: ber.Tlv) -> bytes:
    return ber.encode(0xBF43, rat.encode(card.rat))


def _authenticate(card: Euicc, request: ber.Tlv) -> bytes:
    return card.sessions.authenticate(request, info2(card))


def _prepare(card: Euicc, request: ber.Tlv) -> bytes:
    return card.sessions.prepare(request)


def _cancel(card: Euicc, request: ber.Tlv) -> bytes:
    return card.sessions.cancel(request)


FUNCTIONS: dict[int, tuple[str, Callable[[Euicc, ber.Tlv], bytes]]] = {
    0xBF3C: ("GetEuiccConfiguredAddresses", _configured_addresses),
    0xBF3F: ("SetDefaultDpAddress", _set_default_address),
    0xBF2E: ("GetEUICCChallenge", _challenge),
    0xBF20: ("GetEUICCInfo1", _info1),
    0xBF22: ("GetEUICCInfo2", _info2),
    0xBF28: ("ListNotification", _list_notifications),
    0xBF2B: ("RetrieveNotificationsList", _retrieve_notifications),
    0xBF30: ("NotificationSent", _notification_sent),
    0xBF2D: ("GetProfilesInfo", _profiles_info),
    0xBF31: ("EnableProfile", _enable),
    0xBF32: ("DisableProfile", _disable),
    0xBF33: ("DeleteProfile", _delete),
    0xBF29: ("SetNickname", _set_nickname),
    0xBF34: ("eUICCMemoryReset", _memory_reset),
    0xBF3E: ("GetEID", _eid),
    0xBF43: ("GetRAT", _rat),
    0xBF38: ("AuthenticateServer", _authenticate),
    0xBF21: ("PrepareDownload", _prepare),
    0xBF41: ("CancelSession", _cancel),
}


def execute(card: Euicc, request: ber.Tlv) -> bytes:
    """Run the function that this data object asks for."""
    if request.tag not in FUNCTIONS:
        raise StatusError(0x6A88)
    try:
        ber.walk(request)
        return FUNCTIONS[request.tag][1](card, request)
    except ValueError as error:  # BerError and bad UTF-8 are both of this kind
        raise StatusError(0x6A80) from error
