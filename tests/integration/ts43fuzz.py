# SPDX-License-Identifier: LGPL-2.1-or-later
"""Deregistrations by chance through the running daemon: a carrier's server that answers by a Course, a user who answers anything,
a clock that jumps, and kill -9 now and then. The same for the same seed, but for what two processes do at the same time."""

import contextlib
import random
import signal
import time
from collections import Counter
from datetime import timedelta

from panel import DEREGISTRATION, Panel
from scene import AIS
from ts43 import ATTEST, CHANGE, CODE, CONSENT, DELETION, END, LATE, LOGIN, MESSAGE, NOT_ASKED, NUMBER, RESEND, REVERSAL, WEBSHEET
from ts43judge import Event, Judge

from esimlab.busclient import BusError
from esimlab.card import Card
from esimlab.daemon import PATIENCE
from esimlab.entitlement_course import FOREIGN, Course
from esimlab.ledger import Ledger
from esimlab.profiles import demo_profiles

ENDED = ("completed", "rejected", "failed", "withdrawn", "unreadable")
HOUR = timedelta(hours=1)
BUSY = ("preparing", "verifying-identity", "submitting", "removing-profile", "notifying-operator")
STEPS = 40  # of one dialogue
QUIET = 0.006 * PATIENCE
TEXTS = ("too expensive", "1234", "aaaa", "中文")
FINAL = ("https://ts43.lab.example/oidc/callback?code=x&state=y", "https://my.lab.example/", "not an address")


