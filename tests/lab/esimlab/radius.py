# SPDX-License-Identifier: LGPL-2.1-or-later
"""As much RADIUS (RFC 2865, RFC 3579, RFC 2548) as it takes to bring EAP to a peer of somebody else's."""

import hashlib
import hmac
import os
import socket
import struct
import threading

ACCESS_REQUEST, ACCESS_ACCEPT, ACCESS_REJECT, ACCESS_CHALLENGE = 1, 2, 3, 11
STATE, VENDOR, EAP_MESSAGE, AUTHENTICATOR = 24, 26, 79, 80
MICROSOFT, SEND_KEY, RECEIVE_KEY = 311, 16, 17


def _attribute(kind, value):
    return bytes((kind, len(value) + 2)) + value


def _pieces(kind, value):
    return b"".join(_attribute(kind, value[at:at + 253]) for at in range(0, len(value), 253))


def _sealed_key(kind, key, secret, request):
    """RFC 2548, 2.4.2: half of the MSK, for the peer's own comparison."""
    salt = bytes((0x80 | os.urandom(1)[0],)) + os.urandom(1)
    plain = bytes((len(key),)) + key
    plain += bytes(-len(plain) % 16)
    last, sealed = request + salt, b""
    for at in range(0, len(plain), 16):
        mask = hashlib.md5(secret + last).digest()
        last = bytes(a ^ b for a, b in zip(plain[at:at + 16], mask))
        sealed += last
    inner = bytes((kind, len(sealed) + 4)) + salt + sealed
    return _attribute(VENDOR, struct.pack(">I", MICROSOFT) + inner)


class Radius:
    """make (identity) -> a conversation with begin() and take() (eapserver.Conversation). conversations: those that were held."""

    def __init__(self, make, secret=b"lab"):
        self._make, self._secret = make, secret
        self.conversations = []
        self._talks = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self):
        while True:
            packet, where = self._socket.recvfrom(4096)
            if len(packet) < 20:
                return
            self._socket.sendto(self._answer(packet), where)

    def _answer(self, packet):
        identifier, request = packet[1], packet[4:20]
        told, at = {}, 20
        while at < len(packet):
            told[packet[at]] = told.get(packet[at], b"") + packet[at + 2:at + packet[at + 1]]
            at += packet[at + 1]
        state, eap = told.get(STATE, b""), told.get(EAP_MESSAGE, b"")
        if not state:  # EAP's own identity opens a conversation
            talk = self._make(eap[5:].decode())
            self.conversations.append(talk)
            state = os.urandom(8)
            self._talks[state] = talk
            said = talk.begin()
        else:
            talk = self._talks[state]
            said = talk.take(eap)
        if said is not None:
            return self._pack(ACCESS_CHALLENGE, identifier, request, said, _attribute(STATE, state))
        if talk.imsi is None:
            return self._pack(ACCESS_REJECT, identifier, request, talk.final)
        keys = (_sealed_key(SEND_KEY, talk.keys.msk[32:], self._secret, request)
                + _sealed_key(RECEIVE_KEY, talk.keys.msk[:32], self._secret, request))
        return self._pack(ACCESS_ACCEPT, identifier, request, talk.final, keys)

    def _pack(self, code, identifier, request, eap, more=b""):
        body = _pieces(EAP_MESSAGE, eap) + more + _attribute(AUTHENTICATOR, bytes(16))
        head = struct.pack(">BBH", code, identifier, len(body) + 20)
        check = hmac.new(self._secret, head + request + body, hashlib.md5).digest()
        body = body[:-16] + check
        return head + hashlib.md5(head + request + body + self._secret).digest() + body
