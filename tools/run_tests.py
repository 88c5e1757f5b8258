#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the parts of the tests and counts them together; started by tools/test. They run one after the other, but for
the longest: what is tested without sanitizers and with them does not meet, so each of the two has a lane of its own.

Every part runs, whatever happened to those before it. A build that fails counts as one failure, and the parts
that need it are named as not run. A part that ends badly without naming a failed test counts as one failure.
"""

import argparse
import dataclasses
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree

TOP = pathlib.Path(__file__).resolve().parents[1]
PYTHON = "/usr/bin/python3"
MINUTE = 60
RUNNING = set()  # the processes of the parts that run now


@dataclasses.dataclass
class Count:
    """What became of the tests of one part; skips are (test, reason)."""

    passed: int = 0
    failed: int = 0
    skips: list = dataclasses.field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skips += other.skips


@dataclasses.dataclass
class Part:
    """One command with the report that it writes; needs names a build that must have succeeded."""

    name: str
    command: list
    junit: pathlib.Path = None
    needs: str = None
    sanitize: bool = False
    lane: str = ""  # parts of different lanes run at the same time


def skip_reason(suite, case):
    """Why a case was skipped: in the report, or (meson) in the TAP that the program wrote."""
    skipped = case.find("skipped")
    if skipped.get("message") or skipped.text:
        return (skipped.get("message") or skipped.text).strip()
    said = suite.findtext("system-out") or ""
    found = re.search(r"(?mi)^ok " + re.escape(case.get("name", "")) + r" # SKIP *(.*)$", said)
    return (found.group(1).strip() if found else "") or "no reason given"


def read_junit(path):
    """Count the cases of a junit report, as meson and pytest write it."""
    count = Count()
    for suite in xml.etree.ElementTree.parse(path).iter("testsuite"):
        for case in suite.findall("testcase"):
            name = "::".join(filter(None, [case.get("classname"), case.get("name")]))
            if case.find("failure") is not None or case.find("error") is not None:
                count.failed += 1
            elif case.find("skipped") is not None:
                count.skips.append((name, skip_reason(suite, case)))
            else:
                count.passed += 1
    return count


def unit_tests(build, arguments):
    """meson's tests of one build folder, without building again."""
    log = build / "meson-logs" / "testlog.junit.xml"
    # Many of them wait for a time-out: as many at once as there are cores leaves these idle.
    return ["meson", "test", "-C", str(build), "--no-rebuild", "--print-errorlogs", "--num-processes", "4", *arguments], log


def pytest(folder, report, arguments):
    """pytest over one folder of tests/."""
    return [PYTHON, "-B", "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", f"--junitxml={report}",
            *arguments, str(TOP / "tests" / folder)], report


def parts(long):
    """All parts, in the order in which they run."""
    build, sanitized = TOP / "build", TOP / "build-sanitize"
    reports = build / "reports"
    short = ["-m", "not long"]
    # Laboratories wait more than they reckon, so three of a lane fit on a core.
    abreast = [*short, "-n", "3"]
    listed = [
        Part("build", [str(TOP / "tools" / "build")]),
        Part("check", [str(TOP / "tools" / "check"), "--junit", str(reports / "check.xml")], reports / "check.xml"),
        Part("unit", *unit_tests(build, ["--no-suite", "long"]), needs="build", lane="plain"),
        Part("house", *pytest("house", reports / "house.xml", short), needs="build", lane="plain"),
        Part("lab", *pytest("lab/selftest", reports / "lab.xml", [*short, "-n", "2"]), needs="build", lane="plain"),
        Part("integration", *pytest("integration", reports / "integration.xml", abreast), needs="build",
             lane="plain"),
        Part("build-sanitize", [str(TOP / "tools" / "build"), "--sanitize"], lane="sanitized"),
        Part("unit-sanitize", *unit_tests(sanitized, ["--no-suite", "long", "--timeout-multiplier", "4"]),
             needs="build-sanitize", sanitize=True, lane="sanitized"),
        Part("integration-sanitize", *pytest("integration", reports / "integration-sanitize.xml", abreast),
             needs="build-sanitize", sanitize=True, lane="sanitized"),
    ]
    if long:
        marked = ["-m", "long"]
        listed += [
            Part("unit-long", *unit_tests(build, ["--suite", "long", "--timeout-multiplier", "10"]), needs="build"),
            Part("lab-long", *pytest("lab/selftest", reports / "lab-long.xml", marked)),
            Part("integration-long", *pytest("integration", reports / "integration-long.xml", marked), needs="build"),
            Part("system-long", [str(TOP / "tools" / "system-test"), "--junit", str(reports / "system.xml")],
                 reports / "system.xml", needs="build"),
        ]
    return [part for part in listed if exists(part)]