class Fuzz:
    """lab: with an entitlement server, and a Clock; its daemon need not run. tally: what the dialogues came to."""

    def __init__(self, lab):
        self.lab, self.clock, self.server, self.panel = lab, lab.clock, lab.entitlement, Panel(lab)
        self.handle, self.server.handle = self.server.handle, self._handle
        self.tally, self.violations = Counter(), []
        self.events, self.working, self.strike_at, self.fresh = [], 0, None, False
        self.chance = self.path = None

    # What is seen from outside

    def _handle(self, asked):
        self.working += 1
        strike, self.strike_at = self.strike_at, None
        if strike == "before":
            self._strike()
        reply = self.handle(asked)
        talks = self.server.eap.conversations
        asked.trapped = bool(talks and talks[-1].traps)
        self.events.append(Event("request", asked.at, asked=asked, looked=len(self.lab.client.signals)))
        self.working -= 1
        if strike == "after":
            self._strike()
        return reply

    def _watch_card(self, exchange):
        if exchange.tag() == "BF33":
            self.events.append(Event("delete", self.clock.now()))
        return False

    def _strike(self):
        self.tally["kills"] += 1
        process = self.lab.daemon.process
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    # The laboratory

    def _renew(self):
        """A card as it was, nothing on disk, and the daemon begun again."""
        lab = self.lab
        self._end_daemon()
        for path in sorted(lab.state_folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        lab.daemon.log_file.unlink(missing_ok=True)
        lab.card = Card(lab.pki, profiles=demo_profiles())
        lab.modem.call(lambda: (lab.modem.slots.__setitem__(0, lab.card), lab.modem._power_lost()))
        lab.modem.before_command[:] = [self._watch_card]
        lab.modem.exchanges.clear()
        lab.smdp.ledger = Ledger()
        lab.smdp.requests.clear()
        lab.client.signals.clear()
        self.clock.begin()
        lab.daemon.start()
        self.fresh = True

    def _end_daemon(self):
        daemon = self.lab.daemon
        if daemon.alive():
            daemon.kill()
            return
        if daemon.process is None:
            return
        if daemon.process.returncode != -signal.SIGKILL:
            self.violations.append(f"the daemon ended by itself with {daemon.process.returncode}: {daemon.log()[-3000:]}")
        daemon.killed = True
        for act in daemon.after_death:
            act()

    def _settle(self, first=0.0):
        """Until nothing goes on: for a moment, and for something at all no longer than `first`."""
        client, modem = self.lab.client, self.lab.modem

        def look():
            return len(self.events), len(client.signals), len(modem.exchanges), self.working
        seen, end, last = look(), time.monotonic() + 2, time.monotonic() + first
        began = seen
        while time.monotonic() < end:
            with contextlib.suppress(TimeoutError):
                client.wait_until(lambda: look() != seen, QUIET if seen != began or first == 0 else max(last - time.monotonic(), QUIET),
                                  every=0.003)
            now = look()
            self._take_until()
            if now == seen and not self.working:
                return
            seen = now

    def _take_until(self):
        """The service has told of something since: it has read what was answered before that."""
        count, now = len(self.lab.client.signals), self.clock.now()
        for event in reversed(self.events[-6:]):
            if event.kind == "request" and event.until is None and count > event.looked:
                event.until = max(event.at, now)  # the clock may have been set back since

    def _step(self, by):
        self._take_until()
        self.clock.step(by)
        now = self.clock.now()
        for event in self.events[-6:]:
            if event.kind == "request" and event.until is None:
                event.until = max(event.at, now)

    # One dialogue

    def run(self, seed):
        """Hold it, and judge it."""
        self.chance = chance = random.Random(f"user-{seed}")
        if not self.fresh:
            self._renew()
        server = self.server
        with server.lock:
            server.reset()
            self.events.clear()
            server.authentication = {"aka"} if chance.random() < 0.85 else {chance.choice(("code", "openid"))}
            server.director = Course(seed, server)
        self.strike_at = None
        self.goal = chance.choice((0.9, 0.9, 0.6, 0.3))  # how much the user wants it
        self.killed = chance.random() < 0.12
        stages = set()
        try:
            self._begin()
            for _ in range(STEPS):
                stage = self._go_on()
                stages.add(stage)
                if stage in ENDED or stage == "portal":
                    break
            self._leave()
        except (BusError, RuntimeError) as error:
            self.violations.append(f"dialogue {seed}: {error}")
            self.fresh = False
        self._judge(seed, stages)

    def _begin(self):
        self.path = self.panel.deregister(AIS, method="ts43", carrier="lab", plan="postpaid")
        self._settle(0.05)

    def _revive(self):
        """After a death by our hand: where it stands, as whoever comes back looks it up."""
        self._end_daemon()
        self.lab.daemon.start()
        paths = self.panel.objects(DEREGISTRATION)
        self.path = next(iter(paths), None)

    def _go_on(self):
        chance = self.chance
        try:
            if not self.lab.daemon.alive():
                self._revive()
                if self.path is None:  # before anything was on disk
                    return "withdrawn"
            told = self.panel.describe(self.path, DEREGISTRATION)
            stage, question = told["stage"], told.get("question")
            if stage in ENDED or told["method"] != "ts43":
                return stage if stage in ENDED else "portal"
            if self.killed and chance.random() < 0.05:
                if chance.random() < 0.3:
                    self._strike()
                    return stage
                self.strike_at = chance.choice(("before", "after"))
            if question and (question["due"] or chance.random() < 0.1) and chance.random() < 0.95:
                self._answer(question)
                self._settle(0.03)
            else:
                self._wait(told, stage)
            return stage
        except BusError as error:
            if self.lab.daemon.alive() and not error.name.endswith((".NoReply", ".ServiceUnknown", ".UnknownObject")):
                raise
            return "killed"

    def _wait(self, told, stage):
        chance = self.chance
        if stage in BUSY:
            before = len(self.events), len(self.lab.modem.exchanges)
            self._settle(0.05)
            if before != (len(self.events), len(self.lab.modem.exchanges)) or stage in BUSY[-2:]:
                return
        if chance.random() < 0.04:
            with contextlib.suppress(BusError):
                self.panel.client.call(self.path, DEREGISTRATION, "Check")
        elif chance.random() < 0.01:
            self._step(-chance.choice((HOUR / 2, 5 * HOUR)))
        elif told.get("next-check") and chance.random() < 0.8:
            left = told["next-check"] - self.clock.now().timestamp()
            self._step(timedelta(seconds=max(left, 0) + chance.choice((1, 1, 60, 1800))))
        else:
            self._step(chance.choice((HOUR / 6, HOUR, HOUR, 4 * HOUR, 24 * HOUR)))
        self._settle(0.04)

    def _answer(self, question):
        values = self._choose((question["type"], question["subject"]), question)
        event = Event("answer", self.clock.now(), question=question, values=values, looked=len(self.events))
        self.events.append(event)
        self.tally["answers"] += 1
        try:
            self.panel.call(self.path, DEREGISTRATION, "Answer", ("u", question["id"]), **values)
        except BusError as error:
            if error.name.endswith((".NoReply", ".ServiceUnknown")):
                raise
            # It was refused, and nothing may come of it.
            event.values = {}
            event.question = {"type": "", "subject": ""}
            self.tally["answers refused"] += 1

    def _choose(self, kind, question):
        chance, offered = self.chance, question.get("outcomes", [])
        if kind == CONSENT:
            return {"consent": chance.random() < 0.98}
        if kind == NUMBER and chance.random() < 0.9:
            return {"number": self.server.line(AIS).msisdn}
        if kind == CODE and self.server.messages and chance.random() < 0.8:
            return {"code": self.server.messages[-1][1]}
        if kind == LOGIN and chance.random() < 0.5:
            return {"final-address": chance.choice(FINAL)}
        if kind == MESSAGE:
            accept = chance.random() < self.goal
            return {"button": "accept" if accept else "reject",
                    **({"text": chance.choice(TEXTS)} if accept and question["free-text"] else {})}
        if kind == WEBSHEET:
            outcome = self._one({"finished": 6, "delete-profile-in-use": 2, "dismissed": 1, "closed": 2})
            return {"outcome": outcome, **({"iccid": self._one({AIS: 4, FOREIGN: 1, AIS + "F": 1})} if outcome[2] == "l" else {})}
        wanted = {DELETION: {"delete": 6, "wait": 3}, ATTEST: {"delete": 6, "wait": 3}, NOT_ASKED: {"delete": 4, "wait": 4},
                  RESEND: {"resend": 5, "submitted": 4, "wait": 2}, REVERSAL: {"wait": 8}, LATE: {"wait": 3, "withdraw": 2},
                  CHANGE: {"yes": 5, "withdraw": 1}, END: {"ended": 1, "wait": 3}}.get(kind, {})
        weights = {name: wanted.get(name, 0.5 * (1 - self.goal)) for name in offered}
        if chance.random() < 0.03:
            weights = {"delete": 1, "resend": 1, "ended": 1, "submitted": 1}  # which may not be among what was offered
        return {"outcome": self._one(weights)} if offered or wanted else {"consent": True}

    def _one(self, weights):
        return self.chance.choices(list(weights), [max(weight, 0.001) for weight in weights.values()])[0]

    def _leave(self):
        """Nothing of it is left, or the next begins anew."""
        self.strike_at = None
        self.fresh = False
        if not self.lab.daemon.alive() or self.lab.card.profile(AIS) is None or self.path is None or self.killed:
            return
        with contextlib.suppress(BusError):
            if self.panel.stage(self.path) not in ENDED:
                self.panel.client.call(self.path, DEREGISTRATION, "Withdraw")
            self._settle()
            self.panel.client.call(self.path, DEREGISTRATION, "Forget")
            self.fresh = self.lab.card.profile(AIS) is not None and self.lab.card.profile(AIS).enabled

    def _complaints(self):
        """A challenge that the script made up comes without a cookie: so does what answers it."""
        made_up = sum(one.operation == "eap" and before.answered.startswith("scripted")
                      for before, one in zip(self.server.requests, self.server.requests[1:]))
        excused, found = "without the cookie of a conversation", []
        for words in self.server.found:
            if excused in words and made_up > 0:
                made_up -= 1
            else:
                found.append(words)
        return found

    def _judge(self, seed, stages):
        tally, card = self.tally, self.lab.card
        for event in self.events:
            event.until = event.until or event.at + timedelta(seconds=1)
        deleted = card.profile(AIS) is None
        self.violations += [f"dialogue {seed}: {words}\n{self._tell()}" for words in Judge(list(self.events), AIS).wrong()]
        if len(card.profiles) != len(demo_profiles()) - deleted:
            self.violations.append(f"dialogue {seed}: another profile is gone")
        if complaints := self._complaints():
            self.violations.append(f"dialogue {seed}: the carrier's server complains: {complaints}")
        tally["dialogues"] += 1
        tally["deletions"] += deleted
        tally["submissions"] += len(self.server.submissions)
        tally["sent again"] += max(len(self.server.submissions) - 1, 0)
        tally["polls"] += self.server.count("AcquireConfiguration")
        for stage in stages:
            tally[f"in {stage}"] += 1
        for kind in {(e.question["type"], e.question["subject"], e.question.get("seen", "")) for e in self.events if e.question}:
            tally["asked " + " ".join(kind[1:]).strip()] += 1

    def _tell(self):
        """The dialogue in words, for a person."""
        words = []
        for event in self.events:
            if event.kind == "request":
                asked = event.asked
                words.append(f"{asked.operation} {asked.operation_type or ''} -> {asked.status} {asked.truth} "
                             f"{'' if asked.told else 'not told '}{asked.answered}")
            elif event.kind == "answer":
                words.append(f"user: {event.question.get('subject')} {event.question.get('seen', '')} {event.values}")
            else:
                words.append("DELETE")
            words[-1] = f"  {event.at:%d %H:%M:%S} {words[-1]}"
        return "\n".join(words[-40:])
