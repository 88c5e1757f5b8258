# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/demo as a person runs it, and that it finds out when something is not as it should be."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests" / "lab"))

from demo import Journey, parse  # noqa: E402
from demo_terminal import Console, width_of, wrap  # noqa: E402
from demo_words import CHINESE, ENGLISH, WORDS, Speaker, wants_chinese  # noqa: E402
from esimlab.daemon import PATIENCE  # noqa: E402

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


def test_runs_without_a_terminal():
    done = run()
    assert done.returncode == 0, done.stdout
    assert "--yes --contract-continues" in done.stdout
    assert "All of it is as it should be" in done.stdout
    assert done.stdout.count("✓") == 6 and "✗" not in done.stdout
    assert "\033[" not in done.stdout


def test_answers_as_a_person_on_a_terminal():
    code, shown = run_on_terminal()
    assert code == 0, shown
    assert "--contract-continues" not in shown
    assert "Delete the profile? [y/N] y\r\n" in shown
    assert shown.count("✓") == 6 and "✗" not in shown


def test_speaks_chinese():
    done = run(language={"LANG": "zh_CN.UTF-8", "LC_ALL": "", "LANGUAGE": ""})
    assert done.returncode == 0, done.stdout
    assert "一切正常" in done.stdout and "已停用" in done.stdout


def test_leaves_a_shell_in_the_laboratory():
    done = subprocess.run([*COMMAND, "--stay"], env={**os.environ, **PLAIN}, text=True, capture_output=True,
                          input="esimctl list --json\nbusctl --system list\n", timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    after = done.stdout.partition("leave this shell")[2]
    assert "894920009900000027" in after and "89660324080000000018" not in after
    assert "org.esimd1" in after


def test_fails_when_the_server_takes_nothing():
    done = run("--refuse", "--patience", str(5 * PATIENCE))
    assert done.returncode == 1, done.stdout
    assert "✗ the operator's server took the notification" in done.stdout
    assert "it took none for this profile" in done.stdout
    assert "✗ the receipt is verified" in done.stdout
    assert "✓ the card no longer has the profile" in done.stdout


@pytest.fixture
def journey(lab, tmp_path):
    with open(tmp_path / "shown", "w+", encoding="utf-8") as output:
        yield Journey(lab, Console(output), Speaker(ENGLISH), parse([]))


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
