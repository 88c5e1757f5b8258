# SPDX-License-Identifier: LGPL-2.1-or-later
"""How a server answers when it does not answer as it should."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import dataclass, field

KINDS = ("status", "silence", "cut", "garbage", "oversize", "slow", "redirect", "json_error")
FOREVER = -1


@dataclass
class Behaviour:
    kind: str
    times: int = 1
    host: str | None = None
    accept: bool = False
    nth: int = 1
    options: dict = field(default_factory=dict)
    function: str | None = None


class Script:
    """What is still to go wrong, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Behaviour] = []

    def add(self, behaviour: Behaviour) -> None:
        if behaviour.kind not in KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")
        with self._lock:
            self._waiting.append(behaviour)

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, host: str, function: str) -> Behaviour | None:
        with self._lock:
            found = None
            for one in [b for b in self._waiting if b.host in (None, host) and b.function in (None, function)]:
                if one.nth > 1:
                    one.nth -= 1
                elif found is None:
                    found = one
            if found is not None and found.times != FOREVER:
                found.times -= 1
                if found.times == 0:
                    self._waiting.remove(found)
            return found


def failed_body(subject: str, reason: str, message: str = "") -> bytes:
    """A JSON answer that says the function failed (SGP.22 v2.5, 6.5.1.4)."""
    codes = {"subjectCode": subject, "reasonCode": reason}
    if message:
        codes["message"] = message
    return json.dumps({"header": {"functionExecutionStatus": {
        "status": "Failed", "statusCodeData": codes}}}).encode()


def perform(behaviour: Behaviour, handler, closing: threading.Event) -> int:
    """Answer badly on this connection; the status that went out, 0 for none."""
    return PERFORMERS[behaviour.kind](handler, closing, **behaviour.options)


def _status(handler, closing, code: int = 500, body: bytes = b"", headers: dict | None = None) -> int:
    handler.answer(code, body, headers or {})
    return code


def _silence(handler, closing, seconds: float = 600) -> int:
    """Stays silent until the client goes away, the server is stopped or time is up."""
    handler.close_connection = True
    end = time.monotonic() + seconds
    handler.connection.settimeout(0.1)
    while time.monotonic() < end and not closing.is_set():
        try:
            if not handler.connection.recv(1):
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return 0


def _cut(handler, closing) -> int:
    """Ends within an answer that promised more."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{\"header\"")
    handler.wfile.flush()
    handler.hang_up()
    return 200


def _garbage(handler, closing, data: bytes | None = None) -> int:
    handler.close_connection = True
    handler.wfile.write(os.urandom(512) if data is None else data)
    return 0


def _oversize(handler, closing, limit: int = 64 << 20, code: int = 200) -> int:
    """A body without an end, as far as the client lets it come."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\n"
                        b"Transfer-Encoding: chunked\r\n\r\n" % code)
    block, sent = b"4000\r\n" + b" " * 0x4000 + b"\r\n", 0
    try:
        while sent < limit and not closing.is_set():
            handler.wfile.write(block)
            sent += 0x4000
    except OSError:
        return code
    return code


def _slow(handler, closing, seconds: float = 5, code: int = 204) -> int:
    """A good answer that takes this long, octet by octet."""
    answer = b"HTTP/1.1 %d Slow\r\nX-Admin-Protocol: gsma/rsp/v2.5.0\r\n\r\n" % code
    handler.close_connection = True
    for octet in answer:
        if closing.wait(seconds / len(answer)):
            break
        handler.wfile.write(bytes((octet,)))
    return code


def _redirect(handler, closing, to: str = "/elsewhere", code: int = 302) -> int:
    handler.answer(code, b"", {"Location": to})
    return code


def _json_error(handler, closing, subject: str = "8.1", reason: str = "6.1", message: str = "") -> int:
    handler.answer(200, failed_body(subject, reason, message), {})
    return 200


PERFORMERS = {"status": _status, "silence": _silence, "cut": _cut, "garbage": _garbage, "oversize": _oversize,
              "slow": _slow, "redirect": _redirect, "json_error": _json_error}
