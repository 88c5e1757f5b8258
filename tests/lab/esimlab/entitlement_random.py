# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hostile dialogues by chance, the same for the same seed; and what the evidence table allows after what was said.

Most answers are good enough to lead a client on, because one that is told nonsense at once never comes to where it could err.
"""

import random
from datetime import timedelta

from .entitlement_documents import SHAPES, Manners, Message

STATUSES = (1, 1, 2, 3, 4, 4, "absent", "null", "empty", 0, 5, 99, "x")
SUBSCRIPTIONS = (3, 3, 3, 4, 4, 1, 8, 6, 5, 2, 7, 0, 9, -1, "", "three")
RESULTS = (1,) * 12 + (100, 101, 102, 103, 104, 0, 7, "", "ok")
HTTP = (302, 400, 401, 403, 403, 404, 405, 406, 500, 501, 502, 503, 511, 511, 204, 206)
RUBBISH = (b"", b"{", b"null", b"[]", b"<html>", b"<wap-provisioningdoc", b'{"ap2009":{"PrimaryConfigurations":[[[', b"\xff\xfe\x00",
           b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><wap-provisioningdoc>&b;</wap-provisioningdoc>',
           b"[" * 5000, b'{"ap2009":' * 500, b"<characteristic>" * 2000)
EAP_TRAPS = ("wrong-mac", "no-mac", "wrong-autn", "old-sqn", "deaf-sqn", "failure-after", "denied", "reauthentication",
             "early-success", "unknown-mandatory", "failure-packet", "truncated", "response-code", "empty", "ask-any",
             "ask-permanent", "unknown-skippable", "pseudonym", "repeat", "result-indication")
SPACING = timedelta(hours=1)
DAY = timedelta(days=1)


class Dialogue:
    """seed: any number. chaos: how likely an answer is a strange one. said: (moment, operation, what) as it was chosen."""

    def __init__(self, seed, server=None, chaos=0.35):
        self.seed, self.chaos = seed, chaos
        self.said = []
        self._chance = random.Random(f"ts43-{seed}")
        self._server = server
        self._status = 1

    def __repr__(self):
        return f"Dialogue({self.seed}, chaos={self.chaos})"

    def choose(self, asked):
        """What Entitlement.answer() takes, for this request; None: as the server's settings have it."""
        chance = self._chance
        self._server.manners = self._manners()
        what = None
        if asked.operation in ("authenticate", "eap", "redeem", "code", "number"):
            what = self._on_the_way(asked.operation)
        elif asked.operation == "AcquireConfiguration":
            what = self._configuration(asked)
        elif asked.operation == "ManageSubscription":
            what = self._fault() or {"result": chance.choice(RESULTS), "subscription": chance.choice(SUBSCRIPTIONS),
                                     "message": self._message()}
        elif asked.operation == "CheckEligibility":
            what = self._fault() or {"eligibility": chance.choice((1, 1, 1, 0, 2, 7, None)), "result": chance.choice(RESULTS)}
        self.said.append((asked.at, asked.operation, what))
        return dict(what) if what else what

    def _strange(self, share=1.0):
        return self._chance.random() < self.chaos * share

    def _manners(self):
        chance = self._chance
        return Manners(form=chance.choice(("json", "xml")), shape=chance.choice(SHAPES),
                       bare_ampersand=self._strange(), case=chance.choice(("as-is", "as-is", "lower", "upper")),
                       numbers=chance.random() < 0.5, escaped_slash=self._strange(), fill_iccid=chance.random() < 0.3,
                       mark=self._strange(0.2), padding=chance.choice((0, 0, 3000)) if self._strange() else 0)

    def _message(self):
        return Message(text=self._chance.choice(("Sure?", "A & B <c>", "中文" * 400)), freetext=self._strange(),
                       validation=self._chance.choice((None, r"[0-9]{4}", r"(a+)+$", "(")),
                       accept=self._chance.choice(("Yes", None)))

    def _fault(self):
        """Below the document, or None."""
        if not self._strange(0.6):
            return None
        chance = self._chance
        kind = chance.choice(("http", "http", "rubbish", "lost", "cut", "reset", "garbage", "kind", "slow", "oversize"))
        if kind == "http":
            headers = {"Retry-After": chance.choice(("0", "60", "86400", "-5", "soon", "Wed, 21 Oct 2037 07:28:00 GMT"))}
            status = chance.choice(HTTP)
            if status == 302:
                headers["Location"] = chance.choice(("https://my.lab.example/not-eligible", "http://127.0.0.1/", "//", ""))
            return {"http": status, "headers": headers, "accept": chance.random() < 0.2}
        if kind == "rubbish":
            return {"body": chance.choice(RUBBISH), "accept": chance.random() < 0.5,
                    "content_type": chance.choice(("application/json", "text/vnd.wap.connectivity-xml", "text/html", ""))}
        if kind == "kind":
            return {"content_type": chance.choice(("text/plain", "application/json", "image/png", "x"))}
        if kind == "slow":
            return {"kind": "slow", "seconds": 0.2}
        if kind == "oversize":
            return {"kind": "oversize", "limit": 2 << 20}
        return {"kind": kind}

    def _on_the_way(self, operation):
        if operation == "authenticate" and self._strange(0.5):
            self._server.eap.trap(self._chance.choice(EAP_TRAPS))
        return self._fault() if self._strange(0.4) else None

    def _configuration(self, asked):
        chance = self._chance
        fault = self._fault()
        if fault:
            return fault
        if chance.random() < 0.4:
            self._status = chance.choice(STATUSES)
        iccid = asked.line.iccid if asked.line is not None else "8944500102201200013"
        status = self._status
        if status in ("absent", "empty"):
            own = []
        else:
            own = [(None, 4)] if status == "null" else [(iccid, status)]
            if self._strange(0.2):
                own = own * 2 if chance.random() < 0.5 else [*own, (iccid, chance.choice((1, 2, 3, 4)))]
        others = [("8944500102201299999", chance.choice((1, 2, 3, 4)))] if chance.random() < 0.4 else []
        listed = own + others if chance.random() < 0.5 else others + own
        return {"configurations": listed, "result": chance.choice(RESULTS) if self._strange(0.5) else 1,
                "interval": chance.choice((None, None, (0, "min"), (5, "min"), (1, "ds"), (10 ** 9, "min")))}


