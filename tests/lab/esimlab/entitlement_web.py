# SPDX-License-Identifier: LGPL-2.1-or-later
"""The entitlement server, the identity provider and the websheets over HTTPS: one port, told apart by their names."""

import os
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from .doors import Doors, LocalServer
from .entitlement_requests import Asked
from .pki import WebPki

HOST, LOGIN_HOST, PAGE_HOST = "ts43.lab.example", "login.lab.example", "my.lab.example"
PATH, CALLBACK = "/entitlement", "/oidc/callback"
FAULTS = ("silence", "cut", "lost", "reset", "garbage", "oversize", "slow")
CERTIFICATES = ("good", "expired", "not_yet_valid", "wrong_name", "wrong_root", "self_signed")
MAX_BODY = 1 << 16
HANDSHAKE_SECONDS = 10
PAGE_HEADERS = {
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000",
}


@dataclass
class Reply:
    """kind: None as it should be, or one of FAULTS, with options of that."""

    status: int = 200
    body: bytes = b""
    headers: list = field(default_factory=list)
    kind: str | None = None
    options: dict = field(default_factory=dict)
    words: str = ""


class EntitlementWeb:
    """owner: the Entitlement. certificate: which of CERTIFICATES is shown from now on."""

    def __init__(self, owner, port):
        self.owner = owner
        self.certificate = "good"
        self.connections = 0
        self.closing = threading.Event()
        self.shown = None  # the certificate
        self._contexts = {}
        self._stranger = None
        self.context  # a certificate that cannot be made is an error now
        self.doors = Doors(lambda listener: _Server(self, _Handler, port, listener))
        self.port = self.doors.port

    def start(self):
        self.doors.start()

    def stop(self):
        self.closing.set()
        self.doors.stop()

    @property
    def context(self):
        if self.certificate not in self._contexts:
            self._contexts[self.certificate] = self._make_context(self.certificate)
        return self._contexts[self.certificate]

    def _make_context(self, kind):
        if kind not in CERTIFICATES:
            raise ValueError(f"certificate is one of {', '.join(CERTIFICATES)}")
        names = (*self.owner.hosts, "localhost") if kind != "wrong_name" else ("elsewhere.lab.example",)
        web = self.owner.web
        if kind == "wrong_root":
            web = self._stranger = self._stranger or WebPki()
        shown = web.server(names, kind if kind in ("expired", "not_yet_valid", "self_signed") else "good")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
            self.shown = shown.cert
            chain.write_bytes(shown.chain_pem())
            key.write_bytes(shown.key_pem())
            context.load_cert_chain(chain, key)
        context.sni_callback = self._named
        return context

    @staticmethod
    def _named(connection, name, _context):
        connection.lab_name = name

    def serve(self, handler):
        """Route by the name that the client asked for."""
        host = handler.headers.get("Host", "").rsplit(":", 1)[0]
        path, body = urlsplit(handler.path).path, handler.body
        headers = {name.lower(): value for name, value in handler.headers.items()}
        owner = self.owner
        if host in (LOGIN_HOST, PAGE_HOST):
            pages = owner.oidc if host == LOGIN_HOST else owner.websheets
            query = dict(parse_qsl(urlsplit(handler.path).query, keep_blank_values=True))
            with owner.lock:
                status, sent, answer = pages.serve(handler.command, path, query, headers, body)
                owner.lock.notify_all()
            handler.answer(status, answer, {**PAGE_HEADERS, **sent}.items())
            return
        wanted = "/" if host != HOST else PATH
        if path not in (wanted, CALLBACK):
            owner.found.append(f"{handler.command} https://{host}{path}: nothing is there")
            handler.answer(404, b"", [])
            return
        headers["cookie"] = _cookie(headers.get("cookie", ""))
        reply = owner.handle(Asked(-1, handler.command, host, handler.path, headers, body, None))
        self.perform(handler, reply)

    def perform(self, handler, reply):
        if reply.kind is None:
            handler.answer(reply.status, reply.body, reply.headers)
            return
        handler.close_connection = True
        getattr(self, "_" + reply.kind)(handler, reply, **reply.options)

    # Faults

    def _lost(self, handler, reply):
        handler.hang_up()

    def _reset(self, handler, reply):
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        handler.connection.close()

    def _silence(self, handler, reply, seconds=600):
        """Until the client goes away."""
        end = time.monotonic() + seconds
        handler.connection.settimeout(0.1)
        while time.monotonic() < end and not self.closing.is_set():
            try:
                if not handler.connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        handler.hang_up()

    def _cut(self, handler, reply):
        body = reply.body or b"{}"
        handler.answer(reply.status, body, reply.headers, send=len(body) // 2)
        handler.hang_up()

    def _garbage(self, handler, reply, data=None):
        handler.wfile.write(os.urandom(512) if data is None else data)

    def _oversize(self, handler, reply, limit=64 << 20):
        """As far as the client lets it come."""
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        block, sent = b"4000\r\n" + b" " * 0x4000 + b"\r\n", 0
        while sent < limit and not self.closing.is_set():
            handler.wfile.write(block)
            sent += 0x4000

    def _slow(self, handler, reply, seconds=5):
        parts = handler.head(reply.status, len(reply.body), reply.headers) + reply.body
        for octet in parts:
            if self.closing.wait(seconds / len(parts)):
                break
            handler.wfile.write(bytes((octet,)))
            handler.wfile.flush()


def _cookie(text):
    try:
        found = SimpleCookie(text).get("ts43")
    except CookieError:
        return ""
    return found.value if found else ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def handle(self):
        try:
            self.connection.do_handshake()
            self.connection.settimeout(self.timeout)
            super().handle()
        except OSError:
            self.close_connection = True

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            self.close_connection = True

    def log_message(self, format, *args):
        """The server's own lists tell it better."""

    def _any(self):
        size = self.headers.get("Content-Length", "0")
        if not size.isdigit() or int(size) > MAX_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self.answer(413, b"", [])
            return
        self.body = self.rfile.read(int(size))
        self.server.owner.serve(self)

    do_GET = do_POST = do_PUT = do_HEAD = _any

    def head(self, status, length, headers):
        told = "".join(f"{name}: {value}\r\n" for name, value in headers)
        return f"HTTP/1.1 {status} {self.responses.get(status, ('Answer',))[0]}\r\n{told}Content-Length: {length}\r\n\r\n".encode()

    def answer(self, status, body, headers, send=None):
        """send: so many octets of the body alone go out."""
        body = body if self.command != "HEAD" else b""
        self.wfile.write(self.head(status, len(body), headers) + body[:send])
        self.wfile.flush()

    def hang_up(self):
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class _Server(LocalServer):
    def get_request(self):
        connection, address = super().get_request()
        connection.settimeout(HANDSHAKE_SECONDS)
        self.owner.connections += 1
        return self.owner.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        """A client that goes away is no error here; anything else is one of the laboratory's."""
        error = sys.exc_info()[1]
        if not isinstance(error, OSError):
            self.owner.owner.found.append("laboratory: " + traceback.format_exc())
