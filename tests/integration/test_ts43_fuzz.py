# SPDX-License-Identifier: LGPL-2.1-or-later
"""Random dialogues with the running daemon over D-Bus, TLS and the card (ts43fuzz.py), judged from outside (ts43judge.py): no
deletion without the evidence, and no second request that the user did not want. test_ts43_dialogues.py holds more of them, with
the judgement alone.

ESIM_FUZZ_FIRST and ESIM_FUZZ_COUNT: other dialogues than the long run's own."""

import os
import time

import pytest
from portal import QUICK
from ts43 import START
from ts43fuzz import Fuzz

from esimlab.clock import Clock

FIRST, COUNT = int(os.environ.get("ESIM_FUZZ_FIRST", 1000)), int(os.environ.get("ESIM_FUZZ_COUNT", 10000))
VIOLATIONS_MAX = 5


@pytest.fixture
def fuzz(make_lab, request):
    clock = Clock(START)
    request.addfinalizer(clock.close)
    return Fuzz(make_lab(clock=clock, entitlement={"token_seconds": 10 ** 6}, config=QUICK, daemon=False))


def hold(fuzz, first, count):
    begun, tally = time.monotonic(), fuzz.tally
    try:
        for seed in range(first, first + count):
            fuzz.run(seed)
            if fuzz.tally["dialogues"] % 100 == 0:
                print(f"{fuzz.tally['dialogues']} after {time.monotonic() - begun:.0f} s", flush=True)
            if len(fuzz.violations) >= VIOLATIONS_MAX:
                break
    finally:
        took, number = time.monotonic() - begun, tally["dialogues"]
        print(f"\n{number} dialogues in {took:.0f} s, {took / max(number, 1):.3f} s each; violations: {len(fuzz.violations)}")
        print("; ".join(f"{name}: {number}" for name, number in sorted(tally.items())))
    assert not fuzz.violations, "\n\n".join(fuzz.violations)
    return tally


def test_some(fuzz):
    tally = hold(fuzz, 0, 20)
    # Dialogues that come nowhere would show nothing.
    assert tally["deletions"] >= 3 and tally["submissions"] >= 10 and tally["in in-review"] >= 6


@pytest.mark.long
def test_ten_thousand(fuzz):
    tally = hold(fuzz, FIRST, COUNT)
    for name in ("deletions", "sent again", "in in-review", "in submission-unknown", "in verifying-end", "in completed"):
        assert tally[name] > tally["dialogues"] // 200, (name, tally)
