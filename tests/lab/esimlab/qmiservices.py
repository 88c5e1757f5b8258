# SPDX-License-Identifier: LGPL-2.1-or-later
"""QMI's services other than UIM, as far as probing and the ways of a card's host need them."""

import struct

from . import qmi
from .chassis import CardState
from .qmi import QmiError


class Service:
    """HANDLERS: message number to method (client, message), which returns the answer's TLVs or None."""

    NUMBER = 0
    VERSION = (1, 0)
    HANDLERS = {}

    def __init__(self, core):
        self.core = core

    @property
    def modem(self):
        return self.core.modem


def _accept(_service, _client, _message):
    """What there is nothing to do for."""


class Ctl(Service):
    """Who may talk: versions and client ids. Its client is the port itself."""

    NUMBER, VERSION = qmi.CTL, (1, 5)
    SUPPORTED_MESSAGES = 0x1E

    def _version_info(self, _port, _message):
        known = b"".join(struct.pack("<BHH", s.NUMBER, *s.VERSION) for s in self.core.services.values())
        return [(0x01, bytes([len(self.core.services)]) + known)]

    def _allocate(self, port, message):
        service = message.need(0x01, 1)[0]
        if service == qmi.CTL or service not in self.core.services:
            raise QmiError(qmi.ERROR_INVALID_SERVICE)
        return [(0x01, bytes([service, self.core.allocate(port, service).number]))]

    def _release(self, port, message):
        service, number = message.need(0x01, 2)[:2]
        self.core.release(port, service, number)
        return [(0x01, bytes([service, number]))]

    def _sync(self, _port, _message):
        """Every client of every host is gone: what nobody may do beside others."""
        self.core.syncs += 1
        for port in self.core.ports:
            port.close()

    def _set_data_format(self, _port, message):
        wanted = message.get(0x10)
        return [] if wanted is None else [(0x10, struct.pack("<H", 0x0002))]

    def _set_instance(self, _port, message):
        return [(0x01, bytes([0x00, message.need(0x01, 1)[0]]))]

    HANDLERS = {0x20: _set_instance, 0x21: _version_info, 0x22: _allocate, 0x23: _release,
                0x26: _set_data_format, 0x27: _sync}


class Dms(Service):
    """The device: who made it, its numbers, its operating mode."""

    NUMBER, VERSION = qmi.DMS, (1, 14)
    ONLINE, LOW_POWER, FACTORY_TEST, OFFLINE, RESET, SHUTTING_DOWN, PERSISTENT_LOW_POWER = range(7)

    def __init__(self, core):
        super().__init__(core)
        self.mode = self.ONLINE

    def _capabilities(self, _client, _message):
        # 50 and 150 Mbit/s, data and voice not at once, a SIM; GSM, UMTS, LTE.
        return [(0x01, struct.pack("<IIBBB", 50_000_000, 150_000_000, 2, 2, 3) + b"\x04\x05\x08")]

    def _manufacturer(self, _client, _message):
        return [(0x01, self.modem.quirks.manufacturer.encode())]

    def _model(self, _client, _message):
        return [(0x01, self.modem.quirks.model.encode())]

    def _revision(self, _client, _message):
        return [(0x01, self.modem.quirks.revision.encode())]

    def _ids(self, _client, _message):
        return [(0x10, b"0"), (0x11, self.modem.quirks.imei.encode())]

    def _get_mode(self, _client, _message):
        return [(0x01, bytes([self.mode]))]

    def _set_mode(self, _client, message):
        """A reset is to be had from offline alone, and nothing else is then."""
        wanted = message.need(0x01, 1)[0]
        if wanted > self.PERSISTENT_LOW_POWER:
            raise QmiError(qmi.ERROR_INVALID_ARGUMENT)
        if wanted == self.mode:
            return
        if (wanted == self.RESET) != (self.mode == self.OFFLINE):
            raise QmiError(qmi.ERROR_INVALID_TRANSITION)
        if wanted != self.ONLINE:
            self.modem.data.interrupt("radio power")
        self.mode = wanted
        if wanted == self.RESET:
            self.modem.reset()

    def _pin_status(self, _client, _message):
        if self.modem.card is None:
            raise QmiError(qmi.ERROR_UIM_UNINITIALIZED)
        pin1 = 1 if self.modem.quirks.locked else 3
        return [(0x11, bytes([pin1, 3, 10])), (0x12, bytes([1, 3, 10]))]

    def _known(self, which):
        value = self.modem.identity()[which]
        if value is None or self.modem.card_state() not in (CardState.READY, CardState.LOCKED):
            raise QmiError(qmi.ERROR_UIM_UNINITIALIZED)
        return [(0x01, value.encode())]

    def _uim_state(self, _client, _message):
        states = {CardState.READY: 0, CardState.LOCKED: 1, CardState.ABSENT: 2, CardState.OFF: 2}
        return [(0x01, bytes([states.get(self.modem.card_state(), 0xFF)]))]

    def _band_capabilities(self, _client, _message):
        # GSM 900 and 1800, and LTE 1, 3, 7, 8, 20, as bits.
        return [(0x01, struct.pack("<Q", 1 << 8 | 1 << 7)), (0x10, struct.pack("<Q", 0x000800C5))]

    HANDLERS = {0x00: _accept, 0x01: _accept, 0x20: _capabilities, 0x21: _manufacturer, 0x22: _model, 0x23: _revision,
                0x25: _ids, 0x2B: _pin_status, 0x2C: _revision, 0x2D: _get_mode, 0x2E: _set_mode,
                0x3C: lambda s, _c, _m: s._known(0), 0x43: lambda s, _c, _m: s._known(1), 0x44: _uim_state,
                0x45: _band_capabilities, 0x51: _revision}


