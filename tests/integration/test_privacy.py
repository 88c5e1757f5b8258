# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a user said in confidence: where it may be, and where it may not be found: disk, log, other users'
connections, and the daemon's own memory once it is needed no longer."""

import contextlib
import os
import re
import resource
import signal
from pathlib import Path

import memory
import pytest
from carrierfiles import ISLAND_OWNER, LAB_OWNER, PHONE, WEB, entry
from conftest import needs_root
from esimlab import ber
from esimlab.daemon import BUS_NAME, PATIENCE
from esimlab.diskfaults import preloaded
from esimlab.profiles import demo_profiles
from gi.repository import GLib
from panel import DEREGISTRATION, MANAGER, ROOT_PATH
from portal import CONSENT, LOGIN, OUTCOME, PLAN, REQUEST, SUBMISSION, Journey, day, document, portal_lab, words
from scene import BLUE, ISLAND
from stranger import Stranger

# Put together at run time, so that no file, and no argument of a command, holds it whole.
REASON = "".join(["my mother", " has moved", " to Osaka ", "qzx-7731"])
TOKEN = "-".join(["panel", "token", "vbn-2208"])
REFERENCE = "-".join(["CASE", "4410", "7755", "0031"])
DEBUG = {"G_MESSAGES_DEBUG": "all"}
UNTIL = [PLAN, CONSENT, LOGIN, REQUEST, SUBMISSION, OUTCOME]


@pytest.fixture
def portal(make_lab, tmp_path):
    return portal_lab(make_lab, tmp_path / "carriers", environment=DEBUG)


def begin(portal, iccid=BLUE):
    journey = Journey.begin(portal, iccid, reason="other", token=TOKEN, **{"reason-text": REASON})
    journey.answers[SUBMISSION] = {"outcome": "submitted", "reference": REFERENCE}
    return journey


def on_disk(lab, text):
    """Where in the state folder it is, written in UTF-8 or UTF-16, escaped as a key file does, or in base64."""
    wanted = [text.encode(), text.replace(" ", "\\s").encode(), text.encode("utf-16-le")]
    # The middle of it, in each of the three ways in which base64 may begin.
    wanted += [GLib.base64_encode(text.encode()[skip:])[:24].encode() for skip in range(3)]
    return [path for path in lab.state_folder.rglob("*") if path.is_file()
            for form in wanted if form in path.read_bytes() or form in str(path).encode()]


def go_everywhere(portal):
    """Every question, refusals, wrong answers, a restart, a rejection and a second try."""
    journey = begin(portal)
    for kind in UNTIL:
        journey.go(kind)
        with contextlib.suppress(Exception):
            journey.answer(kind, colour=REASON)
        yield journey
    journey.answer(OUTCOME, outcome="refused", missing=words("identity-copies"))
    journey.go(OUTCOME)
    journey.restart()
    journey.answer(OUTCOME, outcome="confirmed", reference=REFERENCE, **{"effective-date": day(9)}, **document())
    journey.wait("awaiting-end")
    yield journey
    journey.go("completed")
    journey.do("GetReceipt")
    yield journey


# Disk and log

def test_the_users_own_words_are_never_on_disk(portal):
    for journey in go_everywhere(portal):
        assert on_disk(portal.lab, REASON) == [], journey.stage
        assert journey.record_bytes()


def test_nothing_of_it_is_in_the_log(portal):
    """Nor a number that tells who it is, at any level."""
    for _ in go_everywhere(portal):
        pass
    portal.lab.daemon.stop()
    log = portal.lab.daemon.log()
    assert "DEBUG" in log and "deregistration" in log
    assert REASON not in log and TOKEN not in log and "qzx-7731" not in log
    numbers = [REFERENCE, portal.lab.card.eid, *(p.iccid for p in demo_profiles()), *(p.imsi for p in demo_profiles())]
    numbers += [ber.iccid_octets(p.iccid).hex() for p in demo_profiles()]
    for number in numbers:
        assert number.lower() not in log.lower(), number


def test_a_deregistration_without_a_profile_is_not_in_the_log(portal):
    iccid = "8966010000000000012"
    journey = Journey.begin_iccid(portal, iccid, carrier="labtel", **{"reason-text": REASON})
    journey.go("completed")
    portal.lab.daemon.stop()
    assert iccid not in portal.lab.daemon.log() and REASON not in portal.lab.daemon.log()


def test_the_receipt_holds_none_of_it(portal):
    journey = begin(portal)
    journey.go("completed")
    receipt = journey.do("GetReceipt")
    assert REASON not in receipt and TOKEN not in receipt and "qzx-7731" not in receipt


# Where the words are shown, and how long

def test_the_words_are_shown_where_they_are_pasted_and_nowhere_else(portal):
    journey = begin(portal)
    for kind in UNTIL:
        question, told = journey.go(kind), journey.told()
        assert (REASON in str(question)) == (kind in (REQUEST, SUBMISSION)), kind
        told.pop("question")
        assert REASON not in str(told)
    journey.go("completed")
    assert REASON not in str(journey.told())


def test_the_words_are_gone_after_a_restart(portal):
    journey = begin(portal)
    journey.go(REQUEST)
    journey.restart()
    assert journey.question(REQUEST)["reason-text"] == "" and REASON not in str(journey.told())


# Other users

