# SPDX-License-Identifier: LGPL-2.1-or-later
"""UICC low level access over MBIM: the skin over uicc.py, after Microsoft's page."""

from . import mbim
from .uicc import Refusal

CID_ATR, CID_OPEN_CHANNEL, CID_CLOSE_CHANNEL, CID_APDU = 1, 2, 3, 4
CID_TERMINAL_CAPABILITY, CID_RESET = 5, 6
INTER_INDUSTRY, EXTENDED = 0, 1
SM_NONE, SM_NO_HEADER, SM_HEADER = 0, 1, 2

STATUSES = {
    Refusal.NO_CARD: mbim.STATUS_SIM_NOT_INSERTED,
    Refusal.BUSY: mbim.STATUS_NOT_INITIALIZED,
    Refusal.NO_CHANNELS: mbim.STATUS_NO_LOGICAL_CHANNELS,
    Refusal.SELECT_FAILED: mbim.STATUS_SELECT_FAILED,
    Refusal.NO_SUCH_CHANNEL: mbim.STATUS_INVALID_LOGICAL_CHANNEL,
    Refusal.TOO_LONG: mbim.STATUS_INVALID_PARAMETERS,
}


def class_byte(channel, kind, secure=SM_NONE):
    """The class byte that the modem makes up; the host's own is thrown away.

    Channels 0 to 3 are coded in two bits, 4 to 19 in four (ETSI TS 102 221, clause 10.1.1).
    """
    if channel < 4:
        bits = {SM_NONE: 0x00, SM_NO_HEADER: 0x08, SM_HEADER: 0x0C}[secure]
        return (0x80 if kind == EXTENDED else 0x00) | bits | channel
    bits = 0x20 if secure else 0x00
    return (0xC0 if kind == EXTENDED else 0x40) | bits | (channel - 4)


class UiccService:
    """The service of one MBIM modem. All calls come on the modem's thread."""

    def __init__(self, modem):
        self.modem, self.uicc = modem, modem.uicc
        self.terminal_capability = b"\x00\x00\x00\x00"
        self.pass_through = 0

    def handle(self, session, message):
        """(status, info) for a command of the UICC service; raises uicc.Silent."""
        key = (message.cid, message.operation)
        handlers = {
            (CID_ATR, mbim.QUERY): self._atr,
            (CID_OPEN_CHANNEL, mbim.SET): self._open,
            (CID_CLOSE_CHANNEL, mbim.SET): self._close,
            (CID_APDU, mbim.SET): self._apdu,
            (CID_TERMINAL_CAPABILITY, mbim.QUERY): self._get_terminal_capability,
            (CID_TERMINAL_CAPABILITY, mbim.SET): self._set_terminal_capability,
            (CID_RESET, mbim.QUERY): self._get_reset,
            (CID_RESET, mbim.SET): self._set_reset,
        }
        if key not in handlers or self.modem.quirks.no_uicc_service:
            return mbim.STATUS_NO_DEVICE_SUPPORT, b""
        return handlers[key](session, mbim.InfoReader(message.info))

    def _atr(self, session, _info):
        refusal = self.uicc.unreachable()
        if refusal:
            return session.code(refusal), b""
        return 0, mbim.InfoWriter().uicc_blob(self.uicc.atr()).bytes()

    def _open(self, session, info):
        aid = info.uicc_blob()
        p2, group = info.u32(), info.u32()
        done = self.uicc.open(session, aid, p2, group)
        if done.refusal:
            return done.status, b""
        return 0, (mbim.InfoWriter().u32(wire_word(done.sw), done.channel)
                   .uicc_blob(done.response).bytes())

    def _close(self, session, info):
        number, group = info.u32(), info.u32()
        done = self.uicc.close(session, number, group)
        if done.refusal:
            return done.status, b""
        return 0, mbim.InfoWriter().u32(wire_word(done.sw)).bytes()

    def _apdu(self, session, info):
        number, secure, kind = info.u32(), info.u32(), info.u32()
        command = info.uicc_blob()
        if secure > SM_HEADER or kind > EXTENDED or not 4 <= len(command) <= 261:
            return mbim.STATUS_INVALID_PARAMETERS, b""
        apdu = bytes([class_byte(min(number, 19), kind, secure)]) + command[1:]
        done = self.uicc.apdu(session, number, apdu)
        if done.refusal:
            return done.status, b""
        return 0, mbim.InfoWriter().u32(wire_word(done.sw)).uicc_blob(done.response).bytes()

    def _get_terminal_capability(self, _session, _info):
        return 0, self.terminal_capability

    def _set_terminal_capability(self, _session, info):
        self.terminal_capability = info.info
        return 0, b""

    def _get_reset(self, _session, _info):
        return 0, mbim.InfoWriter().u32(self.pass_through).bytes()

    def _set_reset(self, _session, info):
        action = info.u32()
        if action > 1:
            return mbim.STATUS_INVALID_PARAMETERS, b""
        if self.modem.card is None:
            return mbim.STATUS_SIM_NOT_INSERTED, b""
        self.pass_through = action
        self.modem.power_cycle_card()
        return 0, mbim.InfoWriter().u32(self.pass_through).bytes()


def wire_word(sw):
    """SW1 travels in the low byte, SW2 in the next."""
    return (sw >> 8) | (sw & 0xFF) << 8