class Nas(Service):
    """The network: registered at home as soon as a profile and the radio are there."""

    NUMBER, VERSION = qmi.NAS, (1, 25)
    LTE = 8
    GSM_UMTS_LTE = 0x1C

    def _network(self):
        """(MCC, MNC, name) of the network it is registered at, or None."""
        imsi = self.modem.identity()[1]
        if self.core.dms.mode != Dms.ONLINE or self.modem.card_state() != CardState.READY or not imsi:
            return None
        return int(imsi[:3]), int(imsi[3:5]), b"Lab Network"

    def _plmn(self, network):
        return struct.pack("<HH", *network[:2]) + qmi.short_array(network[2])

    def _serving_system(self, _client, _message):
        network = self._network()
        if network is None:
            return [(0x01, bytes([2 if self.core.dms.mode == Dms.ONLINE else 0, 2, 2, 0, 1, 0]))]
        return [(0x01, bytes([1, 1, 1, 2, 1, self.LTE])), (0x10, b"\x01"), (0x12, self._plmn(network))]

    def _home_network(self, _client, _message):
        network = self._network()
        if network is None:
            raise QmiError(qmi.ERROR_NOT_PROVISIONED)
        return [(0x01, self._plmn(network))]

    def _signal_info(self, _client, _message):
        if self._network() is None:
            raise QmiError(qmi.ERROR_INFORMATION_UNAVAILABLE)
        return [(0x14, struct.pack("<bbhh", -60, -10, -90, 100))]

    def _signal_strength(self, _client, _message):
        if self._network() is None:
            raise QmiError(qmi.ERROR_INFORMATION_UNAVAILABLE)
        return [(0x01, struct.pack("<bB", -60, self.LTE))]

    def _technology_preference(self, _client, _message):
        return [(0x01, struct.pack("<HB", 0x0000, 0))]

    def _selection_preference(self, _client, _message):
        return [(0x11, struct.pack("<H", self.GSM_UMTS_LTE)), (0x16, b"\x00")]

    HANDLERS = {0x00: _accept, 0x02: _accept, 0x03: _accept, 0x20: _signal_strength, 0x22: _accept, 0x24: _serving_system,
                0x25: _home_network, 0x2A: _accept, 0x2B: _technology_preference, 0x33: _accept,
                0x34: _selection_preference, 0x4F: _signal_info}


class Wds(Service):
    """Data: a connection is begun and ended, and carries nothing (see datasession.py)."""

    NUMBER, VERSION = qmi.WDS, (1, 36)
    HANDLE = 0x00C0FFEE

    def _start(self, _client, _message):
        if self.modem.card_state() != CardState.READY or self.core.dms.mode != Dms.ONLINE:
            raise QmiError(qmi.ERROR_NOT_PROVISIONED)
        if self.modem.connected:
            raise QmiError(qmi.ERROR_NO_EFFECT)
        self.modem.connected = True
        return [(0x01, struct.pack("<I", self.HANDLE))]

    def _stop(self, _client, _message):
        if not self.modem.connected:
            raise QmiError(qmi.ERROR_NO_EFFECT)
        self.modem.connected = False

    def _status(self, _client, _message):
        return [(0x01, bytes([2 if self.modem.connected else 1]))]

    def _settings(self, _client, _message):
        if not self.modem.connected:
            raise QmiError(qmi.ERROR_OUT_OF_CALL)
        # 192.0.2.2/30 by 192.0.2.1, an address for documentation (RFC 5737); IPv4.
        return [(0x1E, struct.pack("<I", 0xC0000202)), (0x20, struct.pack("<I", 0xC0000201)),
                (0x21, struct.pack("<I", 0xFFFFFFFC)), (0x29, struct.pack("<I", 1500)), (0x2B, b"\x04")]

    def _profile_list(self, _client, _message):
        return [(0x01, b"\x00")]

    HANDLERS = {0x00: _accept, 0x01: _accept, 0x03: _accept, 0x20: _start, 0x21: _stop, 0x22: _status,
                0x2A: _profile_list, 0x2D: _settings, 0x4D: _accept, 0xA2: _accept}


class Wda(Service):
    """The form of data on the wire: raw IP, as it comes."""

    NUMBER, VERSION = qmi.WDA, (1, 16)
    RAW_IP = 2

    def _format(self, _client, _message):
        return [(0x10, b"\x00"), (0x11, struct.pack("<I", self.RAW_IP)),
                (0x12, struct.pack("<I", 0)), (0x13, struct.pack("<I", 0))]

    HANDLERS = {0x20: _format, 0x21: _format}
