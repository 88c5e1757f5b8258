# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an entitlement server knows of lines: their state as time goes by, what was asked for them, tokens and sessions."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .entitlement_requests import same_iccid

ACTIVATED, ACTIVATING, DEACTIVATED, NO_REUSE = 1, 2, 3, 4
STATES = (ACTIVATED, ACTIVATING, DEACTIVATED, NO_REUSE, "absent", "null", "forbidden", "empty", "garbage")
DAY = timedelta(days=1)
# What becomes of a line after an accepted request, as (time after its review, state); "at once" is before the review.
AFTER = {
    "ended": [(timedelta(), NO_REUSE)], "deactivated": [(timedelta(), DEACTIVATED)], "absent": [(timedelta(), "absent")],
    "null": [(timedelta(), "null")], "empty": [(timedelta(), "empty")], "garbage": [(timedelta(), "garbage")],
    "forbidden": [(timedelta(), "forbidden")], "never": [],
    "reversed": [(timedelta(), NO_REUSE), (DAY, ACTIVATED)],
    "three-then-403": [(timedelta(), DEACTIVATED), (DAY, "forbidden")],
    "two-then-four": [("at once", ACTIVATING), (timedelta(), NO_REUSE)],
    "four-two-four": [(timedelta(), NO_REUSE), (DAY / 2, ACTIVATING), (DAY, NO_REUSE)],
}


@dataclass
class Line:
    """One ICCID of one subscription. state: what its status is by itself; timeline: [(moment, state)] that come over it.

    others: (ICCID, status) of more that hang on the subscription. waits_for_deletion: the carrier ends it when it hears that
    the profile is gone. refreshes: how often its status was asked for since it was submitted.
    """

    iccid: str
    imsi: str
    msisdn: str = ""
    state: object = ACTIVATED
    timeline: list = field(default_factory=list)
    others: list = field(default_factory=list)
    submitted_at: datetime | None = None
    waits_for_deletion: bool = False
    refreshes: int = 0
    asked: object = None  # the Message that is open
    finished_pages: int = 0

    def set(self, state):
        """From now on, whatever was to come."""
        if state not in STATES:
            raise ValueError(f"state is one of {STATES}")
        self.state, self.timeline = state, []

    def at(self, now):
        """The state at this moment."""
        passed = [state for moment, state in self.timeline if moment <= now]
        return passed[-1] if passed else self.state

    def begin_end(self, now, review, after):
        """A request to end it was accepted."""
        self.submitted_at = self.submitted_at or now
        if not self.timeline:
            self.timeline = [(now if when == "at once" else now + review + when, state) for when, state in AFTER[after]]


@dataclass
class Submission:
    """A request to end a line that reached the server.

    taken: the server acted on it, or its client cannot know that it did not. duplicate: one for this line was taken before.
    """

    number: int
    iccid: str
    at: datetime
    asked: object
    taken: bool = False
    duplicate: bool = False
    result: object = None


@dataclass
class Token:
    value: str
    line: Line
    until: datetime
    by: str


@dataclass
class Session:
    """What is remembered of one client's cookie."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    conversation: object = None
    asked: object = None  # what it wanted before it was asked who it is
    state: str = ""  # of OpenID Connect
    nonce: str = ""
    account: object = None
    rounds: int = 0
    line: Line | None = None
    code: str = ""
    failures: int = 0


class Book:
    """Lines, tokens and sessions. Not locked: its owner is."""

    def __init__(self, now):
        self._now = now
        self.lines, self.tokens, self.sessions = [], {}, {}

    def add_line(self, line):
        self.lines.append(line)
        return line

    def line(self, iccid):
        """KeyError if there is none."""
        found = next((one for one in self.lines if same_iccid(one.iccid, iccid)), None)
        if found is None:
            raise KeyError(iccid)
        return found

    def find(self, **what):
        (name, value), = what.items()
        return next((one for one in self.lines if getattr(one, name) == value), None)

    def issue(self, line, seconds, by):
        made = Token(secrets.token_urlsafe(24) + "&/=", line, self._now() + timedelta(seconds=seconds), by)
        self.tokens[made.value] = made
        return made

    def token(self, value):
        """One that holds, or None."""
        found = self.tokens.get(value)
        return found if found and found.until > self._now() else None

    def drop_tokens(self):
        self.tokens.clear()

    def session(self, key):
        return self.sessions.get(key)

    def open_session(self, asked):
        made = Session(asked=asked)
        self.sessions[made.key] = made
        return made
