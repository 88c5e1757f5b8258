# SPDX-License-Identifier: LGPL-2.1-or-later
"""hostapd as an EAP server over RADIUS, with what it asks and what asks it: a home network's register on a socket
(the text protocol of hostapd's hlr_auc_gw), a RADIUS client, and the daemon's peer on a pipe."""

import hashlib
import hmac
import os
import select
import socket
import struct
import subprocess
import threading

from esimlab.milenage import MacError, Milenage

SECRET = b"laboratory"
ACCESS_REQUEST, ACCESS_ACCEPT, ACCESS_REJECT, ACCESS_CHALLENGE = 1, 2, 3, 11
USER_NAME, STATE, EAP_MESSAGE, MESSAGE_AUTHENTICATOR = 1, 24, 79, 80  # RFC 2865, RFC 3579
VALUE_MAX = 253
SQN_STEP = 1 << 5
PATIENCE = 10  # seconds


class Register:
    """A home network: gives vectors, takes AUTS. Its socket is a datagram socket, as hostapd's eap_sim_db has it."""

    def __init__(self, path, imsi, keys, sqn):
        self.imsi, self.keys, self.sqn = imsi, keys, sqn
        self.asked = self.resynchronised = 0
        self.deaf = False  # to AUTS
        self.res = None  # where it is not the subscriber's
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)
        self._socket.close()

    def _run(self):
        while True:
            data, sender = self._socket.recvfrom(4096)
            if not data:
                return
            verb, imsi, *rest = data.decode().split()
            answer = self._vector(imsi) if verb == "AKA-REQ-AUTH" else self._resynchronise(*rest)
            if answer:
                self._socket.sendto(answer.encode(), sender)

    def _vector(self, imsi):
        if imsi != self.imsi:
            return f"AKA-RESP-AUTH {imsi} FAILURE"
        self.asked += 1
        self.sqn += SQN_STEP
        made = self.keys.vector(os.urandom(16), self.sqn)
        parts = (made.rand, made.autn, made.ik, made.ck, self.res or made.res)
        return " ".join(["AKA-RESP-AUTH", imsi, *(one.hex() for one in parts)])

    def _resynchronise(self, auts, rand):
        number = self.keys.read_auts(bytes.fromhex(rand), bytes.fromhex(auts))
        self.resynchronised += 1
        if not self.deaf:
            self.sqn = number


class Usim:
    """The card's side of AKA: accepts each number once, and only upwards."""

    def __init__(self, keys, sqn=0):
        self.keys, self.sqn, self.asked = keys, sqn, 0

    def authenticate(self, rand, autn):
        self.asked += 1
        try:
            number, _ = self.keys.read_autn(rand, autn)
        except MacError:
            return "rejected"
        if number <= self.sqn:
            return f"out-of-step {self.keys.auts(rand, self.sqn).hex()}"
        self.sqn = number
        return f"accepted {self.keys.f2(rand).hex()} {self.keys.f4(rand).hex()} {self.keys.f3(rand).hex()}"


