# SPDX-License-Identifier: LGPL-2.1-or-later
"""Judges a deregistration by the carrier's server from outside: from what went over the wire, what the user answered, and when a
delete command came to the card. Its reading of the table of evidence (docs/ts43.md) is its own, and knows nothing of the record."""

from dataclasses import dataclass, field
from datetime import timedelta

# The service counts in whole seconds, from when an answer has come.
SPACING = timedelta(hours=1) - timedelta(seconds=2)
REFUSED_FOR, REFUSALS = timedelta(days=1) - timedelta(seconds=2), 3
DEFINITE = (1, 2, 3, 4, "absent")
SEEN = {"ended": 4, "deactivated": 3, "absent": "absent"}


@dataclass
class Event:
    """kind: "request" (its answer has gone out), "answer" (of the user), "delete" (a command to the card)."""

    kind: str
    at: object
    asked: object = None
    until: object = None  # the latest moment at which the service can have had the answer
    question: dict = field(default_factory=dict)
    values: dict = field(default_factory=dict)
    looked: int = 0  # how many events there were when the user read the question

    @property
    def poll(self):
        """What a poll said of the line: one of DEFINITE, or None."""
        if self.kind != "request" or self.asked.operation != "AcquireConfiguration" or not self.asked.told:
            return None
        return self.asked.truth if self.asked.truth in DEFINITE else None

    @property
    def is_refusal(self):
        if self.kind != "request":
            return False
        asked = self.asked
        return asked.status == 403 or (asked.operation in ("authenticate", "eap") and getattr(asked, "trapped", False))

    @property
    def result(self):
        """The SubscriptionResult of a request to end it, that the service was told."""
        asked = self.asked
        if self.kind != "request" or asked.operation != "ManageSubscription" or asked.operation_type != 1 or not asked.told:
            return None
        return asked.truth if isinstance(asked.truth, int) else None

    def says(self, kind, **values):
        return self.kind == "answer" and (self.question["type"], self.question["subject"]) == kind and \
            all(self.values.get(key) == value for key, value in values.items())


class Judge:
    def __init__(self, events, iccid):
        self.events, self.iccid = events, iccid

    def wrong(self):
        for number, event in enumerate(self.events):
            if event.kind == "delete":
                words = self._wrong_deletion(number)
                if words:
                    yield f"a delete command came to the card: {words}"
        yield from self._wrong_submissions()

    # The request

    def _wrong_submissions(self):
        """Between two of them, the user wanted it, and the line was shown as active; or the server, in so many words, took no
        target, and the second names none."""
        before = None
        for number, event in enumerate(self.events):
            if event.kind != "request" or not event.asked.is_submission:
                continue
            if before is not None and not self._is_wanted(before, number) and not self._is_without_target(before, number):
                yield f"request {event.asked.number} asks for the end again, after {self.events[before].asked.number}, unasked"
            before = number

    def _is_wanted(self, before, number):
        for n in range(before + 1, number):
            if self.events[n].says(("evidence", "resend"), outcome="resend"):
                shown = [status for event in self.events[before + 1:n] if (status := event.poll) is not None]
                early = [status for event in self.events[before + 1:self.events[n].looked] if (status := event.poll) is not None]
                return bool(shown and shown[-1] == 1) or bool(early and early[-1] == 1)
        return False

    def _is_without_target(self, before, number):
        first, second = self.events[before].asked, self.events[number].asked
        return first.status == 200 and first.told and "OperationResult 102" in first.answered and \
            "target_terminal_iccid" in first.parameters and "target_terminal_iccid" not in second.parameters

    # The deletion

    def _wrong_deletion(self, end):
        events = self.events[:end]
        first = next((n for n, event in enumerate(events) if event.kind == "request" and event.asked.operation ==
                      "ManageSubscription"), None)
        if first is None:
            return "nothing was asked of the carrier"
        listed = [status for event in events[:first] if (status := event.poll) is not None]
        if not listed or listed[-1] != 1:
            return "the line was not shown as active before"
        standing = [basis for n in range(end) for basis in self._bases(n)]
        if not standing:
            return "without the evidence"
        if not any(self._is_looked_at(n, basis, end) for n, basis in standing):
            return f"the last look does not go with {standing}"
        return None

    def _bases(self, n):
        """(n, what) for each end that the table allows because of this event."""
        event = self.events[n]
        if event.poll == 4:
            start = self._acknowledged(n, ("server", "page"))
            if start is not None and self._stands(4, start, n + 1):
                yield n, "ended"
        told = event.question.get("seen")
        if event.says(("evidence", "deletion"), outcome="delete"):
            if any(self._allows(told, m) for m in range(event.looked, n + 1)):
                yield n, told
        elif event.says(("attest", "no-longer-recognised"), outcome="delete"):
            if any(self._is_refused(m) for m in range(event.looked, n + 1)):
                yield n, "refused"

    def _allows(self, seen, end):
        start = self._acknowledged(end, ("server", "page", "user"))
        if start is None:
            return False
        if seen == "delete-first":
            return any(event.result == 6 for event in self.events[:end])
        if seen == "delete-profile-in-use":
            return any(event.says(("open-page", "websheet"), outcome=seen) and event.values["iccid"].rstrip("Ff") == self.iccid
                       for event in self.events[:end])
        return seen in SEEN and self._stands(SEEN[seen], start, end, over=True)

    def _acknowledged(self, end, by):
        """The first event by which the carrier, or the user, says that the request is there."""
        asked = None
        for n, event in enumerate(self.events[:end]):
            if event.kind == "request" and event.asked.operation == "ManageSubscription":
                asked = event.asked.operation_type
            if ("server" in by and event.result in (3, 4, 6)) or \
                    ("user" in by and event.says(("evidence", "resend"), outcome="submitted")):
                return n
            if event.says(("open-page", "websheet")) and event.values["outcome"] in ("finished", "delete-profile-in-use") and \
                    ("user" in by or ("page" in by and asked == 1)):
                return n
        return None

    def _stands(self, wanted, start, end, over=False):
        """Shown twice, an hour apart, with no other status between. over: others than active may have come after that."""
        first, found = None, False
        for event in self.events[start:end]:
            status = event.poll
            if status == wanted:
                first = first or event
                found = found or event.until - first.at >= SPACING
            elif status is not None:
                first, found = None, found and over and status not in (1, 2)
        return found

    def _is_refused(self, end):
        start = self._acknowledged(end, ("server", "page", "user"))
        if start is None:
            return False
        refused = []
        for event in self.events[start:end]:
            if event.poll is not None:
                refused = []
            elif event.is_refusal and (not refused or event.until - refused[-1].at >= SPACING):
                refused.append(event)
        return len(refused) >= REFUSALS and refused[-1].until - refused[0].at >= REFUSED_FOR

    def _is_looked_at(self, n, basis, end):
        """The status was asked for once more after that, and agreed; or the user did without."""
        goes = {"ended": (4, "absent"), "delete-first": (1, 3, 4, "absent"), "delete-profile-in-use": (1, 3, 4, "absent")}.get(
            basis, (3, 4, "absent"))
        agreed = False
        for event in self.events[n + 1:end]:
            if event.poll is not None and event.poll not in goes:
                return False  # what was seen before is void
            if event.poll is not None or event.is_refusal or event.says(("evidence", "not-asked"), outcome="delete"):
                agreed = True
        return agreed
