# SPDX-License-Identifier: LGPL-2.1-or-later
"""The QMI side of a modem: clients, services, and how a message becomes an answer.

It stands behind whatever brings the messages: a QMUX port, the QMI service of an MBIM modem, QRTR.
"""

import struct

from . import chassis, qmi
from .qmiservices import Ctl, Dms, Nas, Wda, Wds
from .qmiuim import Uim
from .uicc import Refusal, Silent

ERRORS = {
    Refusal.NO_CARD: qmi.ERROR_UIM_UNINITIALIZED,
    Refusal.BUSY: qmi.ERROR_DEVICE_NOT_READY,
    Refusal.NO_CHANNELS: qmi.ERROR_INSUFFICIENT_RESOURCES,
    Refusal.SELECT_FAILED: qmi.ERROR_INTERNAL,
    Refusal.NO_SUCH_CHANNEL: qmi.ERROR_INVALID_ARGUMENT,
    Refusal.TOO_LONG: qmi.ERROR_ARGUMENT_TOO_LONG,
}


class Client:
    """One client id of a service."""

    def __init__(self, core, port, service, number):
        self.core, self.port, self.service, self.number = core, port, service, number
        self.clear()

    def clear(self):
        """What the service's Reset does."""
        self.events = 0
        self.refresh = False

    def code(self, refusal):
        busy = self.core.modem.quirks.busy_status
        return busy if refusal == Refusal.BUSY and busy is not None else ERRORS[refusal]

    def indicate(self, number, tlvs):
        self.port.send(qmi.Message(self.service, self.number, qmi.INDICATION, 0, number, tlvs))


class Port:
    """Where messages come from and where indications go: `send` takes a Message.

    names_slots: as over QRTR, a slot's number is that of the physical slot; otherwise 1 is the active one.
    """

    def __init__(self, core, send, names_slots=False):
        self.core, self.send, self.names_slots = core, send, names_slots
        self.clients = {}

    def close(self):
        """Whoever used it is gone, and the modem knows (it does not when a host of a bare port dies)."""
        for client in self.clients.values():
            self.core.modem.left_behind(client)
        self.clients.clear()


