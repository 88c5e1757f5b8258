# SPDX-License-Identifier: LGPL-2.1-or-later
"""Dialogues over a pipe."""

import base64
import json
import os
import pathlib
import subprocess
import sys

import pytest
from esimlab.entitlement_pipe import ICCID
from ts43client import read

LAB = pathlib.Path(__file__).resolve().parents[1]
HOUR = 3600
POLL = {"operation": "AcquireConfiguration"}
END = {"operation": "ManageSubscription", "operation_type": 1, "terminal_iccid": ICCID}


@pytest.fixture(scope="module")
def pipe():
    with subprocess.Popen([sys.executable, "-m", "esimlab.entitlement_pipe"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True, env={**os.environ, "PYTHONPATH": str(LAB)}) as process:
        def order(*words):
            process.stdin.write(" ".join(w if isinstance(w, str) else json.dumps(w) for w in words) + "\n")
            process.stdin.flush()
            return process.stdout.readline().rstrip("\n")
        yield order
        process.stdin.close()


def parts(answer):
    """(status, members of the document) of an answer; None where there is none that can be read."""
    status, kind, body = answer.split(" ")
    try:
        return int(status), read(base64.b64decode(body), kind)
    except (ValueError, SyntaxError, AttributeError, RecursionError):
        return int(status), None


def test_without_chaos_all_is_well_formed(pipe):
    assert pipe("begin", "1", "0") == "ok"
    for at in range(30):
        status, document = parts(pipe("ask", str(at * HOUR), POLL))
        assert status == 200 and document.one("operationresult") == "1"
    assert pipe("taken") == "0" and pipe("permits") == ""
    answer = pipe("ask", str(31 * HOUR), END)
    assert parts(answer)[0] == 200 and pipe("said").startswith("OperationResult")


def test_the_same_seed_says_the_same(pipe):
    def run():
        pipe("begin", "5")
        return [pipe("ask", str(at * HOUR), END if at == 3 else POLL) for at in range(10)]
    assert run() == run()


def test_many_dialogues(pipe):
    """Every end comes up among them, and nothing is permitted before something was asked for."""
    seen = set()
    for seed in range(400):
        pipe("begin", str(seed))
        for at in range(3):
            pipe("ask", str(at * HOUR), POLL)
        assert pipe("permits") == ""
        pipe("ask", str(4 * HOUR), END)
        for at in range(5, 15):
            pipe("ask", str(at * 2 * HOUR), POLL)
            seen.add(pipe("permits"))
    assert {"", "confirmed question", "question"} <= seen


def test_what_is_refused_for_a_day(pipe):
    pipe("begin", "3", "0")
    while parts(pipe("ask", "0", POLL))[1].one("servicestatus") != "1":
        pass
    pipe("ask", str(HOUR), END)
    for hour in (2, 20, 25):
        assert "attest" not in pipe("permits")
        pipe("forbid", str(hour * HOUR))
    pipe("forbid", str(27 * HOUR))
    assert "attest" in pipe("permits")
