# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/demo as a person runs it, and that it finds out when something is not as it should be."""

import os
import pty
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lab"))

from demo import in_use, parse  # noqa: E402
from demo_journey import LocalJourney  # noqa: E402
from demo_portal import PortalJourney  # noqa: E402
from demo_time import friday  # noqa: E402
from demo_terminal import Console, width_of, wrap  # noqa: E402
from demo_words import CHINESE, ENGLISH, WORDS, Speaker, wants_chinese  # noqa: E402
from esimlab.carrier import BANGKOK  # noqa: E402
from esimlab.clock import Clock  # noqa: E402
from esimlab.daemon import PATIENCE  # noqa: E402
from esimlab.visitor import Already  # noqa: E402

COMMAND = [TOP / "tools" / "demo", "--no-setup"]
SECONDS = 120 * PATIENCE
PLAIN = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "LANGUAGE": "", "TERM": "xterm"}


@pytest.fixture(autouse=True)
def esimctl(build):
    program = build / "client" / "esimctl" / "esimctl"
    assert program.exists(), f"{program}: build first (tools/build)"


def run(*arguments, language=None):
    return subprocess.run([*COMMAND, *arguments], env={**os.environ, **PLAIN, **(language or {})}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=SECONDS, check=False)


def run_on_terminal(*arguments):
    """(exit code, what was shown)"""
    master, slave = pty.openpty()
    process = subprocess.Popen([*COMMAND, *arguments], env={**os.environ, **PLAIN}, stdin=slave, stdout=slave,
                               stderr=slave, start_new_session=True)
    os.close(slave)
    shown = b""
    try:
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:
                break
            if not data:
                break
            shown += data
        return process.wait(SECONDS), shown.decode()
    finally:
        os.close(master)
        process.kill()
        process.wait()


def in_order(shown, *parts):
    """Whether these stand in it one after another."""
    for part in parts:
        found, _, shown = shown.partition(part)
        assert shown, f"{part!r} is not where it should be:\n{found}"


# The whole way, with the carrier

def test_runs_without_a_terminal():
    done = run()
    assert done.returncode == 0, done.stdout
    in_order(done.stdout, "--dry-run", "Nothing was changed.", "--answer plan=postpaid", "--answer opened=yes",
             "Please look at: Last six", "--answer outcome=submitted", "--document")
    assert "All of it is as it should be" in done.stdout
    assert done.stdout.count("✓") == 10 and "✗" not in done.stdout
    assert "\033[" not in done.stdout


def test_answers_as_a_person_on_a_terminal():
    code, shown = run_on_terminal()
    assert code == 0, shown
    assert "--answer" not in shown
    in_order(shown, "Number (1 to 3): 1\r\n", "Begin? [y/N] y\r\n", "A mail comes", "Open the page? [y/N] y\r\n",
             "Please look at: Last six", "answer is waited for; it is expected by",
             "The service is stopped and started", "The carrier's page shows: Approved",
             "Leave it as it is", "a document of the carrier: 0003-approved.eml", "Verified.")
    assert shown.count("✓") == 10 and "✗" not in shown


def test_speaks_chinese():
    done = run(language={"LANG": "zh_CN.UTF-8", "LC_ALL": "", "LANGUAGE": ""})
    assert done.returncode == 0, done.stdout
    in_order(done.stdout, "实验电信", "请检查：ICCID 后六位", "正在等待运营商答复", "验证通过", "一切正常")


