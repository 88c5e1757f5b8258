# SPDX-License-Identifier: LGPL-2.1-or-later
"""QMI's UIM service: the card's state, its slots, its files, and APDUs to it."""

import struct

from . import ber, qmi
from .card import USIM
from .chassis import CardState
from .qmi import QmiError
from .qmiservices import Service, _accept
from .uicc import Refusal, channel_class
from .usim import imsi_octets

EVENT_CARD_STATUS, EVENT_EXTENDED_CARD_STATUS, EVENT_SLOT_STATUS = 1, 4, 16
EVENTS = EVENT_CARD_STATUS | EVENT_EXTENDED_CARD_STATUS | EVENT_SLOT_STATUS
IND_CARD_STATUS, IND_REFRESH, IND_SLOT_STATUS = 0x32, 0x33, 0x48
NO_APPLICATION = 0xFFFF
CARD_ABSENT, CARD_PRESENT, CARD_ERROR = 0, 1, 2
ERROR_POWER_DOWN = 1
APPLICATION_USIM = 2
APPLICATION_DETECTED, APPLICATION_PIN_REQUIRED, APPLICATION_READY = 1, 2, 7
PIN_NOT_VERIFIED, PIN_DISABLED = 1, 3
PERSONALIZATION_UNKNOWN, PERSONALIZATION_READY = 0, 2
SLOT_CARD_ABSENT, SLOT_CARD_PRESENT = 1, 2
PROTOCOL_UNKNOWN, PROTOCOL_UICC = 0, 2
REFRESH_START, REFRESH_END_WITH_SUCCESS, REFRESH_MODE_RESET = 1, 2, 0


