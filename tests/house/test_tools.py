# SPDX-License-Identifier: LGPL-2.1-or-later
"""The commands of tools/: the list of packages, and how the results of all tests are counted."""

import importlib.util
import pathlib
import subprocess
import sys
import time

import pytest


@pytest.fixture(scope="module")
def runner(top):
    """tools/run_tests.py as a module."""
    spec = importlib.util.spec_from_file_location("run_tests", top / "tools" / "run_tests.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["run_tests"] = module
    spec.loader.exec_module(module)
    return module


def packages(top, group):
    done = subprocess.run([top / "tools" / "packages", group], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.split()


def test_all_is_everything_once(top):
    groups = [set(packages(top, group)) for group in ("build", "run", "test")]
    everything = packages(top, "all")
    assert len(everything) == len(set(everything))
    assert set(everything) == set.union(*groups)


def test_unknown_group_is_refused(top):
    done = subprocess.run([top / "tools" / "packages", "everything"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and done.stdout == "" and "usage" in done.stderr


def test_setup_is_silent_and_quick_when_all_is_there(top):
    done = subprocess.run([top / "tools" / "setup", "all"], capture_output=True, text=True, timeout=10,
                          stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def part(runner, tmp_path):
    """A part whose report a test writes."""
    return runner.Part("one", ["pytest"], tmp_path / "report.xml")


REPORT = """<testsuites><testsuite>
<testcase classname="a" name="passes"/>
<testcase classname="a" name="fails"><failure message="no"/></testcase>
<testcase classname="a" name="breaks"><error message="no"/></testcase>
<testcase classname="a" name="left out"><skipped message="no modem here"/></testcase>
</testsuite></testsuites>"""


def test_counts_what_a_report_says(runner, part):
    part.junit.write_text(REPORT)
    count, _ = runner.judge(part, 1)
    assert (count.passed, count.failed) == (1, 2)
    assert count.skips == [("a::left out", "no modem here")]


def test_reason_of_a_skip_in_c_is_found(runner, part):
    """meson's report leaves it out; the program's own words are beside it."""
    part.junit.write_text("""<testsuites><testsuite name="one">
<testcase name="1 /a/ok"/><testcase name="2 /a/left"><skipped/></testcase>
<system-out>ok 1 /a/ok\nok 2 /a/left # SKIP no modem here\n1..2\n</system-out></testsuite></testsuites>""")
    count, _ = runner.judge(part, 0)
    assert (count.passed, count.skips) == (1, [("2 /a/left", "no modem here")])


@pytest.mark.parametrize("code", [1, 2, 139, None])
def test_part_that_ends_badly_is_a_failure(runner, part, code):
    part.junit.write_text('<testsuite><testcase name="passes"/></testsuite>')
    count, words = runner.judge(part, code)
    assert (count.passed, count.failed) == (1, 1)
    assert words


def test_part_without_its_report_is_a_failure(runner, part):
    assert runner.judge(part, 0)[0].failed == 1
    assert runner.judge(part, 3)[0].failed == 1


def test_half_a_report_is_a_failure(runner, part):
    part.junit.write_text("<testsuite><testcase")
    assert runner.judge(part, 0)[0].failed + runner.judge(part, 1)[0].failed == 2


def test_nothing_marked_long_is_no_failure(runner, part):
    part.junit.write_text("<testsuite/>")
    count, words = runner.judge(part, 5)
    assert count == runner.Count() and words == ["no test in it"]


def test_what_a_sanitizer_found_is_a_failure(runner, part, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "TOP", tmp_path)
    found = tmp_path / "build-sanitize" / "reports"
    found.mkdir(parents=True)
    (found / "found.123").write_text("heap-use-after-free")
    part.sanitize = True
    part.junit.write_text('<testsuite><testcase name="passes"/></testsuite>')
    count, words = runner.judge(part, 0)
    assert (count.passed, count.failed) == (1, 1)
    assert words == ["heap-use-after-free"]


def alive(status):
    """Whether a process runs: not gone, and not dead and waiting to be collected."""
    try:
        return status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_too_long_is_stopped_with_its_children(runner, tmp_path):
    child = runner.Part("slow", ["/bin/sh", "-c", f"sleep 60 & echo $! > {tmp_path}/child; wait"])
    assert runner.run(child, 0.5, tmp_path / "log") is None
    status = pathlib.Path("/proc") / (tmp_path / "child").read_text().strip() / "stat"
    deadline = time.monotonic() + 10
    while alive(status) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not alive(status)


def test_last_line(runner):
    assert runner.last_line(runner.Count(3, 0)) == "3 passed, 0 failed"
    assert runner.last_line(runner.Count(3, 1, [("a", "b")])) == "3 passed, 1 failed, 1 skipped"


def test_failed_build_does_not_stop_the_rest(runner):
    """A part that needs a build says so; the others run without it."""
    needs = {part.name: part.needs for part in runner.parts(True)}
    assert needs["unit"] == "build" and needs["unit-sanitize"] == "build-sanitize"
    assert needs["check"] is None


def test_named_part_brings_its_build(runner):
    options = runner.parse(["unit-sanitize"])
    assert [part.name for part in runner.chosen(options)] == ["build-sanitize", "unit-sanitize"]


def test_unknown_part_is_refused(top):
    done = subprocess.run([top / "tools" / "run_tests.py", "nonsense"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and "no such part" in done.stderr
