# SPDX-License-Identifier: LGPL-2.1-or-later
"""The portal of Lab Telecom over HTTPS: sessions, forms with their tokens, and the way from page to page."""

import hashlib
import hmac
import secrets
import socket
import ssl
import tempfile
import threading
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from . import carrier_pages as pages
from .carrier_pages import Filled, View
from .carrier_words import LANGUAGES, Words, choose_language
from .doors import Doors, LocalServer

MAX_BODY = 1 << 16
HANDSHAKE_SECONDS = 10
COOKIE = "__Host-session"
FORM = "application/x-www-form-urlencoded"
LONGEST = 500
PASSWORD_LENGTH = 8
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
                               "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "Connection": "close",
}


@dataclass
class Session:
    """What the portal remembers of one browser."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    language: str | None = None
    customer: object = None
    identified: bool = False
    resetting: str | None = None  # the number whose password is to be set

    def token(self, action):
        """For the form that goes to this path, and for no other."""
        return hmac.new(self.secret, action.split("?")[0].encode(), hashlib.sha256).hexdigest()[:32]


@dataclass
class Asked:
    """One request, and what is known of who sent it."""

    method: str
    path: str
    query: dict
    form: dict
    session: Session
    view: View

    @property
    def words(self):
        return self.view.words


@dataclass
class Answer:
    status: int
    body: str = ""
    location: str = ""
    session: Session | None = None  # a new one
    lost: bool = False  # it never arrives


def _see(path):
    """Go on with a GET of another page, so that nothing is sent twice by a reload."""
    return Answer(303, location=path)


def _cleaned(form, names):
    return {name: form.get(name, "").strip()[:LONGEST] for name in names}


class Rooms:
    """Each page, and what becomes of what its form sends."""

    def __init__(self, carrier):
        self.carrier = carrier

    def get_(self, asked):
        return Answer(200, pages.home(asked.view))

    def get_help(self, asked):
        return Answer(200, pages.help_page(asked.view))

    def get_done(self, asked):
        return Answer(200, pages.done(asked.view))

    # Signing in and out

    def get_login(self, asked):
        return Answer(200, pages.login(asked.view, Filled(), self._after(asked), "saved" in asked.query))

    @staticmethod
    def _after(asked):
        """Where to go after signing in: to a page of ours alone."""
        after = asked.query.get("next", "")
        return after if after in ("/end", "/progress", "/account") else ""

    def post_login(self, asked):
        words, values = asked.words, _cleaned(asked.form, ("phone",))
        password = asked.form.get("password", "")
        errors = {name: words("missing") for name, value in (("phone", values["phone"]), ("password", password))
                  if not value}
        if errors:
            return Answer(422, pages.login(asked.view, Filled(values, errors), self._after(asked)))
        customer, locked = self.carrier.sign_in(values["phone"], password)
        if customer is None:
            note = words("login-locked", time=f"{locked:%H:%M}") if locked else words("login-wrong")
            page = pages.login(asked.view, Filled(values, note=note), self._after(asked))
            return Answer(429 if locked else 403, page)
        # Whoever knew the key of the session before knows nothing now.
        fresh = Session(language=asked.session.language, customer=customer)
        return Answer(303, location=self._after(asked) or "/account", session=fresh)

    def post_logout(self, asked):
        return Answer(303, location="/", session=Session(language=asked.session.language))

    def get_forgotten(self, asked):
        return Answer(200, pages.forgotten(asked.view, Filled()))

    def post_forgotten(self, asked):
        values = _cleaned(asked.form, ("phone",))
        if not values["phone"]:
            errors = {"phone": asked.words("missing")}
            return Answer(422, pages.forgotten(asked.view, Filled(values, errors)))
        asked.session.resetting = values["phone"]
        self.carrier.send_code(values["phone"], asked.words.language)
        return _see("/forgotten/code")

    def get_forgotten_code(self, asked):
        if asked.session.resetting is None:
            return _see("/forgotten")
        return Answer(200, pages.enter_code(asked.view, Filled()))

    def post_forgotten_code(self, asked):
        words, values = asked.words, _cleaned(asked.form, ("code",))
        password, errors = asked.form.get("password", ""), {}
        if asked.session.resetting is None:
            return _see("/forgotten")
        if not values["code"]:
            errors["code"] = words("missing")
        if len(password) < PASSWORD_LENGTH:
            errors["password"] = words("password-short")
        if not errors and not self.carrier.set_password(asked.session.resetting, values["code"], password):
            errors["code"] = words("code-wrong")
        if errors:
            return Answer(422, pages.enter_code(asked.view, Filled(values, errors)))
        asked.session.resetting = None
        return _see("/login?saved")

    # For those who are signed in

    def get_account(self, asked):
        return Answer(200, pages.account(asked.view))

    def get_progress(self, asked):
        mine = self.carrier.requests_of(asked.session.customer)
        return Answer(200, pages.progress(asked.view, mine[::-1], self.carrier.clock.now()))

    def get_end(self, asked):
        return _see("/end/request" if asked.session.identified else "/end/identity")

    def get_end_identity(self, asked):
        return Answer(200, pages.identity(asked.view, Filled()))

    def post_end_identity(self, asked):
        words, customer = asked.words, asked.session.customer
        values = _cleaned(asked.form, ("name", "document", "born"))
        errors = {name: words("missing") for name, value in values.items() if not value}
        for name, value in values.items():
            if value and value.casefold() != getattr(customer, name).casefold():
                errors[name] = words("not-ours")
        if errors:
            return Answer(422, pages.identity(asked.view, Filled(values, errors)))
        asked.session.identified = True
        return _see("/end/request")

    def _request_page(self, asked, filled, status=200):
        page = pages.request(asked.view, filled, self.carrier.required, self.carrier.notice_days)
        return Answer(status, page)

    def get_end_request(self, asked):
        if not asked.session.identified:
            return _see("/end/identity")
        return self._request_page(asked, Filled({"phone": asked.session.customer.phone}))

    def post_end_request(self, asked):
        if not asked.session.identified:
            return _see("/end/identity")
        fields = pages.request_fields(asked.words, self.carrier.required)
        values = _cleaned(asked.form, [f.name for f in fields])
        errors = self._wrong(asked, fields, values)
        if errors:
            return self._request_page(asked, Filled(values, errors), 422)
        standing, already = self.carrier.submit(asked.session.customer, values, asked.words.language)
        if self.carrier.losing:
            self.carrier.losing -= 1
            return Answer(303, lost=True)
        return _see(f"/end/{'already' if already else 'received'}?reference={quote(standing.reference)}")

    @staticmethod
    def _wrong(asked, fields, values):
        words, customer = asked.words, asked.session.customer
        errors = {f.name: words("missing-agree" if f.name == "agree" else "missing") for f in fields
                  if not values[f.name] and not f.optional}
        if values["phone"] and not customer.has_phone(values["phone"]):
            errors["phone"] = words("phone-wrong")
        if values["iccid"] and (len(values["iccid"]) < 6 or not customer.iccid.endswith(values["iccid"])):
            errors["iccid"] = words("iccid-wrong")
        if values["reason"] and values["reason"] not in pages.REASONS:
            errors["reason"] = words("missing")
        return errors

    def _reference_page(self, asked, already):
        mine = self.carrier.requests_of(asked.session.customer)
        found = next((s for s in mine if s.reference == asked.query.get("reference")), None)
        if found is None:
            return Answer(404, pages.plain(asked.view, "nothing"))
        return Answer(200, pages.received(asked.view, found, already))

    def get_end_received(self, asked):
        return self._reference_page(asked, False)

    def get_end_already(self, asked):
        return self._reference_page(asked, True)


def _needs_sign_in(path):
    return path.split("/")[1] in ("account", "progress", "end")


class Portal:
    """HTTPS on 127.0.0.1, with a certificate for the host's name and for localhost."""

    def __init__(self, carrier, host, port):
        self.carrier, self.rooms = carrier, Rooms(carrier)
        self.requests = []  # (method, path) of each that came
        self._sessions, self._lock = {}, threading.RLock()
        self.doors = Doors(lambda listener: _Server(self, _Handler, port, listener))
        self.port = self.doors.port
        self.context = self._make_context(carrier.web.server((host, "localhost", "127.0.0.1")))

    @staticmethod
    def _make_context(shown):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.TemporaryDirectory() as folder:
            chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
            chain.write_bytes(shown.chain_pem())
            key.write_bytes(shown.key_pem())
            context.load_cert_chain(chain, key)
        return context

    def start(self):
        self.doors.start()

    def stop(self):
        self.doors.stop()

    def _session(self, cookies):
        """The browser's, or a new one; True if it is new."""
        try:
            morsel = SimpleCookie(cookies or "").get(COOKIE)
        except CookieError:
            morsel = None
        found = self._sessions.get(morsel.value) if morsel else None
        return (found, False) if found else (self._keep(Session()), True)

    def _keep(self, session):
        self._sessions[session.key] = session
        return session

    def answer(self, method, target, headers, body):
        """The answer to a request."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        with self._lock:
            self.requests.append((method, parts.path))
            session, new = self._session(headers.get("Cookie"))
            if query.get("lang") in LANGUAGES:
                session.language = query["lang"]
            words = Words(session.language or choose_language(headers.get("Accept-Language")))
            view = View(words, parts.path, query, session.customer, session.token)
            asked = Asked(method, parts.path, query, {}, session, view)
            answer = self._route(asked, headers, body)
            if answer.session is not None:
                self._sessions.pop(session.key, None)
                self._keep(answer.session)
            elif new:
                answer.session = session
            return answer

    def _route(self, asked, headers, body):
        room = asked.path.strip("/").replace("/", "_")
        found = getattr(self.rooms, f"{'post' if asked.method == 'POST' else 'get'}_{room}", None)
        if found is None or asked.path != "/" + room.replace("_", "/"):
            return Answer(404, pages.plain(asked.view, "nothing"))
        if asked.method == "POST":
            try:
                asked.form = dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=40))
            except ValueError:
                return Answer(400, pages.plain(asked.view, "refused"))
            if headers.get_content_type() != FORM:
                return Answer(415, pages.plain(asked.view, "refused"))
            told = asked.form.get("token", "")
            if not hmac.compare_digest(told.encode(), asked.session.token(asked.path).encode()):
                return Answer(403, pages.plain(asked.view, "stale"))
        if _needs_sign_in(asked.path) and asked.session.customer is None:
            after = "/" + asked.path.split("/")[1]
            return _see(f"/login?next={after}")
        return found(asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def handle(self):
        """The handshake is done here, in this connection's own thread."""
        try:
            self.connection.do_handshake()
            self.connection.settimeout(self.timeout)
            super().handle()
        except OSError:
            self.close_connection = True

    def finish(self):
        try:
            super().finish()
        except OSError:
            self.close_connection = True

    def log_message(self, format, *args):
        """The carrier's records tell it better."""

    def _any(self):
        size = self.headers.get("Content-Length", "0")
        if not size.isdigit() or int(size) > MAX_BODY or "Transfer-Encoding" in self.headers:
            self._send(Answer(413))
            return
        body = self.rfile.read(int(size))
        self._send(self.server.owner.answer(self.command, self.path, self.headers, body))

    do_GET = do_POST = do_HEAD = _any

    def _send(self, answer):
        self.close_connection = True
        if answer.lost:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = answer.body.encode()
        self.send_response(answer.status)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        if answer.location:
            self.send_header("Location", answer.location)
        if answer.session is not None:
            self.send_header("Set-Cookie", f"{COOKIE}={answer.session.key}; Secure; HttpOnly; Path=/; SameSite=Lax")
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Server(LocalServer):
    def get_request(self):
        connection, address = super().get_request()
        connection.settimeout(HANDSHAKE_SECONDS)
        return self.owner.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, request, client_address):
        """A browser that goes away is no error of the portal's."""
