# SPDX-License-Identifier: LGPL-2.1-or-later
"""The part of an MBIM modem that is a radio: registration, packet service, signal, a data session, PIN.

As much of it as ModemManager wants before it shows a modem with its SIM, enables it and connects it. The network is
always there and takes whoever has a profile. CIDs and layouts: MBIM 1.0, chapter 10.5.
"""

import struct

from . import mbim
from .chassis import CardState

CID_RADIO_STATE, CID_PIN, CID_PIN_LIST, CID_HOME_PROVIDER = 3, 4, 5, 6
CID_PREFERRED_PROVIDERS, CID_VISIBLE_PROVIDERS, CID_REGISTER_STATE = 7, 8, 9
CID_PACKET_SERVICE, CID_SIGNAL_STATE, CID_CONNECT, CID_PROVISIONED_CONTEXTS = 10, 11, 12, 13
CID_IP_CONFIGURATION = 15

PIN1, UNLOCKED, LOCKED, TRIES = 2, 0, 1, 3
PIN_DISABLED, PIN_NUMERIC = 2, 1
DEREGISTERED, HOME = 1, 3
AUTOMATIC = 1
GSM, LTE = 1, 0x20
ATTACHED, DETACHED = 2, 4
PROVIDER_HOME, PROVIDER_VISIBLE, PROVIDER_REGISTERED = 1, 8, 0x10
ACTIVATED, DEACTIVATED = 1, 3
IPV4 = 1
CONTEXT_INTERNET = bytes.fromhex("7e5e2a7e4e6f7272736b656e7e5e2a7e")
SPEED = 50_000_000
STATUS_NOT_REGISTERED = 16   # table 9-15
HAS_ADDRESS, HAS_GATEWAY, HAS_DNS, HAS_MTU = 1, 2, 4, 8
# Addresses for documentation, RFC 5737.
ADDRESS, GATEWAY, DNS, PREFIX, MTU = bytes([192, 0, 2, 10]), bytes([192, 0, 2, 1]), bytes([192, 0, 2, 53]), 24, 1500


