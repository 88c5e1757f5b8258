# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kills the daemon at one chosen point of a piece of work, starts it again, lets the work go to its end, and
looks whether everything that must always hold did hold.

A point is around an exchange with the card ("before" it reached the card, "after" the card had carried it out
and before the answer, "answered") or at a step of a record's way to the disk ("before", "after", "tear"; "full",
"read-only": nobody is killed, the disk takes nothing more for a second). On the clock, nobody is killed either: it is
set far "forward" or "back" before the n-th exchange or answer.
"""

import base64
import configparser
import contextlib
import errno
import hashlib
import json
import signal
import threading
import time
from dataclasses import asdict, dataclass, field

from esimlab.busclient import BusError
from esimlab.card import Card
from esimlab.daemon import PATIENCE
from esimlab.ledger import Ledger
from esimlab.profiles import Address, Profile, demo_profiles
from panel import DEREGISTRATION, EUICC, OPERATION, PROFILE, Panel

ENABLED, DISABLED, TWO_ADDRESSES = (p.iccid for p in demo_profiles())
CARD_MOMENTS = ("before", "after", "answered")
KILLS = (*CARD_MOMENTS, "tear", "sent", "unanswered")
REFUSALS = {"full": errno.ENOSPC, "read-only": errno.EROFS}
JUMPS = {"forward": 400 * 86400, "back": -400 * 86400}
ENOUGH = 30 * PATIENCE


@dataclass
class Point:
    """Where the daemon is killed; `on` is "card" or "disk" ("clock": where the time jumps; faultpoints.py has more),
    None = nowhere."""

    on: str | None = None
    number: int = 0
    moment: str = "before"

    @property
    def kills(self):
        return self.moment in KILLS

    def __str__(self):
        return f"{self.moment} {self.on} step {self.number}" if self.on else "without a kill"


@dataclass
class Tally:
    """What all the points of a run came to."""

    points: int = 0
    faults: int = 0
    not_reached: int = 0
    doubled: int = 0
    violations: list = field(default_factory=list)

    def add(self, other):
        self.points += other.points
        self.faults += other.faults
        self.not_reached += other.not_reached
        self.doubled += other.doubled
        self.violations += other.violations

    def plain(self):
        """As a dictionary of numbers and strings, for the way to another process."""
        return {**asdict(self), "violations": [str(violation) for violation in self.violations]}

    def line(self):
        return (f"kill points: {self.points}, other faults: {self.faults}, violations: {len(self.violations)} "
                f"(notifications delivered twice: {self.doubled}, points not reached: {self.not_reached})")


class Case:
    """A piece of work on a profile, as somebody at a panel would have it done."""

    deletions = 0  # how many the card has carried out in the end
    exchanges_min = 5  # fewer with the card than this, and the case is not what it was meant to be
    retries = 0  # how often it may be begun again after it failed

    def __init__(self, name, iccid, *, others=False, capacity=64):
        self.name, self.iccid = name, iccid
        self.others, self.capacity = others, capacity

    def card(self, pki):
        card = Card(pki, profiles=demo_profiles(), notification_capacity=self.capacity)
        if self.others:
            for number in range(2):
                card.install(Profile(f"89490200000000000{number}9", f"Other {number}", "Lab",
                                     addresses=[Address("rsp.lab.example"), Address("smdp.lab.example")]))
        return card

    def begin(self, site):
        """Called before each point."""

    def done(self, panel):
        """Do what there is to do next. True once the end is reached."""
        raise NotImplementedError

    def wrong_at_death(self, site):
        """What must not be found on card and disk while the daemon is dead."""
        return []

    def wrong_in_the_end(self, site, panel):
        return []

    def wrong_at_deletion(self, site):
        """Called when a delete command is about to reach the card."""
        return []


class Deregistration(Case):
    deletions = 1

    def done(self, panel):
        paths = panel.objects(DEREGISTRATION)
        if not paths:
            panel.deregister(self.iccid, token="once")
            return False
        (path, seen), = paths.items()
        if self.begun_again(panel, path, seen["Stage"]):
            return False
        if seen["Stage"] in ("failed", "withdrawn", "unreadable"):
            return True
        if seen["NeedsInput"]:
            question = panel.describe(path, DEREGISTRATION).get("question")
            if question:
                panel.call(path, DEREGISTRATION, "Answer", ("u", question["id"]),
                           **{"consent": True, "contract-continues": True})
        return seen["Stage"] == "completed" and panel.describe(path, DEREGISTRATION)["acknowledged"]

    def begun_again(self, panel, path, stage):
        """It says that it failed, and what to do about it: the user tries again."""
        if stage != "failed" or self.retries == 0:
            return False
        told = panel.describe(path, DEREGISTRATION)
        assert told["error"] and told["advice"], told
        self.retries -= 1
        panel.client.call(path, DEREGISTRATION, "Retry")
        return True

    def wrong_at_death(self, site):
        if site.card.profile(self.iccid) is None and not site.consented():
            yield "the profile is gone, and no consent is on disk"

    def wrong_at_deletion(self, site):
        record = site.record()
        if record is None or record["consented"] == "0" or record["removal"] != "deleting":
            yield "a delete command came to the card before consent and step were on disk"

    def wrong_in_the_end(self, site, panel):
        (path, seen), = panel.objects(DEREGISTRATION).items()
        if site.card.profile(self.iccid) is not None:
            yield f"the profile is still there, at {seen['Stage']}: {panel.describe(path, DEREGISTRATION)}"
            return
        receipt = json.loads(panel.client.call(path, DEREGISTRATION, "GetReceipt"))
        shown = [[base64.b64decode(part) for part in proof["signed"].values()]
                 for proof in receipt["delete-notifications"]]
        signed = [n.signed for n in site.raised if n.event == "delete" and n.iccid == self.iccid]
        if not signed or len(shown) != len(signed) or any(part not in der for parts, der in zip(shown, signed) for part in parts):
            yield f"the receipt holds {len(shown)} delete notifications, not the {len(signed)} that the card signed"
        if any(proof["acknowledged-by"] is None for proof in receipt["delete-notifications"]):
            yield "the receipt misses an acknowledgement"
        if len(site.records()) != 1:
            yield f"{len(site.records())} records of one deregistration"


class Restoration(Case):
    """A deregistration whose deletion the card forbids, after the profile was disabled for it."""

    done, begun_again = Deregistration.done, Deregistration.begun_again
    retries = 0  # its failure is its end

    def card(self, pki):
        card = super().card(pki)
        card.fail_at("BF33", result=3, times=-1)
        return card

    def wrong_in_the_end(self, site, panel):
        (path, seen), = panel.objects(DEREGISTRATION).items()
        steps = {one["step"]: one["state"] for one in panel.describe(path, DEREGISTRATION)["steps"]}
        if seen["Stage"] != "failed" or steps.get("restore-profile") != "done":
            yield f"it ended as {seen['Stage']}, with the restoration {steps.get('restore-profile')}"
        if not site.card.profile(self.iccid).enabled:
            yield "the profile was not enabled again"


class Verb(Case):
    """Delete, Enable or Disable: an operation that does not outlive the daemon, and is asked for again."""

    def __init__(self, name, iccid, method, **settings):
        super().__init__(name, iccid, **settings)
        self.method, self.deletions = method, int(method == "Delete")

    def _has_happened(self, panel):
        profile = panel.profiles().get(self.iccid)
        if self.method == "Delete":
            return profile is None
        return profile is not None and (profile[1]["State"] == "enabled") == (self.method == "Enable")

    def done(self, panel):
        operations = panel.objects(OPERATION)
        if any(seen["State"] not in ("succeeded", "failed", "cancelled") for seen in operations.values()):
            return False
        euicc = panel.objects(EUICC)[panel.euicc()]
        if euicc["State"] != "idle":
            return False
        if not self._has_happened(panel):
            values = {"contract-continues": True} if self.method == "Delete" else {}
            panel.call(panel.profile(self.iccid), PROFILE, self.method, **values)
            return False
        sent = [o for o, seen in operations.items() if seen["Kind"] == "send-notifications"]
        if not sent:
            panel.call(panel.euicc(), EUICC, "SendNotifications")
        return bool(sent) and not panel.lab.card.pending_notifications

    def wrong_in_the_end(self, site, panel):
        profile = site.card.profile(self.iccid)
        if self.method == "Delete":
            if profile is not None:
                yield "the profile is still there"
        elif profile is None or profile.enabled != (self.method == "Enable"):
            yield "the profile is not as it was asked for"


class Site:
    """A laboratory that is used for one point after the other, with a new card each time."""

    def __init__(self, lab, faults, clock=None):
        self.lab, self.faults, self.clock = lab, faults, clock
        self.card = None
        self.ticks, self.first_tick, self.jump = 0, 0, None
        self.refused_from = self.healing = None
        self.case = None
        self.found = []

    # -- what is on the disk --------------------------------------------------------------------

    def _files(self, kind):
        folder = self.lab.state_folder / kind
        return sorted(folder.glob("*.record")) if folder.is_dir() else []

    def records(self):
        found = []
        for path in self._files("deregistrations"):
            parser = configparser.ConfigParser(interpolation=None, strict=False)
            parser.read(path, encoding="utf-8")
            found.append(parser["deregistration"])
        return found

    def record(self):
        records = self.records()
        return records[0] if records else None

    def consented(self):
        record = self.record()
        return record is not None and record["consented"] != "0"

    def saved(self):
        """The ids of the notifications on disk."""
        return {path.name.removesuffix(".record") for path in self._files("notifications")}

    def strange_files(self):
        """What a write that was cut off left behind."""
        return [str(path) for path in self.lab.state_folder.rglob("*")
                if path.is_file() and path.suffix != ".record" and path.parent.name != "run"]

    @property
    def raised(self):
        return self.card.euicc.notifications.raised

    # -- one point ------------------------------------------------------------------------------

    def _prepare(self, case):
        lab = self.lab
        if lab.daemon.alive():
            lab.daemon.kill()
        for hooks in (lab.modem.before_command, lab.modem.after_command, lab.modem.after_response):
            hooks.clear()
        for path in sorted(lab.state_folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        if self.healing:
            self.healing.cancel()
        self.faults.clear()
        lab.daemon.log_file.unlink(missing_ok=True)
        self.case, self.found, self.refused_from = case, [], None
        self.card = lab.card = case.card(lab.pki)
        lab.modem.call(lambda: (lab.modem.slots.__setitem__(0, self.card), lab.modem._power_lost()))
        lab.modem.exchanges.clear()
        lab.smdp.ledger = Ledger()
        lab.smdp.requests.clear()
        lab.client.signals.clear()
        lab.modem.before_command.append(self._watch_deletion)
        lab.modem.before_command.append(lambda _exchange: self.tick())
        self.ticks, self.jump = 0, None
        if self.clock:
            self.clock.begin()
        case.begin(self)
        lab.daemon.start()

    def panel(self):
        """The client that drives the work."""
        return Panel(self.lab)

    def tick(self):
        """An exchange or an answer is about to be: the moment for the clock to jump, if it is this one."""
        self.ticks += 1
        if self.jump and self.jump.number + 1 == self.ticks:
            self.clock.step(JUMPS[self.jump.moment])
        return False

    def _watch_deletion(self, exchange):
        if exchange.tag() == "BF33":
            self.found += self.case.wrong_at_deletion(self)
            ids = {hashlib.sha256(n.signed).hexdigest()[:32] for n in self.card.pending_notifications}
            if not ids <= self.saved():
                self.found.append(f"{len(ids - self.saved())} pending notifications were not on disk before a deletion")
        return False

    def _drive(self, panel):
        """Until the end (True), until the daemon is dead (False), or until it took too long (None)."""
        end = time.monotonic() + ENOUGH
        while time.monotonic() < end:
            if not self.lab.daemon.alive():
                self._note_death()
                return False
            self._heal_in_time()
            try:
                if self.case.done(panel) and self._settled():
                    return True
            except (BusError, ValueError, AssertionError, KeyError):
                # It died in the call, is not up yet, or the panel saw half of a change.
                pass
            with contextlib.suppress(TimeoutError):
                self.lab.client.wait_until(lambda: False, 0.03, every=0.03)
        return None

    def _heal_in_time(self):
        """The disk takes nothing for a second from the step on that was the point."""
        if self.refused_from and len(self.faults.steps()) >= self.refused_from:
            self.refused_from = None
            self.healing = threading.Timer(1, self.faults.heal)
            self.healing.start()

    def _note_death(self):
        """It was killed by us, or it crashed."""
        code = self.lab.daemon.process.returncode
        if code != -signal.SIGKILL:
            self.found.append(f"the daemon ended by itself with {code}: {self.last_words()}")
        self.lab.daemon.killed = True
        # It was not killed through the lab, which would have emptied the wire of what was on its way to it.
        for act in self.lab.daemon.after_death:
            act()

    def close(self):
        """Before the laboratory is taken down."""
        if self.lab.daemon.alive():
            self.lab.daemon.kill()
        elif self.lab.daemon.process is not None:
            self.found = []
            self._note_death()
            assert not self.found, self.found

    def _settled(self):
        return not self.card.pending_notifications and not self._files("notifications") and \
            not self._files("unsaved")

    def _check_end(self, panel):
        lab, ledger = self.lab, self.lab.smdp.ledger
        self.faults.heal()
        for hooks in (lab.modem.before_command, lab.modem.after_command, lab.modem.after_response):
            hooks.clear()
        self.found += self.case.wrong_in_the_end(self, panel)
        taken = {delivery.notice.der for delivery in ledger.received}
        lost = [n.sequence for n in self.raised if n.signed not in taken]
        if lost:
            self.found.append(f"notifications {lost} never reached their server")
        self.found += [f"the server saw: {v.rule}: {v.words}" for v in ledger.violations]
        if self.card.pending_notifications:
            self.found.append(f"still on the card: {[n.sequence for n in self.card.pending_notifications]}")
        if self._files("notifications") or self._files("unsaved"):
            self.found.append(f"left on disk: {[p.name for k in ('notifications', 'unsaved') for p in self._files(k)]}")
        if self.strange_files():
            self.found.append(f"strange files are left: {self.strange_files()}")
        channels = [channel for channel in lab.modem.open_channels if channel not in self.untold_channels()]
        if len(channels) > 1:
            self.found.append(f"{len(channels)} channels are open in the end")
        self._check_others()

    def untold_channels(self):
        """Those whose number nobody who could close them was ever told. Most modems have a way to close them all the same."""
        return set()

    def _check_others(self):
        """Nothing but the profile that was meant may have changed, nor that twice."""
        before = {p.iccid: p.enabled for p in self.case.card(self.lab.pki).profiles if p.iccid != self.case.iccid}
        after = {p.iccid: p.enabled for p in self.card.profiles if p.iccid != self.case.iccid}
        if getattr(self.case, "method", None) == "Enable":
            before = {iccid: False for iccid in before}
        if before != after:
            self.found.append(f"other profiles changed: {before} became {after}")
        deleted = [e for e in self.card.log if e.tag == "BF33" and e.response.endswith(b"\x80\x01\x00")]
        if len(deleted) != self.case.deletions:
            self.found.append(f"{len(deleted)} deletions were carried out")

    def _arm(self, point):
        """The point's number counts from the daemon's start for the disk, from the first one for the card."""
        if point.on == "card":
            self.lab.kill_at(point.number - len(self.lab.modem.exchanges) + 1, point.moment)
        elif point.on == "clock":
            self.jump = point
        elif point.moment in REFUSALS:
            self.faults.fail(point.number, code=REFUSALS[point.moment])
            self.refused_from = point.number
        else:
            self.faults.kill_at(point.number, point.moment)

    def run(self, case, point, second=None):
        """(violations, whether the point was reached, steps: exchanges and disk steps in all)."""
        self._prepare(case)
        panel = self.panel()
        base = len(self.lab.modem.exchanges), len(self.faults.steps())
        self.first_tick = self.ticks
        if point.on:
            begin = {"card": base[0], "clock": self.first_tick, "disk": base[1]}.get(point.on, 0)
            self._arm(Point(point.on, point.number + begin, point.moment))
        try:
            deaths = self._to_the_end(panel, second)
        except RuntimeError as error:
            # It did not come up again.
            return [*self.found, str(error).splitlines()[0], self.last_words()], True, None
        disk = [step for step, _ in self.faults.steps()[base[1]:]]
        try:
            self._check_end(panel)
        except BusError as error:
            if not error.name.endswith((".NoReply", ".ServiceUnknown")):
                raise
            # The point was the very last thing that the daemon did, and came in the middle of the look at it.
            deaths += self._to_the_end(panel, None)
            self._check_end(panel)
        return list(self.found), self._reached(point, deaths, len(disk)), (len(self.lab.modem.exchanges) - base[0], disk)

    def _reached(self, point, deaths, steps):
        if point.on == "clock":
            return self.ticks > self.jump.number
        if point.moment in REFUSALS:
            return steps >= point.number
        return deaths > 0

    def _to_the_end(self, panel, second):
        """Drive on, through every death, until nothing is left to do: the number of deaths."""
        deaths = 0
        while True:
            ended = self._drive(panel)
            if ended is None:
                self.found.append("it came to no end: " + self._where(panel))
            if ended is not False:
                return deaths
            deaths += 1
            self.found += self.case.wrong_at_death(self)
            self.faults.clear()
            if second is not None:
                begin = len(self.lab.modem.exchanges) if second.on == "card" else 0
                self._arm(Point(second.on, second.number + begin, second.moment))
            self.lab.daemon.start(wait=second is None)
            second = None

    def last_words(self):
        return "\n".join(self.lab.daemon.log().splitlines()[-12:])

    def _where(self, panel):
        with contextlib.suppress(BusError):
            return str([panel.describe(path, DEREGISTRATION) for path in panel.objects(DEREGISTRATION)] +
                       [panel.describe(path) for path in panel.objects(OPERATION)])
        return "and does not answer"


def all_points(steps):
    """Every point of a case that makes these steps, as run () tells them of a run without a kill.

    On disk a kill after one step leaves what a kill before the next one does.
    """
    exchanges, disk = steps
    points = [Point("card", n, moment) for n in range(exchanges) for moment in CARD_MOMENTS]
    for n, step in enumerate(disk, 1):
        points.append(Point("disk", n, "before"))
        if step == "write":
            points.append(Point("disk", n, "tear"))
    return points + [Point("disk", len(disk), "after")]
