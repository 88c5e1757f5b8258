# SPDX-License-Identifier: LGPL-2.1-or-later
"""The laboratory as a whole, with a small program in the daemon's place."""

import configparser
import os
import subprocess
import time
from datetime import date, datetime, timezone
from pathlib import Path

import pytest

from esimlab.card import ISD_R
from esimlab.clock import Clock
from esimlab.daemon import BUS_NAME
from esimlab.lab import CARRIERS, TOP, Lab, build_folder
from esimlab.visitor import Visitor
from mbimhost import Host

STAND_IN = """#!/usr/bin/python3
import sys
from gi.repository import Gio, GLib
XML = '<node><interface name="org.esimd1.Manager"><property name="Ready" type="b" access="read"/></interface></node>'
bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
info = Gio.DBusNodeInfo.new_for_xml(XML).interfaces[0]
bus.register_object("/org/esimd1", info, None, lambda *_: GLib.Variant("b", True), None)
Gio.bus_own_name_on_connection(bus, "org.esimd1", Gio.BusNameOwnerFlags.NONE, None, None)
loop = GLib.MainLoop()
GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, 15, loop.quit)
print("arguments", sys.argv[1:], flush=True)
loop.run()
"""


@pytest.fixture
def build(tmp_path):
    program = tmp_path / "build" / "daemon" / "esimd"
    program.parent.mkdir(parents=True)
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return tmp_path / "build"


def test_everything_is_up_and_goes(build, pki):
    with Lab(build=build, pki=pki) as lab:
        assert lab.daemon.alive() and lab.daemon.ready()
        assert str(lab.config_file) in lab.daemon.log()
        written = configparser.ConfigParser(interpolation=None)
        written.read(lab.config_file)
        assert written["modem lab"]["device"] == lab.wire.path
        assert f"smdp.lab.example:443:127.0.0.1:{lab.smdp.port};" in written["network"]["connect-to"]
        assert len(list(lab.trust_folder.iterdir())) == 2
        seen = lab.run("busctl", "--system", "get-property", BUS_NAME, "/org/esimd1", BUS_NAME + ".Manager", "Ready")
        assert seen.stdout == "b true\n", seen.stderr
        workdir, bus, pid = lab.workdir, lab.bus.folder, lab.daemon.pid
    assert not workdir.exists() and not bus.exists() and not Path(f"/proc/{pid}").exists()


def test_stop_kill_and_restart(build, pki):
    with Lab(build=build, pki=pki) as lab:
        assert lab.daemon.stop() == 0
        lab.daemon.start()
        first = lab.daemon.pid
        lab.daemon.kill()
        assert not lab.daemon.alive()
        lab.daemon.start()
        assert lab.daemon.pid != first


def test_activation_by_the_bus(build, pki):
    with Lab(build=build, pki=pki, activated=True) as lab:
        lab.daemon.kill()
        lab.client.wait_until(lambda: lab.daemon.pid is None)
        assert lab.client.get("/org/esimd1", BUS_NAME + ".Manager", "Ready") is True
        assert lab.daemon.pid


@pytest.mark.parametrize("when, seen", [("before", 0), ("after", 1), ("answered", 1)])
def test_killed_at_an_exchange(build, pki, when, seen):
    with Lab(build=build, pki=pki) as lab:
        happened = lab.kill_at(2, when)
        host = Host(lab.wire.path)
        host.open()
        _, channel, _ = host.open_channel(ISD_R)
        assert lab.daemon.alive()
        host.store(channel, bytes.fromhex("bf3e035c015a"), timeout=0.3)
        host.close()
        lab.client.wait_until(lambda: not lab.daemon.alive())
        assert happened[0].tag() == "BF3E"
        assert lab.card.counters["BF3E"] == seen
        assert lab.modem.exchange_count() == 1 + seen


def test_a_daemon_that_dies_is_told_with_its_words(build, pki):
    (build / "daemon" / "esimd").write_text("#!/bin/sh\necho no such key >&2\nexit 3\n")
    with pytest.raises(RuntimeError, match="ended with 3:\nno such key"):
        with Lab(build=build, pki=pki):
            pass


