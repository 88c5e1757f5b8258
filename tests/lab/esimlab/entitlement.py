# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lab Telecom's entitlement server (GSMA TS.43): who asks, what they want, and every answer that one can be given.

It sees what comes over HTTPS and nothing else. Answers are as the settings have it, unless a test scripted one.
"""

import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from . import entitlement_presets as presets
from . import entitlement_requests as requests
from .carrier import demo_customers
from .entitlement_access import FOREVER, METHODS, Access, Eap
from .entitlement_documents import Manners, Message, Node
from .entitlement_lines import AFTER, Book, Line, Submission
from .entitlement_operations import UNSUBSCRIBE, Operations
from .entitlement_random import Dialogue
from .entitlement_web import CALLBACK, HOST, LOGIN_HOST, PAGE_HOST, PATH, EntitlementWeb, Reply
from .hss import Hss
from .oidc import Provider
from .pki import WebPki
from .websheet import Websheets

# Statuses of HTTP that say that nothing was done.
REFUSALS = (302, 400, 401, 403, 404, 405, 406, 501, 503, 511)


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


def standard_host(imsi, mnc_length=2):
    """The name that TS.43 has for a network without one of its own."""
    return f"aes.mnc{imsi[3:3 + mnc_length].zfill(3)}.mcc{imsi[:3]}.pub.3gppnetwork.org"


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
        self.customers = demo_customers() if customers is None else customers
        for one in profiles:
            if one.imsi:
                self.book.add_line(Line(one.iccid, one.imsi, one.msisdn or self._phone_of(one.iccid)))
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
        hosts = dict.fromkeys([HOST, *(standard_host(one.imsi, one.mnc_digits or 2) for one in profiles if one.imsi)])
        self.hosts = (*hosts, LOGIN_HOST, PAGE_HOST)
        self.entitlement_hosts = tuple(hosts)
        self.access, self.operations = Access(self), Operations(self)
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

    def _phone_of(self, iccid):
        found = next((one for one in self.customers if requests.same_iccid(one.iccid, iccid)), None)
        return "+" + "".join(c for c in found.phone if c.isdigit()) if found else ""

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
                self.find(asked, str(error))
                reply = Reply(400, words=str(error))
            asked.status, asked.answered, asked.sent = reply.status, reply.words or reply.kind or "", reply.body
            asked.location = next((value for name, value in reply.headers if name == "Location"), None)
            asked.told = reply.kind in (None, "slow") and reply.status == 200
            if reply.kind in ("silence", "reset", "lost", "garbage"):
                asked.status = 0
            self.lock.notify_all()
            return reply

    def find(self, asked, words):
        """Something was wrong with a request."""
        self.found.append(f"{asked.method} {asked.operation}: {words}")

    def _handle(self, asked):
        requests.read(asked, CALLBACK)
        for words in requests.find_faults(asked, self.hosts, "get-only" in self.presets or "no-post" in self.presets):
            self.find(asked, words)
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
        # What is said in another type, or with more headers, is done as well.
        done = accept or not (kind or set(instead) - {"content_type", "headers"})
        reply = self._route(asked, what) if done else Reply(200, headers=[("Content-Type", "application/json")])
        reply.status = instead.get("http", reply.status)
        if "body" in instead:
            asked.truth = "nothing"
            reply.body = instead["body"]
        if "content_type" in instead:
            reply.headers = [("Content-Type", instead["content_type"])]
        reply.headers += list(instead.get("headers", {}).items())
        reply.kind, reply.options = kind, options
        reply.words = f"scripted: {kind or reply.status}"
        if not done and asked.is_submission and asked.line is not None:
            # Whoever sent it knows that nothing came of it only where the answer says so.
            made = self.submit(asked)
            made.taken = bool(kind) or reply.status not in REFUSALS
        return reply

    def _route(self, asked, what):
        if asked.operation == "eap":
            return self.access.relay(asked, what)
        if asked.operation == "redeem":
            return self.access.redeem(asked, what)
        if self.versions is not None and str(asked.parameters.get("entitlement_version")) not in self.versions:
            return Reply(406, words="version")
        if asked.operation == "number":
            return self.access.take_number(asked)
        if asked.operation == "code":
            return self.access.take_code(asked, what)
        if asked.operation == "authenticate":
            return self.access.authenticate(asked)
        if asked.line is None:
            return self.access.ask_who(asked)
        if asked.line.at(self.now()) == "forbidden":
            return Reply(403, words="the line is not known")
        imsi = asked.parameters.get("IMSI")
        if imsi is not None and str(imsi) != asked.line.imsi:
            self.find(asked, f"IMSI {imsi} beside the token of {asked.line.imsi}")
            return Reply(403, words="another's token")
        return self.operations.answer(asked, [], what)

    def write(self, nodes):
        kind, body = self.manners.write(nodes)
        return Reply(200, body, [("Content-Type", kind)], words="; ".join(_words(nodes)))

    def submit(self, asked):
        made = Submission(len(self.submissions), asked.line.iccid, asked.at, asked)
        made.duplicate = any(one.taken and one.iccid == made.iccid for one in self.submissions)
        self.submissions.append(made)
        return made


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
