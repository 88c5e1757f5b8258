# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an SM-DP+ writes down of its clients: requests, deliveries, broken rules."""

from __future__ import annotations

import base64
import json
import re
import time
from dataclasses import dataclass

from .verify import Notice

BASE = "/gsma/rsp2/es9plus/"
PROTOCOL = re.compile(r"gsma/rsp/v[0-9]+\.[0-9]+\.[0-9]+")


@dataclass(frozen=True)
class Delivery:
    """A notification that was taken, where, and when (monotonic seconds)."""

    notice: Notice
    host: str
    at: float


@dataclass(frozen=True)
class Violation:
    """A client broke a rule: which, and how."""

    rule: str
    words: str
    host: str


@dataclass
class Request:
    host: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    status: int | None = None


class Ledger:
    """What came in, and whether it came in the order that it should have."""

    def __init__(self) -> None:
        self.received: list[Delivery] = []
        self.duplicates: list[Delivery] = []
        self.violations: list[Violation] = []
        self.refused: list[Delivery] = []
        self._last: dict[tuple[str, str], int] = {}

    def enter(self, notice: Notice, host: str) -> None:
        delivery = Delivery(notice, host, time.monotonic())
        if any(d.notice.der == notice.der for d in self.received):
            self.duplicates.append(delivery)
            return
        key = (notice.eid, notice.address)
        last = self._last.get(key, -1)
        if notice.sequence <= last and not any(d.notice.der == notice.der for d in self.refused):
            self.violate("order", f"number {notice.sequence} came after {last}", host)
        self._last[key] = max(last, notice.sequence)
        self.received.append(delivery)

    def refuse(self, notice: Notice, host: str) -> None:
        self.refused.append(Delivery(notice, host, time.monotonic()))

    def violate(self, rule: str, words: str, host: str) -> None:
        self.violations.append(Violation(rule, words, host))


class BadRequest(Exception):
    def __init__(self, rule: str, words: str, status: int = 400):
        super().__init__(words)
        self.rule, self.status = rule, status


def function_of(request: Request) -> str:
    """Which function of ES9+ or ES11 is called; "" where that is none."""
    return request.path.removeprefix(BASE) if request.path.startswith(BASE) else ""


def check_headers(request: Request, functions: tuple[str, ...]) -> None:
    """The HTTP rules of SGP.22 v2.5, 6.5.1."""
    if function_of(request) not in functions:
        raise BadRequest("path", f"nothing is at {request.path}", 404)
    if request.method != "POST":
        raise BadRequest("method", f"{request.method} instead of POST", 405)
    if request.headers.get("user-agent") != "gsma-rsp-lpad":
        raise BadRequest("user-agent", "User-Agent is not gsma-rsp-lpad")
    if not PROTOCOL.fullmatch(request.headers.get("x-admin-protocol", "")):
        raise BadRequest("x-admin-protocol", "X-Admin-Protocol is missing or not gsma/rsp/vX.Y.Z")
    kind = request.headers.get("content-type", "").replace(" ", "").lower()
    if kind not in ("application/json", "application/json;charset=utf-8"):
        raise BadRequest("content-type", "Content-Type is not application/json")
    if request.headers.get("host", "").rsplit(":", 1)[0] != request.host:
        raise BadRequest("host", "Host and the name in the TLS handshake differ")


def read_notification(request: Request) -> bytes:
    try:
        body = json.loads(request.body)
        return base64.b64decode(body["pendingNotification"], validate=True)
    except (ValueError, KeyError, TypeError) as error:
        raise BadRequest("body", f"no JSON with a pendingNotification in base64: {error}") from error
