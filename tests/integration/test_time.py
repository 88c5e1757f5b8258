# SPDX-License-Identifier: LGPL-2.1-or-later
"""The daemon in a time that is not ours, beside a carrier of the same time."""

from datetime import datetime, timedelta, timezone

import pytest

from esimlab.clock import Clock
from esimlab.profiles import demo_profiles
from panel import DEREGISTRATION, Panel

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
START = datetime(2027, 3, 1, 2, 0, tzinfo=timezone.utc)
YES = {"consent": True, "contract-continues": True}


@pytest.fixture
def lab(make_lab):
    return make_lab(clock=Clock(START, speed=0), carrier={"review_days": 1})


def test_the_daemon_lives_in_the_time_of_the_laboratory(lab):
    """What it writes down has that time, certificates are judged by it, and delays stay real."""
    panel = Panel(lab)
    path = panel.deregister(ISLAND, reason="travel-ended")
    panel.wait_question(path)
    lab.clock.step(timedelta(days=40))
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    receipt = lab.esimctl("receipt", "1").stdout
    assert "2027-03-01" in receipt and "2027-04-10" in receipt
    assert datetime.now(timezone.utc).strftime("%Y-%m-%d") not in receipt
    assert [d.notice.event for d in lab.smdp.received] == ["delete", "delete"] and lab.smdp.handshakes["failed"] == 0
    assert lab.run("date", "-u", "+%F").stdout == "2027-04-10\n"


def test_the_directory_knows_the_carrier_of_the_laboratory(lab):
    assert lab.esimctl("carriers", "match", "Work").stdout.startswith("Lab Telecom (lab)")
    assert lab.esimctl("carriers", "match", "AIS Tourist").stdout.startswith("AIS (ais-th)")
    assert lab.environment["ESIM_LAB_PORTAL"] == lab.carrier.address


def test_the_clock_is_the_same_after_a_restart(lab):
    lab.clock.step(timedelta(days=1))
    lab.daemon.restart()
    panel = Panel(lab)
    path = panel.deregister(BLUE)
    requested = panel.describe(path, DEREGISTRATION)["requested"]
    assert requested == (START + timedelta(days=1)).timestamp()