def test_leaves_a_shell_in_the_laboratory():
    """With the carrier's portal."""
    done = subprocess.run([*COMMAND, "--stay"], env={**os.environ, **PLAIN}, text=True, capture_output=True,
                          input="esimctl list --json\nbusctl --system list\necho at $ESIM_LAB_PORTAL\n",
                          timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    after = done.stdout.partition("leave this shell")[2]
    assert "894920009900000027" in after and "8944500102201200013" not in after
    assert "org.esimd1" in after
    assert after.count("https://localhost:") == 2


def test_fails_when_the_server_takes_nothing():
    done = run("--refuse", "--patience", str(5 * PATIENCE))
    assert done.returncode == 1, done.stdout
    assert "✗ the operator's server took the notification" in done.stdout
    assert "it took none for this profile" in done.stdout
    assert "✓ the carrier counted one request" in done.stdout
    assert "✓ the card no longer has the profile" in done.stdout


@pytest.mark.parametrize("language", [None, {"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8", "LANGUAGE": "zh_CN"}], ids=["en", "zh"])
def test_by_the_carriers_server(language):
    done = run("--ts43", language=language)
    assert done.returncode == 0 and "✗" not in done.stdout, done.stdout


@pytest.fixture
def portal_journey(make_lab, tmp_path):
    lab = make_lab(profiles=in_use("Work"), clock=Clock(friday()), carrier=True)
    with open(tmp_path / "shown", "w+", encoding="utf-8") as output:
        yield PortalJourney(lab, Console(output), Speaker(ENGLISH), parse([]))


def test_two_requests_are_one_too_many(portal_journey):
    journey = portal_journey
    journey.ask_carrier()
    assert journey.failures == []
    with pytest.raises(Already):
        journey.person.sends("travel-ended")
    assert journey.judge() > 0
    assert "✗ the carrier counted one request, and no second one (it counted 2)" in shown_by(journey)


def test_a_deletion_before_the_end_is_found_out(portal_journey):
    """Somebody deletes the profile while the notice runs."""
    journey = portal_journey
    journey.ask_carrier()
    journey.carrier.decide()
    journey.confirm()
    journey.lab.esimctl("deregistrations", "withdraw", "1", check=True)
    journey.lab.esimctl("disable", "Work", check=True)
    journey.lab.esimctl("delete", "Work", "--contract-continues", check=True)
    journey.seen_last = journey.clock.now()
    journey.judge()
    shown = " ".join(shown_by(journey).split())
    assert "✗ nothing was disabled or deleted before the contract had ended (the card was told so on" in shown
    assert "✗ the profile was on the card until then (it was gone on" in shown


def test_a_carrier_that_never_answers_is_a_failure(portal_journey):
    journey = portal_journey
    journey.carrier.review(None)
    journey.carrier.wait_for = lambda *_: False
    assert journey.run() >= 5
    shown = " ".join(shown_by(journey).split())
    assert "no mail of the carrier came" in shown and "the carrier has ended no contract" in shown
    assert "✗ the card no longer has the profile (the profile is still on the card)" in shown


@pytest.mark.parametrize("day", range(20, 27))
def test_it_begins_on_a_friday(day):
    begins = friday(datetime(2026, 11, day, 23, tzinfo=BANGKOK))
    assert begins.weekday() == 4 and 0 <= begins.day - day < 7 and begins.hour == 10


# The card alone

def test_local_without_a_terminal():
    done = run("--local")
    assert done.returncode == 0, done.stdout
    assert "--yes --contract-continues" in done.stdout
    assert done.stdout.count("✓") == 6 and "✗" not in done.stdout


def test_local_on_a_terminal():
    code, shown = run_on_terminal("--local")
    assert code == 0, shown
    assert "--contract-continues" not in shown
    assert "Delete the profile? [y/N] y\r\n" in shown
    assert shown.count("✓") == 6 and "✗" not in shown


def test_local_speaks_chinese():
    done = run("--local", language={"LANG": "zh_CN.UTF-8", "LC_ALL": "", "LANGUAGE": ""})
    assert done.returncode == 0, done.stdout
    assert "一切正常" in done.stdout and "已停用" in done.stdout


def test_local_fails_when_the_server_takes_nothing():
    done = run("--local", "--refuse", "--patience", str(5 * PATIENCE))
    assert done.returncode == 1, done.stdout
    assert "✗ the operator's server took the notification" in done.stdout
    assert "✗ the receipt is verified" in done.stdout
    assert "✓ the card no longer has the profile" in done.stdout


@pytest.fixture
def journey(lab, tmp_path):
    with open(tmp_path / "shown", "w+", encoding="utf-8") as output:
        yield LocalJourney(lab, Console(output), Speaker(ENGLISH), parse(["--local"]))


def shown_by(journey):
    journey.console.output.seek(0)
    return journey.console.output.read()


def test_nothing_done_is_nothing_proven(journey):
    """Without the journey the profile is there, the server heard nothing, and there is no receipt."""
    assert journey.judge() == 3
    shown = shown_by(journey)
    for words in ("✗ the card no longer has the profile", "✗ the operator's server", "✗ the receipt is verified"):
        assert words in shown


def test_card_that_refuses_is_a_failure(journey):
    journey.lab.card.fail_at("BF33", times=100, sw=0x6985)
    journey.options.patience = 5 * PATIENCE
    assert journey.run() >= 3
    assert "✗ the card no longer has the profile (the profile is still on the card)" in shown_by(journey)


# Words

def test_words_are_there_in_both_languages():
    assert all(len(both) == 2 and all(both) for both in WORDS.values())


@pytest.mark.parametrize("environment, wanted", [
    ({}, False), ({"LANG": "zh_CN.UTF-8"}, True), ({"LANG": "zh_TW.UTF-8"}, False), ({"LANG": "de_DE.UTF-8"}, False),
    ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, False), ({"LANG": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, True),
])
def test_language_is_the_users(environment, wanted):
    assert wants_chinese(environment) is wanted


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
def test_lines_are_no_wider_than_the_terminal(language):
    words = WORDS["intro"][language]
    lines = wrap(words, 40)
    assert len(lines) > 2 and max(map(width_of, lines)) <= 42  # a closing mark stays with its word
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