def exists(part):
    """Whether the folder of tests is in the tree: what is not built yet has no tests yet."""
    folder = pathlib.Path(part.command[-1])
    return "pytest" not in part.command or folder.is_dir()


def environment(part):
    """What a part's processes are told: which build to test, and what a sanitizer does with its finds."""
    told = {**os.environ, "PATH": "/usr/bin:/bin:" + os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
    build = TOP / ("build-sanitize" if part.sanitize else "build")
    told["ESIMD_BUILD_DIR"] = str(build)
    if part.sanitize:
        # Into files: a daemon's last words would be lost with its standard error.
        log = f"log_path={build / 'reports' / 'found'}"
        told["ASAN_OPTIONS"] = f"detect_leaks=1:strict_string_checks=1:{log}"
        told["UBSAN_OPTIONS"] = f"halt_on_error=1:print_stacktrace=1:{log}"
        told["ESIMD_SANITIZED"] = "1"
        suppressions = TOP / "tests" / "lsan.supp"
        if suppressions.is_file():
            told["LSAN_OPTIONS"] = f"suppressions={suppressions}:print_suppressions=0"
    return told


def stop_group(process):
    """End whatever is left of a part's processes."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def run(part, limit, log):
    """Run the command to its end or its time limit; the exit code, None for too long."""
    with open(log, "wb") as output:
        process = subprocess.Popen(part.command, cwd=TOP, env=environment(part), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        RUNNING.add(process)
        try:
            return process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            stop_group(process)
            RUNNING.discard(process)


def found_by_sanitizers(part):
    """The reports that sanitized processes left, oldest first."""
    if not part.sanitize:
        return []
    return sorted((TOP / "build-sanitize" / "reports").glob("found.*"), key=lambda path: path.stat().st_mtime)


def judge(part, code):
    """(Count, what to say) from the exit code, the report and the sanitizers' finds."""
    count, words = Count(), []
    if part.junit is None:
        count.add(Count(passed=0 if code else 1, failed=1 if code else 0))
    elif part.junit.is_file():
        try:
            count = read_junit(part.junit)
        except xml.etree.ElementTree.ParseError as error:
            count.failed += 1
            words.append(f"its report {part.junit} cannot be read: {error}")
    for path in found_by_sanitizers(part):
        count.failed += 1
        words.append(path.read_text(encoding="utf-8", errors="replace")[:6000])
    nothing_to_run = code == 5 and "pytest" in part.command and count == Count()
    if nothing_to_run:
        return count, ["no test in it"]
    if code is None:
        words.append("it did not end in time and was stopped")
    if code != 0 and count.failed == 0:
        count.failed = 1
        words.append(f"it ended with code {code} and named no failed test")
    if code == 0 and part.junit is not None and not part.junit.is_file() and part.command[0] != "meson":
        count.failed += 1
        words.append("it wrote no report")
    return count, words


def prepare(part):
    """Remove what an earlier run left, so that nothing old is counted."""
    if part.junit is not None:
        part.junit.parent.mkdir(parents=True, exist_ok=True)
        part.junit.unlink(missing_ok=True)
    if part.sanitize:
        folder = TOP / "build-sanitize" / "reports"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)


