# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a test lets go wrong at the card, and the record of what the card did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple


class CardSilent(Exception):
    """No answer comes; the modem decides how that looks on its wire."""


class LogEntry(NamedTuple):
    """One function of the card: its name and tag ("BF33"; "open" and "close" for
    channels), the status word, the channel, and the octets both ways.  `sw` is
    None where no answer went out."""

    name: str
    tag: str
    sw: int | None
    channel: int
    request: bytes
    response: bytes
    index: int

    def blocks(self, size: int = 255) -> int:
        """How many STORE DATA the request takes at the least, with so many octets in each."""
        return -(-len(self.request) // size)


@dataclass
class Fault:
    """Happens at the `nth` time from now that this function is called, `times` times."""

    tag: str
    nth: int = 1
    times: int = 1
    sw: int | None = None
    data: bytes | None = None
    result: int | None = None
    silence: bool = False
    cut_after: bool = False
    execute: bool = False

    @property
    def acts(self) -> bool:
        """Whether the card still does what it was asked to do."""
        return self.execute or self.cut_after


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self.log: list[LogEntry] = []
        self.counters: Counter[str] = Counter()

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, tag: str) -> Fault | None:
        """The fault due for this call; counts the call for every one that waits."""
        due = None
        for fault in [f for f in self._waiting if f.tag == tag]:
            if fault.nth > 1:
                fault.nth -= 1
            elif due is None:
                due = fault
                fault.times -= 1
                if fault.times == 0:
                    self._waiting.remove(fault)
        return due

    def record(self, entry: LogEntry) -> None:
        self.log.append(entry)
        self.counters[entry.tag] += 1
