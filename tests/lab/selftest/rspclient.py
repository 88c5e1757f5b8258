# SPDX-License-Identifier: LGPL-2.1-or-later
"""An LPA in Python, between a card and a server of the lab: enough to download, to cancel and to discover."""

import base64
import hashlib
import http.client
import json
import socket
import ssl

from esimlab import ber
from esimlab.ledger import BASE

HEADERS = {"User-Agent": "gsma-rsp-lpad", "X-Admin-Protocol": "gsma/rsp/v2.5.0", "Content-Type": "application/json"}
DEVICE = ber.encode(0xA1, ber.encode(0x80, bytes.fromhex("53100000")), ber.encode(0xA1, ber.encode(0x85, b"\x0f\0\0")))


class Failed(Exception):
    """The server said that it failed: subject and reason."""

    @property
    def code(self):
        return self.args


class CardRefused(Exception):
    """The card answered with an error: tag of the command, code."""


def hash_code(code, transaction):
    """SHA-256 of the code's SHA-256 and the transaction id (SGP.22 v2.5, 5.7.5)."""
    return hashlib.sha256(hashlib.sha256(code.encode()).digest() + transaction).digest()


def b64(octets):
    return base64.b64encode(octets).decode()


def connect(server, pki, host, root="nist"):
    """HTTPS to the name, at the port of the lab, trusting one CI alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pki.roots[root].chain_pem().decode())
    if root == "brainpool":  # as the server has it: by itself OpenSSL offers no such curve
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ecdh_curve("brainpoolP256r1")
    raw = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = http.client.HTTPSConnection(host, server.port, timeout=10)
    connection.sock = context.wrap_socket(raw, server_hostname=host)
    return connection


def segments(bound):
    """The package as an LPA hands it to the card (SGP.22 v2.5, 2.5.5)."""
    outer = ber.parse(bound)
    head = bound[:len(bound) - len(outer.value)]
    opening, *sequences = outer.children()
    found = [head + opening.raw]
    for sequence in sequences:
        members = sequence.children()
        start = sequence.raw[:len(sequence.raw) - len(sequence.value)]
        if sequence.tag in (0xA0, 0xA2):
            found += [start + members[0].raw, *(m.raw for m in members[1:])]
        else:
            found += [start, *(m.raw for m in members)]
    return found


class Client:
    """One session.  `answers` keeps what the server answered, by function."""

    def __init__(self, server, lpa, pki, host="smdp.lab.example", root="nist"):
        self.server, self.lpa, self.host = server, lpa, host
        self.connection = connect(server, pki, host, root)
        self.answers, self.transaction = {}, None

    def close(self):
        self.connection.close()

    def post(self, function, **body):
        self.connection.request("POST", BASE + function, json.dumps(body), HEADERS)
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            return answer.status
        told = json.loads(data)
        status = told["header"]["functionExecutionStatus"]
        if status["status"] != "Executed-Success":
            raise Failed(status["statusCodeData"]["subjectCode"], status["statusCodeData"]["reasonCode"])
        self.answers[function] = {k: v for k, v in told.items() if k != "header"}
        return self.answers[function]

    def ask(self, tag, *parts):
        answer = self.lpa.ask(tag, *parts)
        refused = answer.find(0xA1)
        if refused is not None:
            raise CardRefused(tag, ber.read_integer(refused.need(0x02).value))
        return answer.raw

    def initiate(self, address=None):
        challenge = self.lpa.ask(0xBF2E).need(0x80).value
        info = self.lpa.ask(0xBF20).raw
        answer = self.post("initiateAuthentication", euiccChallenge=b64(challenge), euiccInfo1=b64(info),
                           smdpAddress=address or self.host)
        self.transaction = answer["transactionId"]
        return answer

    def authenticate(self, matching_id=""):
        answer = self.initiate()
        parts = [base64.b64decode(answer[k]) for k in ("serverSigned1", "serverSignature1", "euiccCiPKIdToBeUsed",
                                                       "serverCertificate")]
        matching = [ber.encode(0x80, matching_id.encode())] if matching_id else []
        signed = self.ask(0xBF38, *parts, ber.encode(0xA0, *matching, DEVICE))
        return self.post("authenticateClient", transactionId=self.transaction,
                         authenticateServerResponse=b64(signed))

    def prepare(self, code=None):
        answer = self.answers["authenticateClient"]
        signed, signature, cert = (base64.b64decode(answer[k]) for k in ("smdpSigned2", "smdpSignature2",
                                                                         "smdpCertificate"))
        digest = [ber.encode(0x04, hash_code(code, bytes.fromhex(self.transaction)))] if code else []
        return self.ask(0xBF21, signed, signature, *digest, cert)

    def package(self, code=None):
        answer = self.post("getBoundProfilePackage", transactionId=self.transaction,
                           prepareDownloadResponse=b64(self.prepare(code)))
        return base64.b64decode(answer["boundProfilePackage"])

    def load(self, bound):
        for segment in segments(bound):
            data, sw = self.lpa.send(segment)
            if data or sw != 0x9000:
                break
        return data

    def notify(self, der):
        return self.post("handleNotification", pendingNotification=b64(der))

    def cancel(self, reason):
        answer = self.lpa.ask(0xBF41, ber.encode(0x80, bytes.fromhex(self.transaction)),
                              ber.encode(0x81, ber.integer(reason)))
        return self.post("cancelSession", transactionId=self.transaction, cancelSessionResponse=b64(answer.raw))

    def download(self, matching_id="", code=None):
        """The whole way; the result's octets, which the server has got."""
        self.authenticate(matching_id)
        result = self.load(self.package(code))
        assert self.notify(result) == 204
        return result
