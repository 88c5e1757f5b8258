# SPDX-License-Identifier: LGPL-2.1-or-later
"""A cellular modem that speaks QMI over QMUX, as behind Linux's qmi_wwan; chassis.py has what it shares with others."""

from . import qmi
from .qmicore import QmiSide


class Session:
    """One opener of the port. `send` takes the bytes of one frame.

    Client ids outlive a host that dies: the modem does not see its end. A restart of the modem ends them.
    """

    def __init__(self, modem, send, name):
        self.modem, self.send, self.name = modem, send, name
        self.port = modem.qmi.add_port(self.post)

    def forget(self):
        """The modem has restarted; its core knows."""

    def clear(self):
        """Nothing is kept between two frames."""

    def post(self, message):
        frame = message.pack()
        self.modem.note("<", self, frame)
        self.send(frame)

    def receive(self, frame):
        """A frame from the host, on the modem's thread."""
        self.modem.note(">", self, frame)
        _, _, _, service, client = qmi.QMUX.unpack_from(frame)
        self.modem.qmi.receive(self.port, service, client, frame[qmi.QMUX.size:], self._reply)

    def _reply(self, message):
        if self in self.modem.sessions:
            self.post(message)


class QmiModem(QmiSide):
    """slots: cards (or None for an empty slot), the first one active. quirks: see chassis.Quirks."""

    DEFAULTS = {"collects_61xx": False}

    def attach(self, send, name):
        session = Session(self, send, name)
        self.sessions.append(session)
        return session

    def detach(self, session):
        super().detach(session)
        self.qmi.drop_port(session.port)

    def new_reader(self):
        """What cuts this protocol's frames out of a stream."""
        return qmi.FrameReader()

    def begins(self, _frame):
        """No message says that a host is new."""
        return False
