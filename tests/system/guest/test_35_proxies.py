# SPDX-License-Identifier: LGPL-2.1-or-later
"""The proxies: in units of their own they serve esimd without ModemManager, and both together, and outlive esimd."""

import pathlib

import pytest
from guest import DAEMON, KINDS, MODEM_MANAGER, is_active, main_pid, run, wait_for

MANAGER = "ModemManager.service"


def proxy_pid(kind):
    told = run("pidof", f"{kind}-proxy", check=False).stdout.split()
    assert len(told) <= 1, told
    return int(told[0]) if told else None


@pytest.fixture(scope="module", params=KINDS)
def alone(guest, request):
    """ModemManager and its proxy are stopped, and esimd starts with a modem."""
    kind = request.param
    guest.unplug()
    run("systemctl", "stop", DAEMON, MANAGER, f"esimd-{kind}-proxy.service")
    run("systemctl", "mask", "--runtime", MANAGER)
    guest.make_modem(kind)
    guest.plug()
    yield guest, kind
    run("systemctl", "unmask", "--runtime", MANAGER)
    run("systemctl", "start", MANAGER)


def test_esimd_works_without_modemmanager(alone):
    guest, kind = alone
    guest.wait_profiles()
    group = pathlib.Path(f"/proc/{proxy_pid(kind)}/cgroup").read_text(encoding="utf-8").strip()
    assert group.endswith(f"/esimd-{kind}-proxy.service")
    profile = next(one for one in guest.card.profiles if not one.enabled)
    guest.esimctl("enable", profile.iccid)
    assert guest.card.active_iccid() == profile.iccid
    assert not is_active(MANAGER)


def test_modemmanager_uses_the_same_proxy(alone):
    guest, kind = alone
    before = proxy_pid(kind)
    run("systemctl", "unmask", "--runtime", MANAGER)
    run("systemctl", "start", MANAGER)
    wait_for(lambda: MODEM_MANAGER in run("busctl", "list", "--no-legend", "--acquired"), "ModemManager on the bus")
    guest.modem_manager.wait_iccid(guest.card.active_iccid())
    assert proxy_pid(kind) == before


def test_a_restart_of_esimd_disturbs_neither(alone):
    guest, kind = alone
    before, daemon = proxy_pid(kind), main_pid()
    path = guest.modem_manager.wait_iccid(guest.card.active_iccid())["path"]
    run("systemctl", "restart", DAEMON)
    guest.wait_profiles()
    assert main_pid() != daemon
    assert proxy_pid(kind) == before
    assert guest.modem_manager.wait_iccid(guest.card.active_iccid())["path"] == path
