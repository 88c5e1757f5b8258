# SPDX-License-Identifier: LGPL-2.1-or-later
"""The entitlement server without a network, for programs that hold thousands of dialogues with it: lines in, lines out.

Run as `python3 -m esimlab.entitlement_pipe`. Each line is answered with one; the clock is the asker's.

  begin SEED [CHAOS]       another dialogue by chance (entitlement_random.Dialogue), at the clock's zero      ok
  ask SECONDS JSON         the parameters of a request at that moment, without a credential                  STATUS TYPE BASE64
                           or, where no whole answer arrived:                                                none KIND
  forbid SECONDS           as if an authentication was refused at that moment                                ok
  permits [SECONDS]        which ends the evidence table allows so far, for polls so far apart (3600)        NAME NAME …
  taken                    how many requests to end the line the server acted on, or may have                NUMBER
  said                     the last answer in words                                                          WORDS
"""

import base64
import json
import sys
from datetime import datetime, timedelta, timezone

from .entitlement import Entitlement
from .entitlement_random import permits
from .entitlement_requests import Asked
from .entitlement_web import HOST, PATH
from .profiles import demo_profiles

ZERO = datetime(2026, 1, 1, tzinfo=timezone.utc)
ICCID = "8944500102201200013"


class Standing:
    """A clock that shows what it is told to."""

    def __init__(self):
        self.listeners, self.shown = [], ZERO

    def now(self):
        return self.shown


class Pipe:
    def __init__(self):
        self.clock = Standing()
        self.server = Entitlement(self.clock, profiles=demo_profiles(), token_seconds=10 ** 9)
        self.line = self.server.line(ICCID)
        self.token = None
        self.begin("0")

    def begin(self, seed, chaos="0.35"):
        self.clock.shown = ZERO
        self.server.reset()
        self.server.random(int(seed), chaos=float(chaos))
        self.token = self.server.book.issue(self.line, 10 ** 9, "pipe").value
        return "ok"

    def _asked(self, seconds, parameters):
        self.clock.shown = ZERO + timedelta(seconds=float(seconds))
        body = json.dumps({"token": self.token, "IMSI": self.line.imsi, **parameters}).encode()
        return Asked(-1, "POST", HOST, PATH, {"content-type": "application/json"}, body, None)

    def ask(self, seconds, text):
        asked = self._asked(seconds, json.loads(text))
        reply = self.server.handle(asked)
        if reply.kind not in (None, "slow"):
            return f"none {reply.kind}"
        kind = next((value for name, value in reply.headers if name == "Content-Type"), "") or "-"
        return f"{reply.status} {kind.replace(' ', '')} {base64.b64encode(reply.body).decode() or '-'}"

    def forbid(self, seconds):
        asked = self._asked(seconds, {})
        asked.at, asked.line, asked.operation, asked.status = self.clock.now(), self.line, "authenticate", 403
        self.server.requests.append(asked)
        return "ok"

    def permits(self, seconds="3600"):
        return " ".join(sorted(permits(self.server, ICCID, timedelta(seconds=float(seconds)))))

    def taken(self):
        return str(sum(one.taken for one in self.server.submissions))

    def said(self):
        return self.server.requests[-1].answered.replace("\n", " ") if self.server.requests else ""

    def serve(self, lines, out):
        for line in lines:
            name, _, rest = line.strip().partition(" ")
            if name not in ("begin", "ask", "forbid", "permits", "taken", "said"):
                raise ValueError(f"no such order: {line!r}")
            told = rest.split(" ", 1) if name == "ask" else rest.split()
            out.write(getattr(self, name)(*told) + "\n")
            out.flush()


if __name__ == "__main__":
    Pipe().serve(sys.stdin, sys.stdout)
