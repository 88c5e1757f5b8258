# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each line of the shipped units' sandboxes is proven: with it a thing is denied (or granted), without it it is not, and
all of them together deny everything that any of them denies."""

import pathlib
import re

import pytest
from guest import DAEMON, main_pid, run, wait_for
from sandbox import LINES, PYTHON, Bench, every_job, sandbox_lines, with_and_without

UNITS = [DAEMON, "esimd-mbim-proxy.service", "esimd-qmi-proxy.service"]
# These two are proven by tests of their own: programs that may not be executed cannot tell of it.
EXECUTION = ("NoExecPaths=", "ExecPaths=")
PRESERVE = "RuntimeDirectoryPreserve=yes"


@pytest.fixture(scope="module")
def bench(guest):
    if guest.wire.link is None:
        guest.fresh("mbim")
    # There is no driver of such ports that needs no hardware: a node of the class without a port behind it.
    run("modprobe", "wwan")
    major = re.search(r"(?m)^ *(\d+) wwan_port$", pathlib.Path("/proc/devices").read_text(encoding="ascii")).group(1)
    port = pathlib.Path("/dev/esimd-probe-port")
    run("mknod", port, "c", major, 0)
    made = Bench(wait_for(guest.wire.node, "the modem's node"), port)
    made.prepare(every_job(UNITS))
    yield made
    port.unlink()


def told(seen, probe):
    """A result as the table has it: of Python's own errors the name alone."""
    return seen[probe].split(":")[0]


@pytest.mark.parametrize("unit", UNITS)
def test_every_line_is_in_the_table(unit):
    unknown = [line for line in sandbox_lines(unit)
               if line not in LINES and line != PRESERVE and not line.startswith(EXECUTION)]
    assert unknown == []


def test_every_line_of_the_table_is_in_a_unit():
    assert set(LINES) <= {line for unit in UNITS for line in sandbox_lines(unit)}


@pytest.mark.parametrize("line", LINES)
def test_the_line_does_it(bench, line):
    wanted, probes = LINES[line], tuple(LINES[line].does)
    having, bare = with_and_without(line)
    seen = bench.under(having, probes)
    assert {probe: told(seen, probe) for probe in probes} == wanted.does
    if bare is not None:
        seen = bench.under(bare, probes if bare else ())
        assert {probe: told(seen, probe) for probe in probes} == {p: wanted.without.get(p, "done") for p in probes}


@pytest.mark.parametrize("unit", UNITS)
def test_the_whole_unit_does_it(bench, unit):
    seen = bench.whole(unit)
    lines = [line for line in sandbox_lines(unit) if line in LINES]
    expected = {}
    for line in lines:
        expected.update({**LINES[line].does, **LINES[line].full})
    if unit != DAEMON:
        expected["send_over_ip"] = "EAFNOSUPPORT"
    assert {probe: told(seen, probe) for probe in expected} == expected
    assert seen["reach_proxys_network"] == "ECONNREFUSED"


def test_nothing_but_the_daemon_can_be_executed(bench):
    lines = [line for line in sandbox_lines(DAEMON) if line.startswith(EXECUTION)]
    assert len(lines) == 2
    probes = ["execute_program", "execute_proxy", "map_program", "load_library"]
    allowed = [f"{line} {PYTHON}" if line.startswith("ExecPaths=") else line for line in lines]
    seen = bench.under(allowed, probes)
    assert seen == {"execute_program": "EACCES", "execute_proxy": "EACCES", "map_program": "EPERM", "load_library": "done"}
    free = bench.under(())
    assert {probe: free[probe] for probe in probes} == dict.fromkeys(probes, "done")
    with pytest.raises(RuntimeError):
        bench.under(lines, probes)
    with pytest.raises(RuntimeError):
        bench.under([line for line in allowed if line.startswith("NoExecPaths=")], probes)


@pytest.mark.parametrize("line, stays", [(PRESERVE, True), ("RuntimeDirectoryPreserve=no", False)])
def test_what_the_daemon_passes_to_its_next_start_stays(bench, line, stays):
    folder = pathlib.Path("/run/esimd-kept")
    bench.under([f"RuntimeDirectory={folder.name}", line], ["write_runtime"])
    assert folder.exists() == stays
    if stays:
        folder.rmdir()


def test_the_running_daemon_is_in_it(guest):
    status = dict(line.split(":\t", 1) for line in
                  pathlib.Path(f"/proc/{main_pid()}/status").read_text(encoding="utf-8").splitlines())
    for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[field], 16) == 0, field
    assert (status["NoNewPrivs"], status["Seccomp"], status["Umask"]) == ("1", "2", "0077")
    assert status["Uid"].split() == ["0"] * 4
    mounts = pathlib.Path(f"/proc/{main_pid()}/mountinfo").read_text(encoding="utf-8").splitlines()
    root = next(line.split() for line in mounts if line.split()[4] == "/")
    assert {"ro", "noexec"} <= set(root[5].split(","))


def test_another_user_sees_nothing_of_its_folders():
    for folder in ("/var/lib/esimd", "/run/esimd"):
        done = run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "ls", folder, check=False)
        assert done.returncode != 0 and "Permission denied" in done.stderr, folder