class Peer:
    """The daemon's EAP-AKA."""

    def __init__(self, program, identity, usim):
        self.usim, self.state, self.said = usim, "open", []
        self._process = subprocess.Popen([program, identity], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def close(self):
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()
        assert self._process.returncode == 0

    def _write(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def take(self, packet):
        """The answer; None where there is none, with why in `state`."""
        self._write(f"packet {packet.hex() or '-'}")
        while True:
            word, *rest = self._process.stdout.readline().split()
            if word != "usim":
                break
            self._write(self.usim.authenticate(*map(bytes.fromhex, rest)))
        if word == "error":
            self.state = " ".join(rest)
            return None
        self.state, answer = rest[0], bytes.fromhex(rest[1])
        self.said.append(answer[5] if answer[4] == 23 else -answer[4])
        return answer


class RadiusClient:
    """As far as EAP goes (RFC 3579): every answer's authenticators are verified."""

    def __init__(self, port):
        self._address, self._identifier, self._state = ("127.0.0.1", port), 0, None
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def close(self):
        self._socket.close()

    def exchange(self, name, eap):
        """(code, the EAP packet of the answer)"""
        self._identifier = (self._identifier + 1) % 256
        authenticator = os.urandom(16)
        attributes = [(USER_NAME, name.encode())]
        attributes += [(EAP_MESSAGE, eap[at:at + VALUE_MAX]) for at in range(0, len(eap), VALUE_MAX)]
        attributes += [(STATE, self._state)] if self._state else []
        body = b"".join(bytes((kind, len(value) + 2)) + value for kind, value in attributes)
        body += bytes((MESSAGE_AUTHENTICATOR, 18)) + bytes(16)
        packet = struct.pack(">BBH", ACCESS_REQUEST, self._identifier, len(body) + 20) + authenticator + body
        packet = packet[:-16] + hmac.new(SECRET, packet, hashlib.md5).digest()
        return self._read(self._send(packet), authenticator)

    def _send(self, packet):
        for _ in range(PATIENCE):  # a datagram to a server that begins to listen is lost
            self._socket.sendto(packet, self._address)
            if select.select([self._socket], [], [], 1)[0]:
                return self._socket.recv(4096)
        raise AssertionError("the RADIUS server does not answer")

    def _read(self, packet, authenticator):
        code, identifier, length = struct.unpack(">BBH", packet[:4])
        assert identifier == self._identifier and length == len(packet)
        right = hashlib.md5(packet[:4] + authenticator + packet[20:] + SECRET).digest()
        assert hmac.compare_digest(right, packet[4:20]), "Response Authenticator"
        eap, at, signed = b"", 20, False
        self._state = None
        while at < length:
            kind, size = packet[at], packet[at + 1]
            value = packet[at + 2:at + size]
            if kind == EAP_MESSAGE:
                eap += value
            elif kind == STATE:
                self._state = value
            elif kind == MESSAGE_AUTHENTICATOR:
                blank = packet[:4] + authenticator + packet[20:at + 2] + bytes(16) + packet[at + 18:]
                assert hmac.compare_digest(hmac.new(SECRET, blank, hashlib.md5).digest(), value), "Message-Authenticator"
                signed = True
            at += size
        assert signed or not eap
        return code, eap


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Hostapd:
    """A RADIUS server and nothing else: no radio, no network of its own."""

    def __init__(self, program, folder, register_path, more=()):
        self.port = free_port()
        self.log = folder / "hostapd.log"
        (folder / "users").write_text('"0"*\tAKA\n* AKA\n')
        (folder / "clients").write_text(f"127.0.0.1 {SECRET.decode()}\n")
        (folder / "hostapd.conf").write_text("\n".join([
            "driver=none", "interface=none", "logger_stdout=-1", "logger_stdout_level=0", "eap_server=1",
            f"eap_user_file={folder}/users", f"eap_sim_db=unix:{register_path}",
            f"radius_server_clients={folder}/clients", f"radius_server_auth_port={self.port}", *more, ""]))
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen([program, "-dd", str(folder / "hostapd.conf")], stdout=log, stderr=log)

    def close(self):
        self._process.terminate()
        self._process.wait(PATIENCE)

    def get_log(self):
        return self.log.read_text(errors="replace")


def converse(radius, peer, identity):
    """EAP from the identity to its end: the RADIUS code of the end, and the last EAP packet."""
    first = b"\x02\x00" + struct.pack(">H", 5 + len(identity)) + b"\x01" + identity.encode()
    code, eap = radius.exchange(identity, first)
    while code == ACCESS_CHALLENGE:
        answer = peer.take(eap)
        assert answer is not None, peer.state
        code, eap = radius.exchange(identity, answer)
    return code, eap


def make_keys():
    """Test set 1 of 3GPP TS 35.208."""
    return Milenage(bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc"), bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf"))
