# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ten thousand dialogues with entitlement servers that say things by chance: through the daemon's reader of their documents
and its judgement, with the laboratory's own reading of the table of evidence beside it (tests/integration/ts43-dialogues.c)."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

LAB = pathlib.Path(__file__).resolve().parents[1] / "lab"
FIRST = 20261123


def hold(build, first, count, limit):
    """What the dialogues came to."""
    program = build / "tests" / "ts43-dialogues"
    there, back = os.pipe(), os.pipe()
    environment = {**os.environ, "PYTHONPATH": str(LAB)}
    server = subprocess.Popen([sys.executable, "-m", "esimlab.entitlement_pipe"], stdin=there[0], stdout=back[1], env=environment)
    walker = subprocess.Popen([program, str(first), str(count)], stdin=back[0], stdout=there[1], stderr=subprocess.PIPE, text=True)
    for end in (*there, *back):
        os.close(end)
    try:
        _, words = walker.communicate(timeout=limit)
        assert walker.returncode == 0, words
        return json.loads(words.splitlines()[-1])
    finally:
        for process in (walker, server):
            process.kill()
            process.wait()


def check(found):
    print(found)
    # Dialogues that come nowhere would show nothing.
    for name in ("submissions", "agreed", "confirmed", "released", "deletions", "reversals", "unreadable"):
        assert found[name] > found["dialogues"] // 500, found


def test_dialogues(build):
    check(hold(build, FIRST, 1500, 120))


@pytest.mark.long
def test_ten_thousand_dialogues(build):
    check(hold(build, FIRST + 100000, 10000, 600))
