# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lab Telecom's entitlement server (GSMA TS.43): who asks, what they want, and every answer that one can be given.

It sees what comes over HTTPS and nothing else. Answers are as the settings have it, unless a test scripted one.
"""

import base64
import json
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from . import entitlement_presets as presets
from . import entitlement_requests as requests
from .carrier import demo_customers, plain_phone
from .eapserver import TRAPS, Conversation, imsi_of
from .entitlement_documents import EAP_TYPE, UNITS, Manners, Message, Node, configuration, token, versions
from .entitlement_lines import AFTER, Book, Line, Submission
from .entitlement_random import Dialogue
from .entitlement_web import CALLBACK, HOST, LOGIN_HOST, PAGE_HOST, PATH, EntitlementWeb
from .hss import Hss, Unknown
from .oidc import Provider
from .pki import WebPki
from .websheet import Websheets

FOREVER = -1
UNSUBSCRIBE = {"done": 3, "websheet": 1, "message": 8, "delayed": 4, "delete-first": 6, "dismiss": 5, "download": 2,
               "redownload": 7}
# Results that leave the line as it is, and those of HTTP that surely did.
REFUSALS = (302, 400, 401, 403, 404, 405, 406, 501, 503, 511)
METHODS = ("aka", "openid", "code", "page")
WRONG_CODES = 3


@dataclass
class Answer:
    """What a test has an operation answer. what: see Entitlement.answer()."""

    operation: str
    what: dict
    times: int = 1
    nth: int = 1
    operation_type: int | None = None

    def fits(self, asked):
        return self.operation in (asked.operation, "any") and self.operation_type in (None, asked.operation_type)


@dataclass
class Reply:
    """kind: None as it should be, or one of entitlement_web.FAULTS, with options of that."""

    status: int = 200
    body: bytes = b""
    headers: list = field(default_factory=list)
    kind: str | None = None
    options: dict = field(default_factory=dict)
    words: str = ""


def standard_host(imsi, mnc_length=2):
    """The name that TS.43 has for a network without one of its own."""
    return f"aes.mnc{imsi[3:3 + mnc_length].zfill(3)}.mcc{imsi[:3]}.pub.3gppnetwork.org"


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


class Entitlement:
    """`with Entitlement(profiles=card.profiles) as server:` opens it on 127.0.0.1.

    clock: whose time it is (default: the machine's). profiles: whose IMSIs have lines here, with keys where they have some.
    customers: who can sign in (carrier.Customer). web: the WebPki of its certificate.
    authentication: of METHODS. "aka" by EAP, "openid" by 302 to the provider, "code" by a message to a number that is told,
    "page" is a 302 to a page that says that one is not eligible. unsubscribe: a name of UNSUBSCRIBE. review: how long until
    something comes of an accepted request, and after: what (entitlement_lines.AFTER). form: "json" or "xml".
    interval: (how many, "min" | "s" | "ds") beside status 2. token_seconds: how long tokens hold, by the clock.
    deleted: tells of an ICCID whether the carrier heard that its profile was deleted.
    """

    def __init__(self, clock=None, *, profiles=(), customers=None, web=None, port=0, authentication=("aka",),
                 unsubscribe="done", review=timedelta(days=2), after="ended", form="json", shape="duplicate", interval=None,
                 token_seconds=172800, eligibility=1, message=None, deleted=None, deletion_lag=timedelta(hours=1)):
        self.lock = threading.Condition(threading.RLock())
        self.clock, self.web = clock, web or WebPki()
        self.hss = Hss.of_profiles(profiles)
        self.book = Book(self.now)
        for one in profiles:
            if one.imsi:
                self.book.add_line(Line(one.iccid, one.imsi, one.msisdn))
        self.customers = demo_customers() if customers is None else customers
        self.authentication = set(authentication)
        self.unsubscribe, self.review, self.after, self.interval = unsubscribe, review, after, interval
        self.message = message or Message()
        self.manners = Manners(form=form, shape=shape)
        self.token_seconds, self.eligibility = token_seconds, eligibility
        self.deleted, self.deletion_lag = deleted or (lambda iccid: False), deletion_lag
        self.versions = None  # None: any
        self.presets, self.eap, self.director = set(), Eap(), None
        self.rotate_cookies = self.relay_failures = False
        self.requests, self.submissions, self.replies, self.found, self.messages = [], [], [], [], []
        self._script = []
        hosts = dict.fromkeys([HOST, *(standard_host(one.imsi) for one in profiles if one.imsi)])
        self.hosts = (*hosts, LOGIN_HOST, PAGE_HOST)
        self.entitlement_hosts = tuple(hosts)
        self.oidc = Provider(self)
        self.websheets = Websheets(self)
        self.http = EntitlementWeb(self, port)
        self.port, self.doors = self.http.port, self.http.doors

    def __enter__(self):
        self.http.start()
        return self

    def __exit__(self, *_):
        self.http.stop()

    def now(self):
        return self.clock.now() if self.clock is not None else datetime.now(timezone.utc)

    # What a test says

    def line(self, iccid):
        """The Line of this ICCID, of 19 or 20 digits."""
        return self.book.line(iccid)

    def answer(self, operation, *, times=1, nth=1, operation_type=None, **what):
        """The next answer (or the nth from now) of that operation is this, `times` over (FOREVER: -1).

        operation: one of entitlement_requests.OPERATIONS, "authenticate", "eap", "redeem", "number", "code", or "any".
        what, of a good document: result (OperationResult), subscription (SubscriptionResult), message (a Message), url,
        user_data, contents_type, download (a dict), eligibility, not_enabled_url, status or configurations
        ([(ICCID, status)]), interval, error_text, error_url; begin=False leaves the line as it is where a result would end it.
        http, headers, body, content_type: in the place of one. kind: a fault (entitlement_web.FAULTS) with its options;
        accept=True: what was asked is done nevertheless.
        """
        with self.lock:
            self._script.append(Answer(operation, what, times, nth, operation_type))

    def preset(self, name):
        """Behave as a server that was seen (entitlement_presets.NAMES)."""
        presets.apply(self, name)

    def random(self, seed, **settings):
        """Every answer from now on is a hostile stranger's; the Dialogue."""
        self.director = Dialogue(seed, self, **settings)
        return self.director

    def reset(self):
        """As at the beginning, but for the settings: nothing was asked, nothing is scripted, all lines are as they were."""
        with self.lock:
            self._script.clear()
            self.eap.clear()
            self.eap.conversations.clear()
            self.book.tokens.clear()
            self.book.sessions.clear()
            for told in (self.requests, self.submissions, self.replies, self.found, self.messages):
                told.clear()
            for line in self.book.lines:
                line.set(1)
                line.submitted_at, line.waits_for_deletion, line.asked, line.refreshes = None, False, None, 0
            self.director = None

    def polls(self, iccid, since=None):
        """When the status of this line was asked for (after it was submitted, unless `since` says another moment)."""
        line = self.line(iccid)
        start = since or line.submitted_at
        return [one.at for one in self.requests if one.operation == "AcquireConfiguration" and one.line is line
                and start is not None and one.at >= start]

    def count(self, operation):
        return sum(one.operation == operation for one in self.requests)

    def wait_for(self, look, seconds=20):
        """Until look (this server) is true; what it gave, or False."""
        deadline = time.monotonic() + seconds
        with self.lock:
            while not (got := look(self)) and (left := deadline - time.monotonic()) > 0:
                self.lock.wait(left)
        return got

    # What comes in: the web server calls this on a thread of the connection

    def handle(self, asked):
        with self.lock:
            asked.number, asked.at = len(self.requests), self.now()
            self.requests.append(asked)
            try:
                reply = self._handle(asked)
            except requests.BadRequest as error:
                self._find(asked, str(error))
                reply = Reply(400, words=str(error))
            asked.status, asked.answered, asked.sent = reply.status, reply.words or reply.kind or "", reply.body
            asked.location = next((value for name, value in reply.headers if name == "Location"), None)
            asked.told = reply.kind in (None, "slow") and reply.status == 200
            if reply.kind in ("silence", "reset", "lost", "garbage"):
                asked.status = 0
            self.lock.notify_all()
            return reply

    def _find(self, asked, words):
        self.found.append(f"{asked.method} {asked.operation}: {words}")

    def _handle(self, asked):
        requests.read(asked, CALLBACK)
        for words in requests.find_faults(asked, self.hosts, "get-only" in self.presets or "no-post" in self.presets):
            self._find(asked, words)
        asked.session = self.book.session(asked.headers.get("cookie", ""))
        holder = self.book.token(str(asked.parameters.get("token", "")))
        asked.line = holder.line if holder else asked.session.line if asked.session else None
        what = self._scripted(asked)
        if what is None and self.director is not None:
            what = self.director.choose(asked)
        refused = presets.refuse(self, asked)
        if what is None and refused:
            return Reply(refused, words="as the preset has it")
        return self._perform(asked, what or {})

    def _scripted(self, asked):
        found = None
        for one in [answer for answer in self._script if answer.fits(asked)]:
            if one.nth > 1:
                one.nth -= 1
            elif found is None:
                found = one
        if found is None:
            return None
        if found.times != FOREVER:
            found.times -= 1
            if not found.times:
                self._script.remove(found)
        return dict(found.what)

    def _perform(self, asked, what):
        kind = what.pop("kind", None)
        accept = what.pop("accept", kind in ("lost", "cut", "slow"))
        instead = {name: what.pop(name) for name in ("http", "headers", "body", "content_type") if name in what}
        options = {name: what.pop(name) for name in ("seconds", "data", "limit") if name in what}
        if not instead and not kind:
            return self._route(asked, what)
        reply = self._route(asked, what) if accept or not (set(instead) - {"content_type", "headers"} or kind) else Reply(
            200, headers=[("Content-Type", "application/json")])
        reply.status = instead.get("http", reply.status)
        if "body" in instead:
            asked.truth = "nothing"
            reply.body = instead["body"]
        if "content_type" in instead:
            reply.headers = [("Content-Type", instead["content_type"])]
        reply.headers += list(instead.get("headers", {}).items())
        reply.kind, reply.options = kind, options
        reply.words = f"scripted: {kind or reply.status}"
        if not accept and asked.is_submission and asked.line is not None:
            # Whoever sent it knows that nothing came of it only where the answer says so.
            made = self._submission(asked)
            made.taken = bool(kind) or reply.status not in REFUSALS
        return reply

    def _route(self, asked, what):
        if asked.operation == "eap":
            return self._relay(asked, what)
        if asked.operation == "redeem":
            return self.oidc_redeem(asked, what)
        if self.versions is not None and str(asked.parameters.get("entitlement_version")) not in self.versions:
            return Reply(406, words="version")
        if asked.operation == "number":
            return self._take_number(asked)
        if asked.operation == "code":
            return self._take_code(asked, what)
        if asked.operation == "authenticate":
            return self._authenticate(asked)
        if asked.line is None:
            return self._ask_who(asked)
        if asked.line.at(self.now()) == "forbidden":
            return Reply(403, words="the line is not known")
        imsi = asked.parameters.get("IMSI")
        if imsi is not None and str(imsi) != asked.line.imsi:
            self._find(asked, f"IMSI {imsi} beside the token of {asked.line.imsi}")
            return Reply(403, words="another's token")
        return self._document(asked, [], what)

    # Who asks

    def _ask_who(self, asked):
        """Without a token that holds."""
        if "openid" in self.authentication:
            return self.oidc_begin(asked)
        if "page" in self.authentication:
            return self._redirect(f"https://{PAGE_HOST}/not-eligible?app=ap2009&src=aes", "not eligible")
        return Reply(511, words="authenticate again")

    def _authenticate(self, asked):
        told = str(asked.parameters.get("EAP_ID", ""))
        if not told:
            return self._ask_who(asked)
        if "aka" not in self.authentication:
            return self._ask_who(asked) if self.authentication - {"aka"} else Reply(511, words="no EAP here")
        imsi = imsi_of(told)
        line = self.book.find(imsi=imsi) if imsi else None
        try:
            self.hss.find(imsi or "")
        except Unknown:
            line = None
        if line is None or line.at(self.now()) == "forbidden":
            return Reply(403, words="unknown subscriber")
        session = self.book.open_session(asked)
        session.line = asked.line = line
        found = []
        session.conversation = Conversation(self.hss, told, self.eap.take(), found)
        self.eap.conversations.append(session.conversation)
        reply = self._packet(session, session.conversation.begin())
        return reply

    def _packet(self, session, octets):
        body = json.dumps({"eap-relay-packet": base64.b64encode(octets).decode()}).encode()
        return Reply(200, body, [("Content-Type", EAP_TYPE), self._cookie(session)], words="EAP")

    def _cookie(self, session):
        if self.rotate_cookies:
            self.book.sessions.pop(session.key, None)
            session.key = secrets.token_urlsafe(18)
            self.book.sessions[session.key] = session
        return "Set-Cookie", f"ts43={session.key}; Path=/; Secure; HttpOnly"

    def _relay(self, asked, what):
        session = asked.session
        if session is None or session.conversation is None:
            self._find(asked, "an EAP packet without the cookie of a conversation")
            return Reply(400, words="no conversation")
        talk, known = session.conversation, len(session.conversation.found)
        octets = talk.take(asked.eap)
        for words in talk.found[known:]:
            self._find(asked, words)
        if octets is not None:
            return self._packet(session, octets)
        if talk.imsi is None:
            if "failure-packet" in talk.traps or self.relay_failures:
                return self._packet(session, talk.final)
            return Reply(403, words=f"EAP: {talk.why}")
        self.book.sessions.pop(session.key, None)
        return self._grant(asked, session, "aka", what)

    def _grant(self, asked, session, by, what):
        """A token, and what was wanted before it."""
        line = session.line
        made = self.book.issue(line, self.token_seconds, by)
        wanted = session.asked
        asked.line = line
        nodes = [token(made.value, self.token_seconds)]
        if wanted is None or wanted.operation not in requests.OPERATIONS:
            operation = str(wanted.parameters.get("operation", "")) if wanted else ""
            if operation not in requests.OPERATIONS:
                return self._write([versions(), *nodes, Node("APPLICATION").add("AppID", "ap2009").add("OperationResult", 1)])
            wanted.operation = operation
        wanted.line = line
        return self._document(wanted, nodes, what)

    def _take_number(self, asked):
        line = next((one for one in self.book.lines if one.msisdn and
                     plain_phone(one.msisdn) == plain_phone(str(asked.parameters["msisdn"]))), None)
        if "code" not in self.authentication or line is None:
            return Reply(403, words="no such number")
        session = self.book.open_session(asked)
        session.line, session.code = line, f"{secrets.randbelow(10 ** 6):06d}"
        self.messages.append((line.msisdn, session.code))
        reply = self._write([versions()])
        reply.headers.append(self._cookie(session))
        return reply

    def _take_code(self, asked, what):
        session = asked.session
        if session is None or not session.code:
            self._find(asked, "a code without the cookie of its number")
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

    def oidc_begin(self, asked):
        session = self.book.open_session(asked)
        return self._redirect(self.oidc.begin(session, asked.host), "to the provider", session)

    def oidc_redeem(self, asked, what):
        """What comes back from the provider: the code is spent here, and nowhere else."""
        session = asked.session
        told = dict(asked.parameters)
        if session is None or not session.state:
            return Reply(403, words="no session for this code")
        account, words = self.oidc.redeem(told.get("code", ""), told.get("state", ""), session)
        if account is None:
            return Reply(403, words=words)
        session.account, session.rounds = account, session.rounds + 1
        if session.rounds < self.oidc.rounds:
            return self._redirect(self.oidc.begin(session, asked.host), "to the provider again", session)
        try:
            session.line = self.book.line(account.iccid)
        except KeyError:
            return Reply(403, words="the account has no such line")
        return self._grant(asked, session, "openid", what)

    # What they want

    def _document(self, asked, nodes, what):
        what = {**(presets.answer(self, asked) or {}), **what}
        app = Node("APPLICATION").add("AppID", asked.parameters.get("app", "ap2009"))
        name = {"CheckEligibility": "_eligibility", "ManageSubscription": "_manage",
                "AcquireConfiguration": "_configuration"}.get(asked.operation)
        if name is None:
            app.add("OperationResult", what.get("result", 103))
            return self._write([versions(), *nodes, app])
        # What is given for one operation says nothing of another.
        raw = getattr(self, name)(asked, app, what)
        if raw is not None:
            return raw
        app.add("GeneralErrorURL", what.get("error_url")).add("GeneralErrorText", what.get("error_text"))
        return self._write([versions(), *nodes, app])

    def _write(self, nodes):
        kind, body = self.manners.write(nodes)
        return Reply(200, body, [("Content-Type", kind)], words="; ".join(_words(nodes)))

    def _eligibility(self, asked, app, what):
        app.add("OperationResult", what.get("result", 1))
        told = what.get("eligibility", self.eligibility)
        app.add("PrimaryAppEligibility", told)
        app.add("NotEnabledURL", what.get("not_enabled_url")).add("NotEnabledUserData", what.get("user_data"))
        if what.get("interval"):
            _add_interval(app, what["interval"])

    def _configuration(self, asked, app, what):
        app.add("OperationResult", what.get("result", 1))
        line, state = asked.line, self._state(asked.line)
        if what.get("result", 1) != 1:
            return None
        if state == "garbage":
            return Reply(200, b"<wap-provisioningdoc><characteristic type=", [("Content-Type", "text/html")], words="garbage")
        if state == "absent" and not line.others:
            # Whoever is not in a list is absent only if it is a list of something.
            line.others = [(line.iccid[:-4] + "0990", 1)]
        own = {"absent": [], "null": [(None, 1)], "empty": []}.get(state, [(line.iccid, state)])
        if "configurations" in what:
            listed = what["configurations"]
        elif "status" in what:
            listed = [(line.iccid, what["status"]), *line.others]
        else:
            listed = [*own, *line.others]
        if state == "empty" and not {"configurations", "status"} & set(what):
            return None
        asked.truth = _truth(listed, line.iccid)
        interval = what.get("interval", self.interval)
        nodes = []
        for iccid, status in listed:
            told = interval if status == 2 or "interval" in what else None
            shown = iccid + "F" * (len(iccid) % 2) if iccid and self.manners.fill_iccid else iccid
            nodes.append(configuration(shown, status, told, what.get("message")))
        app.items.append(Node("PrimaryConfigurations", nodes))

    def _state(self, line):
        if line.waits_for_deletion and self.deleted(line.iccid):
            line.waits_for_deletion = False
            line.timeline = [(self.now() + self.deletion_lag, "absent")]
        return line.at(self.now())

    def _manage(self, asked, app, what):
        told = asked.operation_type
        if told == requests.UNSUBSCRIBE:
            return self._end(asked, app, what)
        if told == requests.CHANGE:
            app.add("OperationResult", what.get("result", 1))
            if what.get("result", 1) == 1:
                self._add_result(app, asked, {"subscription": 1, **what}, "manage")
            return None
        if {"result", "subscription"} & set(what):
            app.add("OperationResult", what.get("result", 1))
            self._add_result(app, asked, what, "manage")
            return None
        app.add("OperationResult", 103)
        return None

    def _submission(self, asked):
        made = Submission(len(self.submissions), asked.line.iccid, asked.at, asked)
        made.duplicate = any(one.taken and one.iccid == made.iccid for one in self.submissions)
        self.submissions.append(made)
        return made

    def _end(self, asked, app, what):
        """operation_type 1: what the whole server is for."""
        line, told = asked.line, asked.parameters
        if not requests.same_iccid(asked.iccid, line.iccid):
            self._find(asked, f"the end of {asked.iccid} with the token of {line.iccid}")
            app.add("OperationResult", 102)
            return
        is_reply, made = "MSG_btn" in told, None
        if not is_reply:
            made = self._submission(asked)
        elif line.asked is None:
            self._find(asked, "the answer to a question that is not open")
        result = what.get("result", 1)
        if is_reply and not {"result", "subscription"} & set(what):
            result, what = self._judge_reply(asked, line, what)
        app.add("OperationResult", result)
        if result != 1:
            return
        subscription = asked.truth = what.get("subscription", UNSUBSCRIBE[self.unsubscribe])
        if made is not None:
            made.taken, made.result = True, subscription
        if subscription in (3, 4) and what.get("begin", True):
            line.begin_end(self.now(), self.review, self.after)
        elif subscription == 6:
            line.submitted_at, line.waits_for_deletion = line.submitted_at or self.now(), True
        self._add_result(app, asked, {**what, "subscription": subscription}, "end")

    def _judge_reply(self, asked, line, what):
        """(OperationResult, what else) for the answer to a MSG."""
        told, message = asked.parameters, line.asked
        self.replies.append((asked.at, line.iccid, str(told["MSG_btn"]), told.get("MSG_response")))
        if str(told["MSG_btn"]) != "1":
            line.asked = None
            return 1, {**what, "subscription": 5}
        text = told.get("MSG_response")
        if message is not None and not message.freetext and text is not None:
            self._find(asked, "MSG_response where no text was asked for")
        if message is not None and message.freetext and not _matches(message, text):
            return 104, what
        line.asked = None
        return 1, {**what, "subscription": 3}

    def _add_result(self, app, asked, what, page):
        subscription = what.get("subscription")
        app.add("SubscriptionResult", subscription)
        url, data, kind = what.get("url"), what.get("user_data"), what.get("contents_type")
        if subscription == 1 and url is None:
            url, data, kind = self.websheets.address(asked.line, page)
        app.add("SubscriptionServiceURL", url).add("SubscriptionServiceUserData", data)
        app.add("SubscriptionServiceContentsType", kind)
        if subscription == 8:
            asked.line.asked = what.get("message", self.message)
            app.items.append(asked.line.asked.node())
        if what.get("download") or subscription in (2, 7):
            download = what.get("download") or {"ProfileActivationCode": presets.ACTIVATION_CODE}
            app.items.append(Node("DownloadInfo", list(download.items())))


def _truth(listed, iccid):
    """What a list says of this line, in one word: "nothing" where it says two things or nothing that can be relied on."""
    if any(told is None for told, _ in listed):
        return "nothing"
    found = {status for told, status in listed if requests.same_iccid(told, iccid)}
    if not found:
        return "absent" if listed else "nothing"
    status = found.pop()
    return status if not found and status in (1, 2, 3, 4) else "nothing"


def _matches(message, text):
    return bool(text) and (message.validation is None or re.fullmatch(message.validation, str(text)) is not None)


def _add_interval(node, interval):
    node.add("PollingInterval", interval[0]).add("PollingIntervalUnit", UNITS[interval[1]])


def _words(nodes):
    """What a document says, for a person."""
    for node in nodes:
        for item in node.items:
            if isinstance(item, Node):
                yield from _words([item])
            elif item[0] in ("OperationResult", "SubscriptionResult", "ServiceStatus", "ICCID", "PrimaryAppEligibility"):
                yield f"{item[0]} {item[1]}"


def lab_carrier(entry, folder):
    """Into a folder of its own: Lab Telecom's entry for the directory (that file) as a carrier with this server has it."""
    folder.mkdir(parents=True, exist_ok=True)
    text = entry.read_text(encoding="utf-8").replace("method=portal\nby=request", "method=ts43\nby=request")
    if "method=ts43" not in text:
        raise ValueError(f"{entry} does not say that the portal ends a contract")
    made = folder / entry.name
    made.write_text(f"""{text}
[entitlement ts43]
source=portal
protocol=ts43
hosts={HOST};{LOGIN_HOST};{PAGE_HOST}
path={PATH}
ends-primary=true
text=The server ends a line when the line itself, or its owner, asks for it.
text[zh_CN]=由线路自身或其机主提出，该服务器即可终止线路。
""", encoding="utf-8")
    return made


__all__ = ["AFTER", "FOREVER", "METHODS", "UNSUBSCRIBE", "Answer", "Entitlement", "Message", "Reply", "standard_host"]
