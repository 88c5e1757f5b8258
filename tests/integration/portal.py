# SPDX-License-Identifier: LGPL-2.1-or-later
"""A person who deregisters by the carrier's own channels, in short words for tests: each question comes, is
looked at, and is answered as the test says."""

import contextlib
import datetime
import json
import time
import zoneinfo

import carrierfiles
from esimlab.busclient import BusError
from esimlab.daemon import PATIENCE, ROOT_PATH
from gi.repository import GLib
from panel import DEREGISTRATION, ERROR, MANAGER, Panel
from scene import BLUE

BANGKOK = zoneinfo.ZoneInfo("Asia/Bangkok")
TOKYO = zoneinfo.ZoneInfo("Asia/Tokyo")
FRIDAY_NOON = datetime.datetime(2027, 3, 5, 12, 0, tzinfo=BANGKOK)
REFERENCE = "LT-2026-00417"
STAGES = ["preparing", "verifying-identity", "submitting", "in-review", "confirmed", "awaiting-end",
          "removing-profile", "notifying-operator", "completed"]
QUICK = {"network": {"retry-min-seconds": "1", "retry-max-seconds": "1"}}
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

CARRIER, PLAN = ("carrier-question", "carrier"), ("carrier-question", "plan")
CONSENT, LOGIN, REQUEST = ("consent", "portal"), ("open-page", "login"), ("open-page", "request")
SUBMISSION, OUTCOME, END = ("attest", "submission"), ("attest", "outcome"), ("reminder", "end")
QUESTIONS = [CARRIER, PLAN, CONSENT, LOGIN, REQUEST, SUBMISSION, OUTCOME, END]


def words(*values):
    return GLib.Variant("as", values)


def size(value):
    return GLib.Variant("t", value)


def day(offset=0, zone=BANGKOK, now=None):
    """A day counted from today in the carrier's country, as YYYY-MM-DD; now: seconds since 1970."""
    moment = datetime.datetime.fromtimestamp(time.time() if now is None else now, zone)
    return (moment.date() + datetime.timedelta(days=offset)).isoformat()


def start_of(text, zone=BANGKOK, after=0):
    """The first moment of that day, or of one so many days after, in that country: seconds since 1970."""
    date = datetime.date.fromisoformat(text) + datetime.timedelta(days=after)
    return int(datetime.datetime(date.year, date.month, date.day, tzinfo=zone).timestamp())


def document(name="letter.pdf"):
    return {"document-name": name, "document-size": size(4711), "document-sha256": DIGEST}


def usual_answers():
    """What a person would say whose request goes well, the contract having ended days ago, wherever that is."""
    return {
        CARRIER: {"carrier": "labtel"}, PLAN: {"plan": "monthly"}, CONSENT: {"consent": True},
        LOGIN: {"outcome": "done"}, REQUEST: {"opened": True},
        SUBMISSION: {"outcome": "submitted", "reference": REFERENCE},
        OUTCOME: {"outcome": "confirmed", "effective-date": day(-3)},
        END: {"remove-now": True},
    }


