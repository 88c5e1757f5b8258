# SPDX-License-Identifier: LGPL-2.1-or-later
"""A modem is plugged into a system that has been up for a while: no driver was loaded for it before."""

import pathlib

from esimlab.profiles import demo_profiles
from guest import DAEMON, PROXY, esimctl, esimctl_json, is_active, main_pid, modules, run, wait_for

NAMES = [profile.name for profile in demo_profiles()]


def test_udev_marks_the_port_and_starts_the_daemon(guest):
    guest.plug()
    node = wait_for(guest.wire.node, "the modem's node")
    told = run("udevadm", "info", "--query=property", f"--name={node}")
    assert "ESIMD_TRANSPORT=mbim\n" in told and "SYSTEMD_WANTS=esimd.service\n" in told
    assert ":esimd:" in told
    assert "cdc_mbim" in modules()
    wait_for(lambda: is_active(DAEMON), "esimd.service")


def test_the_daemon_is_ready_and_has_read_the_card(guest, panel):
    guest.wait_ready()
    wait_for(panel.profiles, "the card's profiles")
    assert sorted(panel.profiles()) == sorted(profile.iccid for profile in guest.card.profiles)
    assert not guest.smdp.violations


def test_the_proxy_runs_in_a_unit_of_its_own(guest):
    pids = run("pidof", "mbim-proxy").split()
    assert len(pids) == 1
    group = pathlib.Path(f"/proc/{pids[0]}/cgroup").read_text(encoding="utf-8").strip()
    assert group.endswith(f"/{PROXY}")
    assert pathlib.Path(f"/proc/{main_pid()}/cgroup").read_text(encoding="utf-8").strip().endswith(f"/{DAEMON}")


def test_esimctl_lists_what_is_on_the_card(guest):
    told = esimctl("list")
    assert all(name in told for name in NAMES), told
    assert len(esimctl_json("list")) >= 1
    assert "mbim" in esimctl("status").lower()


def test_modemmanager_shows_the_modem(guest):
    wait_for(lambda: run("mmcli", "-L").strip().startswith("/org/") and "sim path" in run("mmcli", "-m", "any"), "a modem in ModemManager")