def test_a_crash_is_an_error_in_the_end(build, pki):
    with pytest.raises(RuntimeError, match="ended with -6"):
        with Lab(build=build, pki=pki) as lab:
            os.kill(lab.daemon.pid, 6)
            lab.client.wait_until(lambda: not lab.daemon.alive())


@pytest.mark.skipif(os.getuid() != 0, reason="a second uid needs root")
def test_a_second_uid_reaches_the_daemon(build, pki):
    with Lab(build=build, pki=pki) as lab:
        seen = lab.run("busctl", "--system", "get-property", BUS_NAME, "/org/esimd1", BUS_NAME + ".Manager", "Ready",
                       uid=65534)
        assert seen.stdout == "b true\n", seen.stderr


@pytest.fixture
def whole_build(build):
    """With the preloaded parts of the real one."""
    (build / "tests").symlink_to(build_folder() / "tests")
    return build


def test_a_carrier_and_a_clock(whole_build, pki):
    start = datetime(2027, 3, 1, 2, 0, tzinfo=timezone.utc)
    with Lab(build=whole_build, pki=pki, clock=Clock(start, speed=0), carrier={"notice_days": 7}) as lab:
        written = configparser.ConfigParser(interpolation=None)
        written.read(lab.config_file)
        assert written["carriers"]["folders"].split(";")[0] == str(CARRIERS)
        told = Path(f"/proc/{lab.daemon.pid}/environ").read_text()
        assert "esimlab-clock.so" in told and "ESIM_CLOCK_FILE" in told
        assert lab.run("date", "-u", "+%F %T").stdout == "2027-03-01 02:00:00\n"
        lab.clock.step(60)
        assert lab.run("date", "-u", "+%T").stdout == "02:01:00\n"
        visitor = Visitor(lab.carrier, root=lab.web_root)
        visitor.end_contract()
        lab.carrier.decide()
        assert visitor.progress().effective == date(2027, 3, 8)
        clock = lab.environment["ESIM_CLOCK_FILE"]
    assert not Path(clock).exists()
    with pytest.raises(OSError):
        visitor.go("/")


def test_a_carrier_brings_a_clock_of_the_present(whole_build, pki):
    with Lab(build=whole_build, pki=pki, carrier=True) as lab:
        assert abs(lab.clock.now().timestamp() - time.time()) < 600
        assert lab.carrier.clock is lab.clock
    with Lab(build=whole_build, pki=pki) as lab:
        assert lab.clock is None and lab.carrier is None and "ESIM_CLOCK_FILE" not in lab.environment


def test_the_carrier_in_the_command(whole_build):
    run = [str(TOP / "tools" / "lab"), "--build", str(whole_build)]
    done = subprocess.run([*run, "--carrier", "--start", "2027-03-01T09:00+07:00", "--speed", "0", "--run", "sh", "-c",
                           "date -u +%F; echo $ESIM_LAB_PORTAL"], capture_output=True, text=True, timeout=60, check=True)
    day, address = done.stdout.split()
    assert day == "2027-03-01" and f"portal: {address}" in done.stderr and address.startswith("https://localhost:")
    done = subprocess.run([*run, "--carrier", "--speed", "3600"], input="date\n", capture_output=True, text=True,
                          timeout=60, check=True)
    assert "carrier        https://localhost:" in done.stdout and "3600 seconds a second" in done.stdout


def test_command(build, tmp_path):
    run = [str(TOP / "tools" / "lab"), "--build", str(build)]
    done = subprocess.run([*run, "--run", "sh", "-c", "busctl --system list | grep -c org.esimd1; exit 4"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("1\n", 4), done.stderr
    done = subprocess.run(run, input="echo at $DBUS_SYSTEM_BUS_ADDRESS\n", capture_output=True, text=True,
                          timeout=60, check=False)
    assert "at unix:path=" in done.stdout and done.returncode == 0, done.stderr
    done = subprocess.run([run[0], "--build", str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "build first" in done.stderr