def read(server, iccid):
    """What a client could know of this line: a list of (moment, what), in order: "submitted", "acknowledged", "delete-first",
    "refused", or a status: 1 to 4, "absent", "forbidden", "nothing"."""
    for asked in server.requests:
        if asked.line is None and asked.operation != "authenticate":
            continue
        if asked.is_submission or (asked.operation == "ManageSubscription" and asked.operation_type == 1):
            yield asked.at, {3: "acknowledged", 4: "acknowledged", 1: "page", 6: "delete-first"}.get(
                asked.truth if asked.told else None, "submitted")
        elif asked.operation == "ManageSubscription" and asked.operation_type == 2:
            yield asked.at, "submitted"  # the contract's page: the carrier acknowledges nothing by it
        elif asked.operation == "AcquireConfiguration":
            yield asked.at, "forbidden" if asked.status == 403 else asked.truth if asked.told else "nothing"
        elif asked.operation in ("authenticate", "eap") and asked.status == 403:
            yield asked.at, "forbidden"


def permits(server, iccid, spacing=SPACING):
    """Which ends of the evidence table what was said so far allows: of "confirmed", "question", "attest"."""
    history = list(read(server, iccid))
    start = next((n for n, (_, what) in enumerate(history) if what in ("acknowledged", "page", "delete-first")), None)
    first = next((n for n, (_, what) in enumerate(history) if what in ("submitted", "acknowledged", "page", "delete-first")), None)
    if first is None or not any(what == 1 for _, what in history[:first]):
        return set()
    after = [(at, what) for at, what in history[first + 1:]]
    found = set()
    if _twice(after, 4, 2, spacing) and start is not None:
        found.add("confirmed")
    if _twice(after, 3, None, spacing) or _twice(after, "absent", None, spacing) or any(
            what == "delete-first" for _, what in history) or _twice(after, 4, 2, spacing):
        found.add("question")
    refused = [at for at, what in after if what == "forbidden"]
    if refused and refused[-1] - refused[0] >= DAY:
        found.add("attest")
    return found


def _twice(seen, wanted, spoils, spacing):
    """Seen at two moments so far apart, and nothing between them that spoils it."""
    first = None
    for at, what in seen:
        if what == spoils and spoils is not None:
            first = None
        elif what == wanted:
            if first is not None and at - first >= spacing:
                return True
            first = first or at
    return False