def tell(part, count, words, log, seconds):
    """One line for a part that passed, and the count of its kill points; the output too of one that did not."""
    if count.failed:
        print(log.read_text(encoding="utf-8", errors="replace")[-20000:].rstrip())
    for word in [*words, *re.findall(r"(?m)^kill points: .*", log.read_text(encoding="utf-8", errors="replace"))]:
        print(f"  {word}")
    for name, reason in count.skips:
        print(f"  skipped {name}: {reason}")
    skipped = f", {len(count.skips)} skipped" if count.skips else ""
    print(f"== {part.name}: {count.passed} passed, {count.failed} failed{skipped} in {seconds:.1f} s", flush=True)


def last_line(total):
    skipped = f", {len(total.skips)} skipped" if total.skips else ""
    return f"{total.passed} passed, {total.failed} failed{skipped}"


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tools/test", description="Install, build, and run every test.",
                                     epilog="parts: " + " ".join(part.name for part in parts(True)))
    parser.add_argument("--long", action="store_true", help="also what is marked long")
    parser.add_argument("part", nargs="*", help="these parts alone (a build that they need is made)")
    options = parser.parse_args(arguments)
    known = {part.name for part in parts(True)}
    unknown = [name for name in options.part if name not in known]
    if unknown:
        parser.error(f"no such part: {' '.join(unknown)}")
    return options


def chosen(options):
    """The parts to run: all, or those named with the builds that they need."""
    every = parts(options.long or any(name.endswith("-long") for name in options.part))
    if not options.part:
        return every
    needed = {part.needs for part in every if part.name in options.part}
    return [part for part in every if part.name in options.part or part.name in needed]


class Run:
    """A run of some parts, and what came of it."""

    def __init__(self, limit):
        self.limit = limit
        self.logs = TOP / "build" / "reports"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.total, self.failed, self.took = Count(), set(), []
        self.lock = threading.Lock()

    def go_through(self, listed):
        """One part after the other. What a part says is said in one piece."""
        for part in listed:
            if part.needs in self.failed:
                with self.lock:
                    print(f"== {part.name}: not run, because {part.needs} failed", flush=True)
                continue
            self.do(part)

    def do(self, part):
        with self.lock:
            print(f"-- {part.name}", flush=True)
            prepare(part)
        begin = time.monotonic()
        log = self.logs / f"{part.name}.log"
        code = run(part, self.limit, log)
        seconds = time.monotonic() - begin
        with self.lock:
            count, words = judge(part, code)
            if part.name.startswith("build") and count.failed:
                self.failed.add(part.name)
            tell(part, count, words, log, seconds)
            self.took.append((part.name, seconds))
            self.total.add(count)

    def in_lanes(self, listed):
        """What has no lane alone, in its order; lanes that follow one another beside each other."""
        while listed:
            alone = [part for part in itertools.takewhile(lambda part: not part.lane, listed)]
            self.go_through(alone)
            beside = [part for part in itertools.takewhile(lambda part: part.lane, listed[len(alone):])]
            lanes = [threading.Thread(target=self.go_through, args=([part for part in beside if part.lane == lane],),
                                      daemon=True)
                     for lane in dict.fromkeys(part.lane for part in beside)]
            for lane in lanes:
                lane.start()
            for lane in lanes:
                lane.join()
            listed = listed[len(alone) + len(beside):]


def main():
    options = parse(sys.argv[1:])
    whole = Run((240 if options.long else 20) * MINUTE)
    if os.environ.get("ESIMD_SETUP_FAILED") == "1":
        print("== setup: failed; the parts run with what is installed")
        whole.total.failed += 1
    try:
        whole.in_lanes(chosen(options))
    finally:
        # When the person at the keyboard stops the run: nothing of a part stays behind.
        for process in list(RUNNING):
            stop_group(process)
    print("time: " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in whole.took))
    print(last_line(whole.total))
    return 1 if whole.total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