class QmiCore:
    def __init__(self, modem):
        self.modem = modem
        self.ports = []
        self.syncs = 0
        self.provisioned = True
        self.dms = Dms(self)
        self.uim = Uim(self)
        self.services = {service.NUMBER: service for service in
                         (Ctl(self), Wds(self), self.dms, Nas(self), self.uim, Wda(self))}

    def add_port(self, send, names_slots=False):
        self.ports.append(Port(self, send, names_slots))
        return self.ports[-1]

    def drop_port(self, port):
        port.close()
        self.ports.remove(port)

    def forget(self):
        """The modem has restarted: no client is known any more."""
        for port in self.ports:
            port.clients.clear()
        self.provisioned = True
        self.dms.mode = self.dms.ONLINE

    # -- clients --------------------------------------------------------------------------------

    def allocate(self, port, service):
        taken = {c.number for p in self.ports for c in p.clients.values() if c.service == service}
        number = next((n for n in range(1, self.modem.quirks.max_clients + 1) if n not in taken), None)
        if number is None:
            raise qmi.QmiError(qmi.ERROR_CLIENT_IDS_EXHAUSTED)
        port.clients[service, number] = Client(self, port, service, number)
        return port.clients[service, number]

    def welcome(self, port, service):
        """Make sure that this port has its one client, number 0, where nobody allocates any."""
        port.clients.setdefault((service, 0), Client(self, port, service, 0))

    def release(self, port, service, number):
        client = port.clients.pop((service, number), None)
        if client is None:
            raise qmi.QmiError(qmi.ERROR_INVALID_CLIENT)
        self.modem.left_behind(client)

    def clients(self, service):
        return [c for port in self.ports for c in port.clients.values() if c.service == service]

    # -- messages -------------------------------------------------------------------------------

    def receive(self, port, service, client, sdu, reply):
        """A message that came in; `reply` takes the answer, if there is one."""
        try:
            message = qmi.parse_sdu(service, client, sdu)
        except qmi.QmiError as error:
            head = getattr(error, "message", None)
            if head is not None and head.kind == qmi.REQUEST:
                reply(head.answer(error=error.code))
            return
        if message.kind == qmi.REQUEST:
            self._request(port, message, reply)

    def _request(self, port, message, reply):
        modem = self.modem
        first = len(modem.exchanges)
        fault = modem.take_fault(message)
        if fault == "unplug":
            modem.unplug()
            return
        try:
            if isinstance(fault, int):
                raise qmi.QmiError(fault)
            answer = message.answer(self._execute(port, message))
        except qmi.QmiError as error:
            answer = message.answer(error.tlvs, error.code)
        except Silent:
            answer = None
        made = modem.exchanges[first:]

        def finish():
            if answer is not None and fault != "silent":
                reply(spoil(answer, fault))
            modem.answered(made)
        if modem.quirks.slow and message.service == qmi.UIM:
            modem.loop.call_later(modem.quirks.slow, finish)
        else:
            finish()

    def _execute(self, port, message):
        """The answer's TLVs; raises QmiError, uicc.Silent."""
        service = self.services.get(message.service)
        if service is None:
            raise qmi.QmiError(qmi.ERROR_INVALID_SERVICE)
        client = port
        if message.service != qmi.CTL:
            client = port.clients.get((message.service, message.client))
            if client is None:
                raise qmi.QmiError(qmi.ERROR_INVALID_CLIENT)
        if message.number == Ctl.SUPPORTED_MESSAGES and message.service != qmi.CTL:
            return [(0x10, qmi.long_array(self._bits(service.HANDLERS)))]
        handler = service.HANDLERS.get(message.number)
        if handler is None:
            raise qmi.QmiError(qmi.ERROR_INVALID_COMMAND)
        return handler(service, client, message) or []

    @staticmethod
    def _bits(numbers):
        """One bit for each message that a service knows."""
        numbers = [*numbers, Ctl.SUPPORTED_MESSAGES]
        bits = bytearray(max(numbers) // 8 + 1)
        for number in numbers:
            bits[number // 8] |= 1 << number % 8
        return bytes(bits)


class QmiSide(chassis.Modem):
    """A modem with QMI in it, whichever way it is reached."""

    def __init__(self, slots=(), *, record_file=None, **quirks):
        super().__init__(slots, record_file=record_file, **quirks)
        self.qmi = QmiCore(self)

    @property
    def syncs(self):
        """How often a host made all clients of QMI go, others' too."""
        return self.qmi.syncs

    def _power_lost(self):
        self.qmi.forget()
        super()._power_lost()

    def helped(self, rung):
        if rung != "provisioning":
            self.qmi.provisioned = True
        super().helped(rung)

    def indicate_ready(self):
        super().indicate_ready()
        self.qmi.uim.indicate_card_status()

    def indicate_slot(self, _slot):
        self.qmi.uim.indicate_slot_status()

    def refresh_event(self, begins):
        self.qmi.uim.indicate_refresh(begins)


def spoil(answer, how):
    """An answer as a broken modem would send it, its head intact."""
    if how == "oversize":
        answer.tlvs = [(tag, value) for tag, value in answer.tlvs[:-1]]
        return Spoiled(answer, answer.body() + struct.pack("<BH", 0x10, 0xFFF0) + b"\x00")
    if how in ("garbage", "truncate"):
        return Spoiled(answer, chassis.spoil(answer.body(), how))
    return answer


class Spoiled(qmi.Message):
    """A message whose body is not what its TLVs say."""

    def __init__(self, message, body):
        super().__init__(message.service, message.client, message.kind, message.transaction, message.number,
                         message.tlvs)
        self._body = body

    def body(self):
        return self._body
