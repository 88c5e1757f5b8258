# SPDX-License-Identifier: LGPL-2.1-or-later
"""An SM-DP+ over ES9+ and an SM-DS over ES11 (SGP.22 v2.5, 5.6, 5.8 and 6.5), which
check what comes in as real ones would, and misbehave when told to."""

from __future__ import annotations

import socket
import ssl
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Callable, Iterable

from . import behaviour
from .behaviour import Behaviour, Script
from .doors import Doors, LocalServer
from .es9plus import FUNCTIONS, Desk
from .ledger import BadRequest, Delivery, Ledger, Request, Violation, check_headers, function_of, read_notification
from .orders import Event, Order, Session
from .pki import KINDS, MORE_KINDS, SIGNER_KINDS, Pki
from .profiles import Address, Profile
from .verify import Notice, Refused, check_notification

MAX_BODY = 1 << 20
HANDSHAKE_SECONDS = 10


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    server: "_Server"

    def setup(self) -> None:
        super().setup()
        self.number = self.server.owner._connected(self)

    def handle(self) -> None:
        """The handshake is done here, in this connection's own thread."""
        if not self.server.owner._handshake(self.connection):
            return
        try:
            super().handle()
        except (OSError, ssl.SSLError):
            self.close_connection = True

    def finish(self) -> None:
        self.server.owner._disconnected(self)
        try:
            super().finish()
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args) -> None:
        """The records of the server tell it better."""

    def _any(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > MAX_BODY or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self.answer(413 if size > MAX_BODY else 411, b"", {})
            return
        host = self.connection.lab_host or self.server.owner.hosts[0]
        headers = {k.lower(): v for k, v in self.headers.items()}
        self.server.owner._serve(self, Request(host, self.command, self.path, headers,
                                              self.rfile.read(size), self.number))

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("X-Admin-Protocol", "gsma/rsp/v2.5.0")
        for key, value in headers.items():
            self.send_header(key, value)
        if body:
            self.send_header("Content-Type", "application/json")
        size = self.server.owner.chunked if body else None
        if size:
            self.send_header("Transfer-Encoding", "chunked")
            parts = (body[at:at + size] for at in range(0, len(body), size))
            body = b"".join(b"%X\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
        elif status not in (204, 304) and status >= 200:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.server.owner.link.send(self.wfile, body)

    def hang_up(self) -> None:
        """Close the socket beneath TLS, without a farewell."""
        try:
            socket.socket.shutdown(self.connection, socket.SHUT_RDWR)
        except OSError:
            self.close_connection = True


class Link:
    """How far away the server is: round_trip in seconds, rate in octets a second (0: as fast as it goes)."""

    BLOCK = 2048

    def __init__(self, round_trip: float = 0, rate: float = 0):
        self.round_trip, self.rate = round_trip, rate

    def wait(self, times: int = 1) -> None:
        if self.round_trip:
            time.sleep(self.round_trip * times)

    def receive(self, octets: int) -> None:
        """What a request of this size takes to come here."""
        if self.rate:
            time.sleep(octets / self.rate)

    def send(self, file, body: bytes) -> None:
        for at in range(0, len(body), self.BLOCK if self.rate else len(body) or 1):
            part = body[at:at + self.BLOCK] if self.rate else body
            if self.rate:
                file.flush()
                time.sleep(len(part) / self.rate)
            file.write(part)


class _TlsSocket(ssl.SSLSocket):
    """Remembers the name that the client asked for."""

    lab_host: str | None = None


class _Server(LocalServer):
    def get_request(self):
        connection, address = super().get_request()
        connection.settimeout(HANDSHAKE_SECONDS)
        context = self.owner._context(self.owner.hosts[0])
        return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address) -> None:
        self.owner.errors.append(repr(client_address))


class Smdp:
    """HTTPS on 127.0.0.1 for one or more FQDNs; `with Smdp(pki) as server:` or
    start() and stop().  role: "dp", or "ds" for an SM-DS.  `hosts` names them, as a mapping with the kind of
    certificate of each ("good", "expired", ...; pki.KINDS)."""

    def __init__(self, pki: Pki, hosts: dict[str, str] | Iterable[str] = ("smdp.lab.example",), *,
                 root: str = "nist", port: int = 0, role: str = "dp"):
        self.pki = pki
        self.root = root
        self.role = role
        self.desk = Desk(pki, role)
        self.link = Link()
        self.chunked: int | None = None  # answers go out in chunks of this many octets
        self._kinds = dict(hosts) if isinstance(hosts, dict) else {h: "good" for h in hosts}
        self._contexts: dict[tuple[str, str, str], ssl.SSLContext] = {}
        self._changed = threading.Condition(threading.RLock())
        self._closing = threading.Event()
        self._open: dict[int, _Handler] = {}
        self._script = Script()
        self._refusals: list[tuple[int, str | None, int | None]] = []
        self.ledger = Ledger()
        self.requests: list[Request] = []
        # Called with each request when it has come in, when it is handled, and when the answer is out; one that
        # returns True hangs up.
        self.before_request: list[Callable[[Request], bool | None]] = []
        self.after_request: list[Callable[[Request], bool | None]] = []
        self.after_answer: list[Callable[[Request], bool | None]] = []
        self.handshakes: Counter[str] = Counter()  # "ok" and "failed"
        self.handshake_errors: list[str] = []
        self.connections = 0
        self.errors: list[str] = []
        for kind in self._kinds.values():
            self._known(kind)
        self.doors = Doors(lambda listener: _Server(self, _Handler, port, listener))
        self.port: int = self.doors.port

    # Life

    def start(self) -> "Smdp":
        self.doors.start()
        return self

    def stop(self) -> None:
        self._closing.set()
        self.doors.stop()
        for handler in list(self._open.values()):
            handler.hang_up()

    def __enter__(self) -> "Smdp":
        return self.start()

    def __exit__(self, *exc) -> None:
        self.stop()

    # Settings

    @property
    def hosts(self) -> list[str]:
        return list(self._kinds)

    @property
    def certificate(self) -> str:
        """The kind of certificate shown for the first host; set it for all hosts."""
        return self._kinds[self.hosts[0]]

    @certificate.setter
    def certificate(self, kind: str) -> None:
        for host in self.hosts:
            self.set_certificate(host, kind)

    def set_certificate(self, host: str, kind: str) -> None:
        """From the next handshake on; open connections are closed, so that it comes."""
        self._known(kind)
        with self._changed:
            self._kinds[host] = kind
            idle = list(self._open.values())
        for handler in idle:
            handler.hang_up()

    @staticmethod
    def _known(kind: str) -> None:
        if kind not in KINDS + MORE_KINDS:
            raise ValueError(f"a certificate is one of {', '.join(KINDS + MORE_KINDS)}")

    def behave(self, kind: str, times: int = 1, *, host: str | None = None, accept: bool = False, nth: int = 1,
               function: str | None = None, **options) -> None:
        """Answer `times` requests (-1: all), from the `nth` from now on, badly.  `accept` believes the
        notification first, so that only the answer is lost.  `function`: of those calls alone.  Kinds and options:
        status(code, body, headers), silence(seconds), cut, garbage(data), oversize(limit),
        slow(seconds, code), redirect(to, code), json_error(subject, reason, message)."""
        self._script.add(Behaviour(kind, times, host, accept, nth, options, function))

    def fail(self, function: str, subject: str, reason: str, *, message: str = "", times: int = 1) -> None:
        """Answer `times` calls (-1: all) of this function with this error, and do nothing else."""
        self.desk.failures.append([function, subject, reason, message, times])

    def set_signer(self, which: str, kind: str) -> None:
        """Show this kind of certificate (pki.SIGNER_KINDS) as the one for "auth" or for the "package"."""
        if which not in self.desk.kinds or kind not in SIGNER_KINDS:
            raise ValueError(f"auth or package, and one of {', '.join(SIGNER_KINDS)}")
        self.desk.kinds[which] = kind

    def refuse_seq(self, sequence: int, *, address: str | None = None, status: int | None = None) -> None:
        """Refuse this notification whenever it comes: Failed in JSON, or an HTTP status."""
        self._refusals.append((sequence, address, status))

    def well_behaved(self) -> None:
        """Forget everything that was to go wrong."""
        self._script.clear()
        self._refusals.clear()
        self.desk.well_behaved()

    # Records

    @property
    def received(self) -> list[Delivery]:
        return self.ledger.received

    @property
    def duplicates(self) -> list[Delivery]:
        return self.ledger.duplicates

    @property
    def violations(self) -> list[Violation]:
        return self.ledger.violations

    @property
    def refused(self) -> list[Delivery]:
        return self.ledger.refused

    def wait_for(self, condition: Callable[["Smdp"], bool], seconds: float = 10) -> bool:
        """Until something came in that makes the condition true."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), seconds)

    # Orders and events

    def order(self, profile: Profile | None = None, matching_id: str | None = None, *, address: str | None = None,
              **settings) -> Order:
        """Have a profile lie ready (orders.Order tells the settings); its activation_code fetches it."""
        number = len(self.desk.orders) + 1
        host = address or self.hosts[0]
        if profile is None:
            profile = Profile(f"8900100000000{number:05d}0", f"Travel {number}", "Lab Telecom",
                              imsi=f"0010100000{number:05d}", addresses=[Address(host)])
        made = Order(profile, f"LAB-{number:04d}-ORDER" if matching_id is None else matching_id, host, **settings)
        with self._changed:
            self.desk.orders.append(made)
        return made

    def event(self, event_id: str, address: str, eid: str | None = None, at: str | None = None) -> Event:
        """An SM-DS learns that there is something at `address`; `at`: of its hosts, this one alone."""
        made = Event(event_id, address, eid, at)
        with self._changed:
            self.desk.events.append(made)
        return made

    def open_sessions(self) -> list[Session]:
        """Sessions that an eUICC took part in and nobody brought to an end."""
        with self._changed:
            return self.desk.open_sessions()

    # TLS

    def _context(self, host: str) -> ssl.SSLContext:
        key = (host, self._kinds[host], self.root)
        with self._changed:
            if key not in self._contexts:
                self._contexts[key] = self._make_context(*key)
            return self._contexts[key]

    def _make_context(self, host: str, kind: str, root: str) -> ssl.SSLContext:
        shown = self.pki.server(host, kind, root, f"{self.role}-tls")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if root == "brainpool":  # OpenSSL knows these curves up to TLS 1.2 only
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ecdh_curve("brainpoolP256r1")
        context.sslsocket_class = _TlsSocket
        context.sni_callback = self._named
        with tempfile.TemporaryDirectory() as folder:
            chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
            chain.write_bytes(shown.chain_pem())
            key.write_bytes(shown.key_pem())
            context.load_cert_chain(chain, key)
        return context

    def _named(self, connection: _TlsSocket, server_name: str | None, context: ssl.SSLContext) -> int | None:
        if server_name is None:
            return None
        if server_name not in self._kinds:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.lab_host = server_name
        connection.context = self._context(server_name)
        return None

    def _handshake(self, connection: ssl.SSLSocket) -> bool:
        self.link.wait(2)  # TCP has had one, TLS 1.3 another before it
        try:
            connection.do_handshake()
        except OSError as error:
            with self._changed:
                self.handshakes["failed"] += 1
                self.handshake_errors.append(str(error))
                self._changed.notify_all()
            return False
        connection.settimeout(_Handler.timeout)
        with self._changed:
            self.handshakes["ok"] += 1
            self._changed.notify_all()
        return True

    def _connected(self, handler: _Handler) -> int:
        with self._changed:
            self.connections += 1
            self._open[self.connections] = handler
            return self.connections

    def _disconnected(self, handler: _Handler) -> None:
        with self._changed:
            self._open.pop(handler.number, None)
            self._changed.notify_all()

    # HTTP

    def _serve(self, handler: _Handler, request: Request) -> None:
        self.link.wait()
        self.link.receive(len(request.body))
        with self._changed:
            self.requests.append(request)
        if self._hung_up(self.before_request, handler, request):
            return
        bad = self._script.take(request.host, function_of(request))
        status, body = (0, b"") if bad and not bad.accept else self._take(request)
        if self._hung_up(self.after_request, handler, request):
            return
        if bad is not None:
            self._told()
            request.status = behaviour.perform(bad, handler, self._closing)
            self._told()
        else:
            request.status = status
            self._told()
            handler.answer(status, body, {})
        self._hung_up(self.after_answer, handler, request)

    def _hung_up(self, hooks: list, handler: _Handler, request: Request) -> bool:
        if not any([hook(request) for hook in list(hooks)]):
            return False
        handler.close_connection = True
        handler.hang_up()
        return True

    def _told(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _take(self, request: Request) -> tuple[int, bytes]:
        """Check a request and enter it into the ledger; the answer to it."""
        with self._changed:
            try:
                check_headers(request, FUNCTIONS if self.role == "dp" else FUNCTIONS[:2])
                if function_of(request) != "handleNotification":
                    return self.desk.answer(function_of(request), request.body, request.host)
                der = read_notification(request)
                if der[:2] == b"\xbf\x37":
                    notice = self.desk.take_result(der)
                else:
                    notice = check_notification(der, [r.cert for r in self.pki.roots.values()])
                return self._enter(notice, request.host)
            except BadRequest as error:
                self.ledger.violate(error.rule, str(error), request.host)
                return error.status, b""
            except Refused as error:
                self.ledger.violate("notification", str(error), request.host)
                return 200, behaviour.failed_body(error.subject, error.reason, str(error))

    def _enter(self, notice: Notice, host: str) -> tuple[int, bytes]:
        fqdn = notice.address.rsplit(":", 1)[0]
        if fqdn != host:
            self.ledger.violate("recipient", f"a notification for {fqdn} was brought to {host}", host)
            return 200, behaviour.failed_body("8.8.1", "3.8", "not for this SM-DP+")
        for sequence, address, status in self._refusals:
            if notice.sequence == sequence and address in (None, fqdn):
                self.ledger.refuse(notice, host)
                return (status, b"") if status else (200, behaviour.failed_body("8.1", "6.1", "refused"))
        self.ledger.enter(notice, host)
        return 204, b""
