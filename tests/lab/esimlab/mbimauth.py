# SPDX-License-Identifier: LGPL-2.1-or-later
"""The Auth service of an MBIM modem: it asks a USIM by itself (MBIM 1.0, 10.5.32). The request names no slot."""

from . import mbim
from .usim import PIN_BLOCKED, PIN_NEEDED, RESYNCHRONISATION, WRONG_MAC

CID_AKA = 1
RES_ROOM, AUTS_ROOM = 16, 14
# By the card's word.
REFUSALS = {WRONG_MAC: mbim.STATUS_AUTH_INCORRECT_AUTN, PIN_NEEDED: mbim.STATUS_PIN_REQUIRED,
            PIN_BLOCKED: mbim.STATUS_PIN_REQUIRED}


def answer(res=b"", ik=bytes(16), ck=bytes(16), auts=b""):
    """MBIM_AUTH_AKA_INFO."""
    return (res.ljust(RES_ROOM, b"\x00") + len(res).to_bytes(4, "little") + ik + ck
            + mbim.pad(auts.ljust(AUTS_ROOM, b"\x00")))


def pieces(data):
    """What follows the tag, each with its length before it."""
    found, rest = [], data[1:]
    while rest:
        found.append(rest[1:1 + rest[0]])
        rest = rest[1 + rest[0]:]
    return found


class AuthService:
    """All calls come on the modem's thread."""

    def __init__(self, modem):
        self.modem = modem

    def handle(self, session, message):
        """(status, information) for a command of the service."""
        quirks = self.modem.quirks
        if quirks.no_auth_service or (message.cid, message.operation) != (CID_AKA, mbim.QUERY):
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        refusal = self.modem.uicc.unreachable()
        if refusal:
            return session.code(refusal), b""
        info = mbim.InfoReader(message.info)
        rand, autn = info.raw(16), info.raw(16)
        if quirks.wants_amf_bit and not autn[6] & 0x80:
            return mbim.STATUS_AUTH_AMF_NOT_SET, b""
        slot = self.modem.active_slot if quirks.auth_slot is None else quirks.auth_slot
        return self._ask(self.modem.slots[slot], rand, autn)

    def _ask(self, card, rand, autn):
        if card is None or card.usim.profile is None:
            return mbim.STATUS_SIM_NOT_INSERTED, b""
        data, sw = card.authenticate(rand, autn)
        if sw != 0x9000:
            return REFUSALS.get(sw, mbim.STATUS_FAILURE), b""
        if data[0] == RESYNCHRONISATION:
            auts, = pieces(data)
            return mbim.STATUS_AUTH_SYNC_FAILURE, answer(auts=auts) if self.modem.quirks.auth_tells_auts else b""
        res, ck, ik = pieces(data)
        return 0, answer(res, ik, ck)