@needs_root
def test_another_users_connection_hears_nothing_of_it(portal):
    with Stranger(portal.lab) as other:
        other.listen(BUS_NAME)
        for journey in go_everywhere(portal):
            _, text = other.call(BUS_NAME, "/org/esimd1", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
            _, more = other.call(BUS_NAME, journey.path, "org.freedesktop.DBus.Properties", "GetAll",
                                 f"('{DEREGISTRATION}',)")
            for private in (REASON, TOKEN, REFERENCE, "labtel", "qzx-7731"):
                assert private not in text and private not in more
        heard = str(other.signals())
    assert "PropertiesChanged" in heard
    for private in (REASON, TOKEN, REFERENCE, "labtel", "qzx-7731"):
        assert private not in heard


@needs_root
@pytest.mark.parametrize("how", ["monitor", "eavesdrop"])
def test_another_user_cannot_listen_to_the_calls_of_others(portal, how):
    """The bus does not let him; if it did, the user's words would be heard on their way."""
    with Stranger(portal.lab) as other:
        if how == "monitor":
            error, _ = other.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Monitoring",
                                  "BecomeMonitor", "(@as [], uint32 0)")
            assert error == "org.freedesktop.DBus.Error.AccessDenied"
        else:
            other.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch",
                       "('eavesdrop=true',)")
        begin(portal).go(OUTCOME)
        assert how == "monitor" or REASON not in str(other.signals())


def test_no_signal_carries_it(portal):
    """Signals go to everybody; the requester's own are looked at here."""
    for _ in go_everywhere(portal):
        pass
    heard = str(portal.client.signals)
    assert "PropertiesChanged" in heard
    for private in (REASON, TOKEN, REFERENCE, "labtel", "qzx-7731"):
        assert private not in heard


# Memory

def ways_out(journey, how):
    """Lead a journey that has come to the page out of the stages that need the words."""
    if how == "submitted":
        journey.go(OUTCOME)
    elif how == "rejected":
        journey.go(SUBMISSION)
        journey.answer(SUBMISSION, outcome="rejected")
        journey.wait("rejected")
    else:
        journey.do("Withdraw")
        journey.wait("withdrawn")


@needs_root
@pytest.mark.skipif(PATIENCE > 1, reason="the address sanitizer keeps what was freed")
@pytest.mark.parametrize("how", ["submitted", "rejected", "withdrawn"])
def test_the_words_are_wiped_from_memory(portal, how):
    """Found while they are needed (so the search does find), and not once the stage has passed."""
    journey = begin(portal)
    question = journey.go(REQUEST)
    assert question["reason-text"] == REASON
    assert memory.find(portal.lab.daemon.pid, REASON.encode())
    ways_out(journey, how)
    # The bus library reads into a buffer of its own, in which a longer message takes the place of a shorter one.
    with portal.refused("InvalidArgument"):
        portal.call(ROOT_PATH, MANAGER, "LookUpCarrier", **{"service-provider": "y" * 3000})
    assert memory.find(portal.lab.daemon.pid, REASON.encode()) == []


def core_limits(panel):
    """(soft, hard) of the daemon"""
    limits = Path(f"/proc/{panel.lab.daemon.pid}/limits").read_text(encoding="utf-8")
    return re.search(r"Max core file size +(\w+) +(\w+) ", limits).groups()


def abort(panel):
    """Let it die by a signal that dumps: what waitid says of it."""
    daemon, pid = panel.lab.daemon, panel.lab.daemon.pid
    os.kill(pid, signal.SIGABRT)
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    daemon.process.wait()
    daemon.killed = True
    return ended.si_code


@pytest.fixture
def core_files(tmp_path, monkeypatch):
    """Nothing of the system's is in the way of a core file: the list of those that were written."""
    monkeypatch.chdir(tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    if limits[1] == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    yield lambda: list(tmp_path.glob("core*"))
    resource.setrlimit(resource.RLIMIT_CORE, (limits[0], limits[1]))


def test_core_dumps_are_off(make_lab, tmp_path, core_files):
    panel = portal_lab(make_lab, tmp_path / "carriers")
    begin(panel).go(REQUEST)
    assert core_limits(panel) == ("0", "0")
    assert abort(panel) == os.CLD_KILLED and not core_files()


@pytest.mark.skipif(PATIENCE > 1, reason="a process that searches itself for leaks stays one that is dumped")
def test_core_dumps_are_off_where_the_limit_does_not_count(make_lab, build, tmp_path, core_files):
    """As with a core_pattern that is a pipe: then it is a process that is not dumped."""
    environment = preloaded(build / "tests" / "esimlab-core-limit.so")
    panel = portal_lab(make_lab, tmp_path / "carriers", environment=environment)
    begin(panel).go(REQUEST)
    assert "0" not in core_limits(panel)
    assert abort(panel) == os.CLD_KILLED and not core_files()


def test_what_a_carrier_that_is_called_is_told_stays_too(make_lab, tmp_path):
    """The same for a way without a page, where the words are read out to somebody."""
    entries = [entry("labtel", LAB_OWNER, WEB), entry("island", ISLAND_OWNER, PHONE)]
    panel = portal_lab(make_lab, tmp_path / "carriers", *entries, environment=DEBUG)
    journey = begin(panel, ISLAND)
    assert journey.go(SUBMISSION)["reason-text"] == REASON and on_disk(panel.lab, REASON) == []
    journey.go("completed")
    assert on_disk(panel.lab, REASON) == [] and REASON not in panel.lab.daemon.log()