class Radio:
    """The radio of one MbimModem. indicate (service, cid, information for a session): its way to the hosts."""

    def __init__(self, modem, indicate):
        self.modem, self._indicate = modem, indicate
        self.on = True
        self.attached = True
        self._shown = (self.registered, modem.identity())

    @property
    def registered(self):
        return self.on and self.modem.card_state() == CardState.READY

    def home(self):
        """(MCC and MNC, name) of the profile's own operator; two empty words without one."""
        _, imsi = self.modem.identity()
        if not imsi:
            return "", ""
        # The length of an MNC is written on the card; the lab's profiles have two digits, in America three.
        return imsi[:6] if imsi[:2] == "31" else imsi[:5], "Lab network"

    def changed(self):
        """The card's state has changed, and registration follows it."""
        if self._shown == (self.registered, self.modem.identity()):
            return
        self._shown = (self.registered, self.modem.identity())
        for cid, info in ((CID_REGISTER_STATE, self._register_info), (CID_PACKET_SERVICE, self._packet_info),
                          (CID_CONNECT, self._connect_info)):
            self._indicate(mbim.BASIC_CONNECT, cid, lambda _session, info=info: info())

    # -- power and PIN --------------------------------------------------------------------------

    def get_power(self, _info):
        return 0, struct.pack("<II", 1, int(self.on))

    def set_power(self, info):
        self.on = bool(info.u32())
        if not self.on:
            self.modem.data.interrupt("radio power")
        self.changed()
        return self.get_power(info)

    def get_pin(self, _info):
        locked = self.modem.card_state() == CardState.LOCKED
        return 0, struct.pack("<III", PIN1, LOCKED if locked else UNLOCKED, TRIES)

    def get_pin_list(self, _info):
        ours = struct.pack("<IIII", PIN_DISABLED, PIN_NUMERIC, 4, 8)
        return 0, ours + bytes(16) * 9

    # -- network --------------------------------------------------------------------------------

    def get_home_provider(self, _info):
        if self.modem.card_state() != CardState.READY:
            return mbim.STATUS_NOT_INITIALIZED, b""
        return 0, self._provider()

    def _provider(self):
        number, name = self.home()
        writer = mbim.InfoWriter().string(number).u32(PROVIDER_HOME | PROVIDER_VISIBLE | PROVIDER_REGISTERED)
        return writer.string(name).u32(GSM, 20, 99).bytes()

    def get_no_providers(self, _info):
        return 0, struct.pack("<I", 0)

    def get_visible_providers(self, _info):
        if not self.registered:
            return self.get_no_providers(_info)
        return 0, mbim.InfoWriter().u32(1).blob(self._provider()).bytes()

    def _register_info(self):
        number, name = self.home() if self.registered else ("", "")
        writer = mbim.InfoWriter().u32(0, HOME if self.registered else DEREGISTERED, AUTOMATIC,
                                       LTE if self.registered else 0, GSM)
        return writer.string(number).string(name).string("").u32(0).bytes()

    def register(self, _info):
        return 0, self._register_info()

    def _packet_info(self):
        there = self.registered and self.attached
        speed = SPEED if there else 0
        return struct.pack("<IIIQQ", 0, ATTACHED if there else DETACHED, LTE if there else 0, speed, speed)

    def get_packet_service(self, _info):
        return 0, self._packet_info()

    def set_packet_service(self, info):
        self.attached = info.u32() == 0
        if not self.attached:
            self.modem.data.interrupt("detached")
        return 0, self._packet_info()

    def signal(self, _info):
        return 0, struct.pack("<IIIII", 20 if self.registered else 99, 99, 30, 5, 0xFFFFFFFF)

    # -- data -----------------------------------------------------------------------------------

    def _connect_info(self, session=0):
        state = ACTIVATED if self.modem.connected and session == 0 else DEACTIVATED
        return struct.pack("<IIII", session, state, 0, IPV4) + CONTEXT_INTERNET + struct.pack("<I", 0)

    def get_connect(self, info):
        return 0, self._connect_info(info.u32())

    def set_connect(self, info):
        session, begin = info.u32(), info.u32() == 1
        if begin and not self.registered:
            return STATUS_NOT_REGISTERED, b""
        if session == 0:
            self.modem.connected = begin
        return 0, self._connect_info(session)

    def get_contexts(self, _info):
        return 0, struct.pack("<I", 0)

    def get_ip(self, info):
        session = info.u32()
        if not self.modem.connected or session != 0:
            return mbim.STATUS_FAILURE, b""
        fixed = 15 * 4
        data = struct.pack("<I", PREFIX) + ADDRESS + GATEWAY + DNS
        head = struct.pack("<15I", session, HAS_ADDRESS | HAS_GATEWAY | HAS_DNS | HAS_MTU, 0, 1, fixed, 0, 0,
                           fixed + 8, 0, 1, fixed + 12, 0, 0, MTU, 0)
        return 0, head + data

    HANDLERS = {
        (CID_RADIO_STATE, mbim.QUERY): get_power,
        (CID_RADIO_STATE, mbim.SET): set_power,
        (CID_PIN, mbim.QUERY): get_pin,
        (CID_PIN_LIST, mbim.QUERY): get_pin_list,
        (CID_HOME_PROVIDER, mbim.QUERY): get_home_provider,
        (CID_PREFERRED_PROVIDERS, mbim.QUERY): get_no_providers,
        (CID_VISIBLE_PROVIDERS, mbim.QUERY): get_visible_providers,
        (CID_REGISTER_STATE, mbim.QUERY): register,
        (CID_REGISTER_STATE, mbim.SET): register,
        (CID_PACKET_SERVICE, mbim.QUERY): get_packet_service,
        (CID_PACKET_SERVICE, mbim.SET): set_packet_service,
        (CID_SIGNAL_STATE, mbim.QUERY): signal,
        (CID_SIGNAL_STATE, mbim.SET): signal,
        (CID_CONNECT, mbim.QUERY): get_connect,
        (CID_CONNECT, mbim.SET): set_connect,
        (CID_PROVISIONED_CONTEXTS, mbim.QUERY): get_contexts,
        (CID_IP_CONFIGURATION, mbim.QUERY): get_ip,
    }

    def handle(self, message):
        """(status, information) for a command of Basic Connect, or None if it is none of the radio's."""
        handler = self.HANDLERS.get((message.cid, message.operation)) if message.service == mbim.BASIC_CONNECT else None
        return handler(self, mbim.InfoReader(message.info)) if handler else None
