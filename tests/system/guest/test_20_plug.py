# SPDX-License-Identifier: LGPL-2.1-or-later
"""A modem is plugged into a system that has been up for a while: no driver was loaded for it before."""

import pathlib

from esimlab.profiles import demo_profiles
from guest import DAEMON, esimctl, esimctl_json, is_active, main_pid, modules, run, show, wait_for

NAMES = [profile.nickname or profile.name for profile in demo_profiles()]


def test_the_daemon_that_a_caller_starts_finds_no_modem(guest):
    """Started over D-Bus, before any driver of a modem is there: a late modem has to be found by this very process."""
    told = esimctl("list", check=False)
    assert told.returncode == 0 or "eUICC" in told.stderr, told
    assert is_active(DAEMON) and guest.ready()
    assert show(DAEMON, "Result")["Result"] == "success"


def test_udev_marks_the_port(guest):
    before = main_pid()
    guest.plug()
    node = wait_for(guest.wire.node, "the modem's node")
    wait_for(lambda: "SYSTEMD_WANTS=esimd.service\n" in run("udevadm", "info", "--query=property", f"--name={node}"),
             "udev's mark")
    told = run("udevadm", "info", "--query=property", f"--name={node}")
    assert "ESIMD_TRANSPORT=mbim\n" in told and ":esimd:" in told
    assert "cdc_mbim" in modules()
    assert is_active(DAEMON) and main_pid() == before


def test_the_card_is_read(guest):
    guest.wait_profiles()
    assert not guest.smdp.violations


def test_modemmanager_shows_the_modem_and_its_sim(guest):
    modem = guest.modem_manager.wait_iccid(guest.card.active_iccid())
    assert guest.wire.node().name in modem["ports"]


def test_the_proxy_is_not_in_the_daemons_sandbox(guest):
    """Whoever was first has started it, the unit or ModemManager; never esimd."""
    groups = [pathlib.Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").strip()
              for pid in run("pidof", "mbim-proxy").split()]
    assert len(groups) == 1
    assert groups[0].rsplit("/", 1)[1] in ("esimd-mbim-proxy.service", "ModemManager.service")
    processes = pathlib.Path(f"/sys/fs/cgroup{show(DAEMON, 'ControlGroup')['ControlGroup']}/cgroup.procs")
    assert processes.read_text(encoding="ascii").split() == [str(main_pid())]


def test_esimctl_lists_what_is_on_the_card(guest):
    told = esimctl("list")
    assert all(name in told for name in NAMES), told
    assert sorted(profile["iccid"] for profile in esimctl_json("list")) == guest.profiles_shown()
    assert guest.card.eid in esimctl("status")
