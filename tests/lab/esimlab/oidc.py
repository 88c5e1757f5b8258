# SPDX-License-Identifier: LGPL-2.1-or-later
"""An identity provider (OpenID Connect Core 1.0, 3.1) with pages for a person: a login, and a code by message after it.

Its one client is the entitlement server, whose code only that server can redeem, once.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit

from .carrier import plain_phone
from .entitlement_web import CALLBACK, LOGIN_HOST
from .entitlement_words import Speaker, heading, page, text_field

CLIENT, SECRET = "lab-entitlement", secrets.token_bytes(24)
CODE_HOLDS, VISIT_HOLDS = timedelta(minutes=1), timedelta(minutes=30)
ATTEMPTS = 5


@dataclass
class Visit:
    """A browser on its way from the authorize address to the redirect."""

    key: str
    redirect_uri: str
    state: str
    nonce: str
    step: str  # "login" or "code"
    until: datetime
    account: object = None
    message: str = ""
    failures: int = 0


@dataclass
class Code:
    value: str
    account: object
    redirect_uri: str
    nonce: str
    until: datetime
    spent: int = 0  # how often somebody tried to redeem it


class Provider:
    """rounds: 1, or 2 where after the login is redeemed a second redirect asks for a code by message. code_after_login: that
    code is asked for within the first visit. messages: (number, code), as phones got them. visits, codes: what came of it."""

    def __init__(self, owner):
        self._owner = owner
        self.rounds, self.code_after_login = 1, False
        self.codes, self.messages, self.views = [], [], []
        self._visits = {}

    def begin(self, session, host):
        """The address of the authorize page for a session of the entitlement server."""
        session.state, session.nonce = secrets.token_urlsafe(16), secrets.token_urlsafe(12)
        told = {"response_type": "code", "scope": "openid", "client_id": CLIENT, "redirect_uri": f"https://{host}{CALLBACK}",
                "state": session.state, "nonce": session.nonce}
        if session.rounds:
            told |= {"acr_values": "urn:lab:message", "login_hint": plain_phone(session.account.phone)}
        return f"https://{LOGIN_HOST}/authorize?{urlencode(told)}"

    def pass_by(self, address, iccid):
        """As if the owner of this line had been through the pages from that address: the address at which a view stops."""
        query = dict(parse_qsl(urlsplit(address).query))
        account = next(one for one in self._owner.customers if one.iccid == iccid)
        code = self._issue(account, query["redirect_uri"], query["nonce"])
        return f"{query['redirect_uri']}?{urlencode({'code': code.value, 'state': query['state']})}"

    def _issue(self, account, redirect_uri, nonce):
        code = Code(secrets.token_urlsafe(24), account, redirect_uri, nonce, self._owner.now() + CODE_HOLDS)
        self.codes.append(code)
        return code

    def redeem(self, value, state, session):
        """(the account, "") for a code, or (None, why not). The back channel between the two servers."""
        if not hmac.compare_digest(state.encode(), session.state.encode()):
            return None, "the state is another's"
        found = next((one for one in self.codes if hmac.compare_digest(one.value.encode(), value.encode())), None)
        if found is None:
            return None, "no such code"
        found.spent += 1
        if found.spent > 1:
            return None, "the code was spent"
        if found.until < self._owner.now():
            return None, "the code is too old"
        claims = _read_token(self._id_token(found))
        if claims["nonce"] != session.nonce or claims["aud"] != CLIENT:
            return None, "the token is another's"
        return found.account, ""

    def _id_token(self, code):
        claims = {"iss": f"https://{LOGIN_HOST}", "sub": code.account.contract_number, "aud": CLIENT, "nonce": code.nonce}
        body = base64.urlsafe_b64encode(json.dumps(claims).encode())
        return body + b"." + hmac.new(SECRET, body, hashlib.sha256).hexdigest().encode()

    # Pages

    def serve(self, method, path, query, headers, body):
        """(status, headers, octets)"""
        say = Speaker(headers.get("accept-language"))
        self.views.append((method, path))
        policy = {"Content-Type": "text/html; charset=utf-8",
                  "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                                             "frame-ancestors 'none'"}
        if method == "GET" and path == "/authorize":
            status, shown = self._authorize(say, query)
            return status, policy, shown
        if method == "POST" and path in ("/login", "/code"):
            told = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            status, shown, location = self._sent(say, path, told)
            return status, {**policy, **({"Location": location} if location else {})}, shown
        return 404, policy, page(say, "nothing-title", f"<h1>{say('nothing-title')}</h1>")

    def _plain(self, say, words):
        return page(say, "login-title", f"<h1>{say(words)}</h1>")

    def _authorize(self, say, query):
        allowed = [f"https://{host}{CALLBACK}" for host in self._owner.entitlement_hosts]
        good = (query.get("response_type") == "code" and "openid" in query.get("scope", "").split()
                and query.get("client_id") == CLIENT and query.get("redirect_uri") in allowed
                and query.get("state") and query.get("nonce"))
        if not good:
            return 400, self._plain(say, "bad-request")
        visit = Visit(secrets.token_urlsafe(18), query["redirect_uri"], query["state"], query["nonce"], "login",
                      self._owner.now() + VISIT_HOLDS)
        self._visits[visit.key] = visit
        if query.get("acr_values") == "urn:lab:message":
            visit.account = self._find(query.get("login_hint", ""))
            if visit.account is None:
                return 400, self._plain(say, "bad-request")
            self._send_message(visit)
            return 200, self._code_page(say, visit)
        return 200, self._login_page(say, visit)

    def _find(self, phone):
        return next((one for one in self._owner.customers if one.has_phone(phone)), None)

    def _send_message(self, visit):
        visit.step, visit.message = "code", f"{secrets.randbelow(10 ** 6):06d}"
        self.messages.append((visit.account.phone, visit.message))

    def _sent(self, say, path, told):
        """(status, page, location)"""
        visit = self._visits.get(told.get("visit", ""))
        if visit is None or visit.until < self._owner.now() or path != f"/{visit.step}":
            return 400, self._plain(say, "stale"), None
        if visit.step == "login":
            account = self._find(told.get("phone", ""))
            if account is None or not hmac.compare_digest(account.password.encode(), told.get("password", "").encode()):
                return self._again(visit, lambda: self._login_page(say, visit, told.get("phone", ""), "login-wrong"), say)
            visit.account = account
            if self.code_after_login:
                self._send_message(visit)
                return 200, self._code_page(say, visit), None
        elif told.get("code", "").strip() != visit.message:
            return self._again(visit, lambda: self._code_page(say, visit, "code-wrong"), say)
        del self._visits[visit.key]
        code = self._issue(visit.account, visit.redirect_uri, visit.nonce)
        return 302, b"", f"{visit.redirect_uri}?{urlencode({'code': code.value, 'state': visit.state})}"

    def _again(self, visit, show, say):
        visit.failures += 1
        if visit.failures >= ATTEMPTS:
            self._visits.pop(visit.key, None)
            return 429, self._plain(say, "stale"), None
        return 401, show(), None

    def _form(self, say, visit, fields, button):
        return (f'<form method="post" action="/{visit.step}"><input type="hidden" name="visit" value="{escape(visit.key)}">'
                f'{fields}<div class="row"><button id="go">{say(button)}</button></div></form>')

    def _login_page(self, say, visit, phone="", error=""):
        fields = text_field(say, "phone", "tel", phone, autocomplete="username") + \
            text_field(say, "password", "password", error=error, autocomplete="current-password")
        return page(say, "login-title", heading(say, "login-title", "login-lead") + self._form(say, visit, fields, "sign-in"))

    def _code_page(self, say, visit, error=""):
        fields = text_field(say, "code", "text", error=error, autocomplete="one-time-code")
        return page(say, "code-title", heading(say, "code-title", "code-lead", digits=visit.account.phone[-4:])
                    + self._form(say, visit, fields, "continue"))


def _read_token(token):
    body, _, signature = token.partition(b".")
    if not hmac.compare_digest(signature, hmac.new(SECRET, body, hashlib.sha256).hexdigest().encode()):
        raise ValueError("the token's signature is wrong")
    return json.loads(base64.urlsafe_b64decode(body))
