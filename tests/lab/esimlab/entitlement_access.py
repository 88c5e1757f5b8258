# SPDX-License-Identifier: LGPL-2.1-or-later
"""How an entitlement server comes to know who asks: EAP-AKA relayed in HTTP, OpenID Connect, a code to a number (GSMA TS.43, 2.8)."""

import base64
import json
import secrets

from . import entitlement_requests as requests
from .carrier import plain_phone
from .eapserver import TRAPS, Conversation, imsi_of
from .entitlement_documents import EAP_TYPE, Node, token, versions
from .entitlement_web import PAGE_HOST, Reply
from .hss import Unknown

FOREVER = -1
METHODS = ("aka", "openid", "code", "page")
WRONG_CODES = 3


class Eap:
    """Which traps wait for the next authentications."""

    def __init__(self):
        self._waiting = []
        self.conversations = []

    def trap(self, *names, times=1):
        """The next authentications (FOREVER: all) have these of eapserver.TRAPS."""
        if set(names) - set(TRAPS):
            raise ValueError(f"traps are {', '.join(TRAPS)}")
        self._waiting.append([set(names), times])

    def clear(self):
        self._waiting.clear()

    def take(self):
        if not self._waiting:
            return set()
        names, times = self._waiting[0]
        if times != FOREVER:
            self._waiting[0][1] -= 1
            if times == 1:
                self._waiting.pop(0)
        return names


class Access:
    """The part of an Entitlement (`server`) that gives tokens. Under its lock."""

    def __init__(self, server):
        self.server = server

    def ask_who(self, asked):
        """Without a token that holds."""
        if "openid" in self.server.authentication:
            return self.begin_login(asked)
        if "page" in self.server.authentication:
            return self._redirect(f"https://{PAGE_HOST}/not-eligible?app=ap2009&src=aes", "not eligible")
        return Reply(511, words="authenticate again")

    def authenticate(self, asked):
        told = str(asked.parameters.get("EAP_ID", ""))
        if not told:
            return self.ask_who(asked)
        if "aka" not in self.server.authentication:
            return self.ask_who(asked) if self.server.authentication - {"aka"} else Reply(511, words="no EAP here")
        imsi = imsi_of(told)
        line = self.server.book.find(imsi=imsi) if imsi else None
        try:
            self.server.hss.find(imsi or "")
        except Unknown:
            line = None
        if line is None or line.at(self.server.now()) == "forbidden":
            return Reply(403, words="unknown subscriber")
        session = self.server.book.open_session(asked)
        session.line = asked.line = line
        found = []
        session.conversation = Conversation(self.server.hss, told, self.server.eap.take(), found)
        self.server.eap.conversations.append(session.conversation)
        reply = self._packet(session, session.conversation.begin())
        return reply

    def _packet(self, session, octets):
        body = json.dumps({"eap-relay-packet": base64.b64encode(octets).decode()}).encode()
        return Reply(200, body, [("Content-Type", EAP_TYPE), self._cookie(session)], words="EAP")

    def _cookie(self, session):
        if self.server.rotate_cookies:
            self.server.book.sessions.pop(session.key, None)
            session.key = secrets.token_urlsafe(18)
            self.server.book.sessions[session.key] = session
        return "Set-Cookie", f"ts43={session.key}; Path=/; Secure; HttpOnly"

    def relay(self, asked, what):
        session = asked.session
        if session is None or session.conversation is None:
            self.server.find(asked, "an EAP packet without the cookie of a conversation")
            return Reply(400, words="no conversation")
        talk, known = session.conversation, len(session.conversation.found)
        octets = talk.take(asked.eap)
        for words in talk.found[known:]:
            self.server.find(asked, words)
        if octets is not None:
            return self._packet(session, octets)
        if talk.imsi is None:
            if "failure-packet" in talk.traps or self.server.relay_failures:
                return self._packet(session, talk.final)
            return Reply(403, words=f"EAP: {talk.why}")
        self.server.book.sessions.pop(session.key, None)
        return self._grant(asked, session, "aka", what)

    def _grant(self, asked, session, by, what):
        """A token, and what was wanted before it."""
        line = session.line
        made = self.server.book.issue(line, self.server.token_seconds, by)
        wanted = session.asked
        asked.line = line
        nodes = [token(made.value, self.server.token_seconds)]
        if wanted is None or wanted.operation not in requests.OPERATIONS:
            operation = str(wanted.parameters.get("operation", "")) if wanted else ""
            if operation not in requests.OPERATIONS:
                return self.server.write([versions(), *nodes, Node("APPLICATION").add("AppID", "ap2009").add("OperationResult", 1)])
            wanted.operation = operation
        wanted.line = line
        return self.server.operations.answer(wanted, nodes, what)

    def take_number(self, asked):
        line = next((one for one in self.server.book.lines if one.msisdn and
                     plain_phone(one.msisdn) == plain_phone(str(asked.parameters["msisdn"]))), None)
        if "code" not in self.server.authentication or line is None:
            return Reply(403, words="no such number")
        session = self.server.book.open_session(asked)
        session.line, session.code = line, f"{secrets.randbelow(10 ** 6):06d}"
        self.server.messages.append((line.msisdn, session.code))
        reply = self.server.write([versions()])
        reply.headers.append(self._cookie(session))
        return reply

    def take_code(self, asked, what):
        session = asked.session
        if session is None or not session.code:
            self.server.find(asked, "a code without the cookie of its number")
            return Reply(403, words="no conversation")
        if str(asked.parameters["OTP"]).strip() != session.code:
            session.failures += 1
            if session.failures >= WRONG_CODES:
                session.code = ""
            return Reply(403, words="wrong code")
        session.code = ""
        return self._grant(asked, session, "code", what)

    def _redirect(self, location, words, session=None):
        return Reply(302, headers=[("Location", location), *([self._cookie(session)] if session else [])], words=words)

    def begin_login(self, asked):
        session = self.server.book.open_session(asked)
        return self._redirect(self.server.oidc.begin(session, asked.host), "to the provider", session)

    def redeem(self, asked, what):
        """What comes back from the provider: the code is spent here, and nowhere else."""
        session = asked.session
        told = dict(asked.parameters)
        if session is None or not session.state:
            return Reply(403, words="no session for this code")
        account, words = self.server.oidc.redeem(told.get("code", ""), told.get("state", ""), session)
        if account is None:
            return Reply(403, words=words)
        session.account, session.rounds = account, session.rounds + 1
        if session.rounds < self.server.oidc.rounds:
            return self._redirect(self.server.oidc.begin(session, asked.host), "to the provider again", session)
        try:
            session.line = self.server.book.line(account.iccid)
        except KeyError:
            return Reply(403, words="the account has no such line")
        return self._grant(asked, session, "openid", what)
