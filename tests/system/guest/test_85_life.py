# SPDX-License-Identifier: LGPL-2.1-or-later
"""What starts the daemon and what ends it: a modem, a caller, a record; and nothing left to do."""

from guest import DAEMON, STATE, is_active, main_pid, run, show, wait_for

RESUME = "esimd-resume.service"


def test_it_leaves_when_there_is_nothing_to_do(guest):
    guest.unplug()
    run("systemctl", "stop", DAEMON)
    assert guest.client.get("/org/esimd1", "org.esimd1.Manager", "Version")
    assert is_active(DAEMON)
    wait_for(lambda: not is_active(DAEMON), "the end of an idle daemon", timeout=300)
    assert show(DAEMON, "Result", "ActiveState") == {"Result": "success", "ActiveState": "inactive"}


def test_a_modem_brings_it_back(guest):
    guest.fresh("qmi")
    assert is_active(DAEMON)
    assert show(DAEMON, "NRestarts")["NRestarts"] == "0"


def test_a_record_brings_it_back_at_boot(guest):
    profile = next(one for one in guest.card.profiles if not one.enabled)
    guest.esimctl("deregister", profile.iccid, "--method", "local", "--yes", "--contract-continues")
    guest.unplug()
    run("systemctl", "stop", DAEMON)
    assert any(STATE.glob("deregistrations/*"))
    run("systemctl", "start", RESUME)
    wait_for(lambda: is_active(DAEMON) and guest.ready(), "esimd")


def test_without_a_record_it_is_not_started_at_boot(guest):
    run("systemctl", "stop", DAEMON)
    aside = STATE.with_name("esimd-aside")
    STATE.rename(aside)
    try:
        run("systemctl", "start", RESUME)
        assert show(RESUME, "ConditionResult")["ConditionResult"] == "no"
        assert main_pid() is None
    finally:
        aside.rename(STATE)