class Journey:
    """One deregistration by the portal method."""

    def __init__(self, panel, path, **answers):
        self.panel, self.path, self.lab = panel, path, panel.lab
        self.answers = usual_answers()
        self.asked = []

    @classmethod
    def begin(cls, panel, iccid=BLUE, **values):
        return cls(panel, panel.deregister(iccid, **{"method": "portal", **values}))

    @classmethod
    def begin_iccid(cls, panel, iccid, **values):
        return cls(panel, panel.call(ROOT_PATH, MANAGER, "DeregisterIccid", iccid, **values))

    # Looking

    def told(self):
        return self.panel.describe(self.path, DEREGISTRATION)

    @property
    def stage(self):
        return self.panel.stage(self.path)

    @property
    def needs_input(self):
        return self.panel.get(self.path, DEREGISTRATION, "NeedsInput")

    def history(self):
        return [one["code"] for one in self.told()["history"]]

    def steps(self):
        return {one["step"]: one["state"] for one in self.told()["steps"]}

    def findings(self):
        return {one["code"]: one for one in self.told()["findings"]}

    def receipt(self):
        return json.loads(self.do("GetReceipt"))

    def deletions(self):
        """Commands to disable or delete that came to the card."""
        return self.lab.card.counters["BF33"] + self.lab.card.counters["BF32"]

    # Waiting

    def _until(self, look, what, timeout):
        try:
            return self.panel.client.wait_until(look, timeout * PATIENCE)
        except TimeoutError:
            raise AssertionError(f"not {what}: {self.told()}") from None

    def wait(self, *stages, timeout=20):
        self._until(lambda: self.stage in stages, stages, timeout)
        return self

    def wait_told(self, key, *values, timeout=20):
        """Until Describe says one of these of the key; without values: until it says anything true."""
        def look():
            seen = self.told().get(key)
            return bool(seen) if not values else seen in values
        self._until(look, (key, values), timeout)
        return self.told()

    def question(self, kind=None, timeout=20):
        """The question that is asked now, once it is of this kind (type, subject)."""
        def look():
            seen = self.told().get("question")
            fits = seen and kind in (None, (seen["type"], seen["subject"]))
            return seen if fits else None
        return self._until(look, kind, timeout)

    def wait_due(self, kind, timeout=20):
        """The question of this kind, once an answer is expected."""
        def look():
            seen = self.told().get("question")
            return seen if seen and kind == (seen["type"], seen["subject"]) and seen["due"] else None
        return self._until(look, (*kind, "due"), timeout)

    # Doing

    def do(self, method, *arguments):
        """A method of the deregistration; asked again for as long as the record is being written."""
        end = time.monotonic() + 10 * PATIENCE
        while True:
            try:
                return self.panel.client.call(self.path, DEREGISTRATION, method, *arguments)
            except BusError as error:
                if error.name != ERROR + "Busy" or time.monotonic() > end:
                    raise

    def answer(self, kind, **values):
        """Answer this question, once it is asked, with these words."""
        return self.answer_number(self.question(kind)["id"], **values)

    def answer_number(self, number, /, **values):
        end = time.monotonic() + 10 * PATIENCE
        while True:
            try:
                return self.panel.call(self.path, DEREGISTRATION, "Answer", ("u", number), **values)
            except BusError as error:
                if error.name != ERROR + "Busy" or time.monotonic() > end:
                    raise

    def go(self, until, timeout=30, **changes):
        """Answer what is asked as usual until this question or stage is there. Changes: answers by subject.

        The question for the outcome stands for the whole review; it is answered if the way leads past it.
        """
        answers = {kind: changes.get(kind[1], usual) for kind, usual in self.answers.items()}
        end, seen = time.monotonic() + timeout * PATIENCE, None
        while time.monotonic() < end:
            seen = self.told()
            question = seen.get("question")
            kind = question and (question["type"], question["subject"])
            if until in (seen["stage"], kind):
                return question if kind == until else seen
            if kind and question["id"] not in self.asked:
                self.asked.append(question["id"])
                with self._perhaps_over():
                    self.answer_number(question["id"], **answers[kind])
            else:
                with contextlib.suppress(TimeoutError):
                    self.panel.client.wait_until(lambda: False, 0.02, every=0.02)
        raise AssertionError(f"it did not come to {until}: {seen}")

    @staticmethod
    @contextlib.contextmanager
    def _perhaps_over():
        """What was asked when somebody looked need not be asked any more when he answers."""
        try:
            yield
        except BusError as error:
            if error.name != ERROR + "WrongState":
                raise

    @contextlib.contextmanager
    def unchanged(self):
        """Nothing that can be seen may change inside: description, record on disk, card."""
        def look():
            return self.told(), self.record_bytes(), self.lab.card.state(), self.needs_input

        def at_rest():
            # The record of the step before may still be on its way to the disk.
            first = look()
            with contextlib.suppress(TimeoutError):
                self.panel.client.wait_until(lambda: False, 0.05, every=0.05)
            return first if look() == first else None
        before = self._until(at_rest, "at rest", 10)
        yield
        after = look()
        changed = [key for key in before[0].keys() | after[0].keys() if before[0].get(key) != after[0].get(key)]
        assert after == before, changed

    def refused(self, name, kind, **values):
        """This answer is refused with this error, and nothing changes. Returns the error's words."""
        number = self.question(kind)["id"]
        with self.unchanged():
            try:
                self.answer_number(number, **values)
            except BusError as error:
                assert error.name == ERROR + name, error
                return error.message
        raise AssertionError(f"{values} was taken")

    # Disk and daemon

    def record_bytes(self):
        folder, read = self.lab.state_folder / "deregistrations", {}
        for path in folder.glob("*"):
            with contextlib.suppress(FileNotFoundError):  # a new record on its way to its name
                read[path.name] = path.read_bytes()
        return read

    def restart(self, kill=False, meanwhile=None):
        """End the daemon and start it again: this journey under its new path, by its id."""
        told = self.told()
        (self.lab.daemon.kill if kill else self.lab.daemon.stop)()
        if meanwhile:
            meanwhile()
        self.lab.daemon.start()
        self.find(told["id"])
        return self

    def find(self, identity):
        found = [path for path in self.panel.objects(DEREGISTRATION)
                 if self.panel.describe(path, DEREGISTRATION)["id"] == identity]
        assert len(found) == 1, found
        [self.path] = found
        self.asked = []


def portal_lab(make_lab, folder, *entries, config=(), **settings):
    """A panel in a laboratory whose directory holds these entries, or the usual two."""
    folders = carrierfiles.write(folder, *entries) if entries else carrierfiles.usual(folder)
    config = {**QUICK, **dict(config), "carriers": {"folders": folders}}
    return Panel(make_lab(config=config, **settings))