class Uim(Service):
    NUMBER, VERSION = qmi.UIM, (1, 46)

    def __init__(self, core):
        super().__init__(core)
        self.refresh_completes = 0

    # -- what the card is like ------------------------------------------------------------------

    def _application(self, state):
        if state == CardState.NOT_READY or not self.core.provisioned:
            status, personalization, pin1 = APPLICATION_DETECTED, PERSONALIZATION_UNKNOWN, 0
        elif state == CardState.LOCKED:
            status, personalization, pin1 = APPLICATION_PIN_REQUIRED, PERSONALIZATION_UNKNOWN, PIN_NOT_VERIFIED
        else:
            status, personalization, pin1 = APPLICATION_READY, PERSONALIZATION_READY, PIN_DISABLED
        return (bytes([APPLICATION_USIM, status, personalization, 0, 0, 0]) + qmi.short_array(USIM)
                + bytes([0, pin1, 3, 10, PIN_NOT_VERIFIED, 3, 10]))

    def card_status(self):
        """The TLV of Get Card Status: one logical slot, and on it at most a USIM."""
        state = self.modem.card_state()
        card, error = CARD_PRESENT, 0
        if state == CardState.ABSENT:
            card = CARD_ABSENT
        elif state == CardState.OFF:
            card, error = CARD_ERROR, ERROR_POWER_DOWN
        there = card == CARD_PRESENT and state != CardState.NO_PROFILE and self.modem.identity()[0] is not None
        primary = 0 if there and self.core.provisioned and state in (CardState.READY, CardState.LOCKED) else NO_APPLICATION
        value = struct.pack("<HHHHB", primary, NO_APPLICATION, NO_APPLICATION, NO_APPLICATION, 1)
        value += bytes([card, 0, 0, 0, error, 1 if there else 0])
        return [(0x10, value + (self._application(state) if there else b""))]

    def slot_status(self):
        """The TLVs of Get Slot Status: state, information, and EID of each physical slot."""
        slots, information, eids = [], [], []
        for number, card in enumerate(self.modem.slots):
            active = number == self.modem.active_slot
            state = self.modem.card_state() if active else CardState.OFF
            present = card is not None and state != CardState.ABSENT
            awake = present and active and state != CardState.OFF
            read = awake or (not active and card is not None and self.modem.quirks.reads_each_slot)
            iccid = self.modem.identity()[0] if awake else card.active_iccid() if read else None
            slots.append(struct.pack("<IIB", SLOT_CARD_PRESENT if present else SLOT_CARD_ABSENT, int(active),
                                     1 if active else 0)
                         + qmi.short_array(ber.iccid_octets(iccid) if iccid else b""))
            euicc = read and getattr(card, "is_euicc", True)
            atr = self.modem.uicc.atr() if read else b""
            information.append(struct.pack("<IB", PROTOCOL_UICC if read else PROTOCOL_UNKNOWN,
                                           1 if iccid else 0) + qmi.short_array(atr) + bytes([euicc]))
            eids.append(qmi.short_array(bytes.fromhex(card.eid) if euicc and self.modem.quirks.shows_eid else b""))
        return [(tag, bytes([len(parts)]) + b"".join(parts))
                for tag, parts in ((0x10, slots), (0x11, information), (0x12, eids))]

    # -- indications ----------------------------------------------------------------------------

    def indicate_card_status(self):
        for client in self.core.clients(qmi.UIM):
            if client.events & (EVENT_CARD_STATUS | EVENT_EXTENDED_CARD_STATUS):
                client.indicate(IND_CARD_STATUS, self.card_status())

    def indicate_slot_status(self):
        for client in self.core.clients(qmi.UIM):
            if client.events & EVENT_SLOT_STATUS and not self.modem.quirks.single_slot:
                client.indicate(IND_SLOT_STATUS, self.slot_status())

    def indicate_refresh(self, begins):
        """The card is reset; no file list, and of no application in particular."""
        stage = REFRESH_START if begins else REFRESH_END_WITH_SUCCESS
        event = bytes([stage, REFRESH_MODE_RESET, 0, 0]) + struct.pack("<H", 0)
        for client in self.core.clients(qmi.UIM):
            if client.refresh:
                client.indicate(IND_REFRESH, [(0x10, event)])

    # -- registrations --------------------------------------------------------------------------

    def _reset(self, client, _message):
        client.clear()

    def _register_events(self, client, message):
        client.events = struct.unpack_from("<I", message.need(0x01, 4))[0] & EVENTS
        return [(0x10, struct.pack("<I", client.events))]

    def _refresh_register(self, client, message):
        message.need(0x01, 2)
        client.refresh = bool(message.need(0x02, 1)[0])

    def _refresh_complete(self, _client, message):
        message.need(0x01, 2)
        message.need(0x02, 1)
        self.refresh_completes += 1

    # -- slots and power ------------------------------------------------------------------------

    def _own_slot(self, client, number):
        """Refuse a slot that is not this port's name for the active one."""
        if number != (self.modem.active_slot + 1 if client.port.names_slots else 1):
            raise QmiError(qmi.ERROR_INVALID_ARGUMENT)

    def _get_card_status(self, _client, _message):
        return self.card_status()

    def _get_slot_status(self, _client, _message):
        if self.modem.quirks.single_slot:
            raise QmiError(qmi.ERROR_NOT_SUPPORTED)
        return self.slot_status()

    def _switch_slot(self, _client, message):
        logical = message.need(0x01, 1)[0]
        physical = struct.unpack_from("<I", message.need(0x02, 4))[0]
        if self.modem.quirks.single_slot:
            raise QmiError(qmi.ERROR_NOT_SUPPORTED)
        if logical != 1 or not 1 <= physical <= len(self.modem.slots):
            raise QmiError(qmi.ERROR_INVALID_ARGUMENT)
        if physical - 1 == self.modem.active_slot:
            raise QmiError(qmi.ERROR_NO_EFFECT)
        self.modem.switch_slot(physical - 1)

    def _power_off(self, client, message):
        self._own_slot(client, message.need(0x01, 1)[0])
        if self.modem.powered_off or self.modem.card is None:
            raise QmiError(qmi.ERROR_NO_EFFECT)
        self.modem.power_off_card()

    def _power_on(self, client, message):
        self._own_slot(client, message.need(0x01, 1)[0])
        if not self.modem.powered_off:
            raise QmiError(qmi.ERROR_NO_EFFECT)
        self.modem.power_on_card()

    def _change_provisioning_session(self, client, message):
        session, activate = message.need(0x01, 2)[:2]
        if session != 0:
            raise QmiError(qmi.ERROR_INVALID_ARGUMENT)
        if not activate:
            if not self.core.provisioned:
                raise QmiError(qmi.ERROR_NO_EFFECT)
            self.core.provisioned = False
        else:
            application = message.need(0x10, 2)
            self._own_slot(client, application[0])
            if self.modem.card is None or qmi.read_short_array(application, 1) not in (b"", USIM):
                raise QmiError(qmi.ERROR_INVALID_ARGUMENT)
            if self.core.provisioned:
                raise QmiError(qmi.ERROR_NO_EFFECT)
            self.core.provisioned = True
            self.modem.restart_application()
        self.modem.indicate_ready()

    # -- the card -------------------------------------------------------------------------------

    def _read_transparent(self, _client, message):
        message.need(0x01, 2)
        file = struct.unpack_from("<H", message.need(0x02, 3))[0]
        offset, length = struct.unpack_from("<HH", message.need(0x03, 4))
        if self.modem.card_state() not in (CardState.READY, CardState.LOCKED):
            raise QmiError(qmi.ERROR_UIM_UNINITIALIZED)
        data = self._files().get(file)
        if data is None:
            raise QmiError(qmi.ERROR_SIM_FILE_NOT_FOUND, tlvs=[(0x10, b"\x6a\x82")])
        if offset > len(data):
            raise QmiError(qmi.ERROR_INTERNAL, tlvs=[(0x10, b"\x6b\x00")])
        data = data[offset:offset + length] if length else data[offset:]
        return [(0x10, b"\x90\x00"), (0x11, qmi.long_array(data))]

    def _files(self):
        """The files that the modem has read: the numbers of ETSI TS 102 221 and 3GPP TS 31.102."""
        iccid, imsi = self.modem.identity()
        files = {0x2FE2: ber.iccid_octets(iccid) if iccid else None}
        if imsi and self.modem.card_state() == CardState.READY and self.core.provisioned:
            files[0x6F07] = imsi_octets(imsi)
            files[0x6FAD] = bytes([0, 0, 0, 2])
        return files

    def _atr(self, client, message):
        self._own_slot(client, message.need(0x01, 1)[0])
        refusal = self.modem.uicc.unreachable()
        if refusal:
            raise QmiError(client.code(refusal))
        return [(0x10, qmi.short_array(self.modem.uicc.atr()))]

    def _before_the_card(self, client, message):
        self._own_slot(client, message.need(0x01, 1)[0])
        if self.modem.quirks.no_uicc_service:
            raise QmiError(qmi.ERROR_NOT_SUPPORTED)
        if self.modem.first_after_switch():
            raise QmiError(qmi.ERROR_INTERNAL)

    def _open_channel(self, client, message):
        self._before_the_card(client, message)
        done = self.modem.uicc.open(client, qmi.read_short_array(message.need(0x10, 1)))
        word = [] if done.sw is None else [(0x11, done.sw.to_bytes(2, "big"))]
        if done.refusal:
            raise QmiError(done.status, tlvs=word if done.refusal == Refusal.SELECT_FAILED else ())
        return [(0x10, bytes([done.channel])), *word, (0x12, qmi.short_array(done.response))]

    def _logical_channel(self, client, message):
        """Close a channel; with an AID and no channel, the older way to open one."""
        if message.get(0x11) is None and message.get(0x10) is not None:
            return self._open_channel(client, message)
        self._before_the_card(client, message)
        done = self.modem.uicc.close(client, message.need(0x11, 1)[0])
        if done.refusal:
            raise QmiError(done.status)
        return [(0x11, done.sw.to_bytes(2, "big"))]

    def _send_apdu(self, client, message):
        self._before_the_card(client, message)
        command = qmi.read_long_array(message.need(0x02, 2))
        channel = (message.get(0x10) or b"\x00")[0]
        if not 4 <= len(command) <= 261:
            raise QmiError(qmi.ERROR_INVALID_ARGUMENT)
        if self.modem.quirks.rewrites_class:
            command = bytes([channel_class(command[0], channel)]) + command[1:]
        done = self.modem.uicc.apdu(client, channel, command)
        if done.refusal:
            raise QmiError(done.status)
        return [(0x10, qmi.long_array(done.response + done.sw.to_bytes(2, "big")))]

    HANDLERS = {0x00: _reset, 0x20: _read_transparent, 0x2A: _refresh_register, 0x2C: _refresh_complete,
                0x2E: _register_events, 0x2F: _get_card_status, 0x30: _power_off, 0x31: _power_on,
                0x38: _change_provisioning_session, 0x3B: _send_apdu, 0x3F: _logical_channel, 0x41: _atr,
                0x42: _open_channel, 0x44: _refresh_register, 0x46: _switch_slot, 0x47: _get_slot_status}
