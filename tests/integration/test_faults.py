# SPDX-License-Identifier: LGPL-2.1-or-later
"""A deregistration with everything going wrong on its way: answers lost, status words, cards pulled and
exchanged, disks full. Nothing is deleted that was not meant, and it comes to its end by itself."""

import errno
import subprocess
import time

import pytest

from esimlab import Card, ber, mbim
from esimlab.busclient import BusError
from esimlab.daemon import PATIENCE
from esimlab.diskfaults import DiskFaults
from esimlab.mbimuicc import CID_APDU
from esimlab.profiles import demo_profiles, isdp_aid
from harness import AGREED, deregister, records, wait_error, wait_stage, wait_until
from killpoints import DISABLED, ENABLED, Deregistration, Point
from panel import DEREGISTRATION, ERROR, EUICC, PROFILE, Panel
from test_kill import make_site, steps_of  # noqa: F401

QUICK = {"network": {"retry-min-seconds": "1", "retry-max-seconds": "1"}}


def apdu_with(tag):
    octets = bytes.fromhex(tag)
    return lambda message: message.service == mbim.UICC and message.cid == CID_APDU and octets in message.info


def deletions(card):
    """The delete commands that the card carried out."""
    return [e for e in card.log if e.tag == "BF33" and e.response.endswith(b"\x80\x01\x00")]


def assert_done(panel, path, iccid=ENABLED, timeout=30):
    lab = panel.lab
    wait_stage(panel, path, "completed", timeout=timeout)
    assert lab.card.profile(iccid) is None and len(lab.card.profiles) == 2
    assert len(deletions(lab.card)) <= 1
    wait_until(panel, lambda: not lab.card.pending_notifications)
    taken = {delivery.notice.der for delivery in lab.smdp.received}
    assert {n.signed for n in lab.card.euicc.notifications.raised} == taken
    assert lab.smdp.violations == []


def agree(panel, iccid=ENABLED):
    path = panel.deregister(iccid)
    panel.answer(path, **AGREED)
    return path


# Answers that are lost, or make no sense

@pytest.mark.parametrize("action", ["garbage", "truncate", "oversize"])
@pytest.mark.parametrize("tag", ["BF2D", "BF2B", "BF32", "BF33"])
def test_an_answer_that_the_modem_spoils(make_lab, tag, action):
    """The card has done what it was asked to; what came back cannot be read."""
    panel = Panel(make_lab(config=QUICK))
    path = panel.deregister(ENABLED)
    panel.wait_question(path)
    panel.lab.modem.fail(apdu_with(tag), action)
    panel.answer(path, **AGREED)
    assert_done(panel, path)


@pytest.mark.parametrize("tag", ["BF2D", "BF2B", "BF32", "BF33"])
@pytest.mark.parametrize("execute", [False, True], ids=["refused", "done-all-the-same"])
@pytest.mark.parametrize("sw", [0x6F00, pytest.param(0x6985, marks=pytest.mark.long),
                                pytest.param(0x6581, marks=pytest.mark.long)])
def test_a_status_word(make_lab, tag, execute, sw):
    panel = Panel(make_lab(config=QUICK))
    path = panel.deregister(ENABLED)
    panel.wait_question(path)
    panel.lab.card.fail_at(tag, sw=sw, execute=execute)
    panel.answer(path, **AGREED)
    assert_done(panel, path)


def test_no_channel_for_a_while(make_lab):
    panel = Panel(make_lab(config={**QUICK, "card": {"linger-milliseconds": "0"}}))
    path = panel.deregister(DISABLED)
    panel.wait_question(path)
    panel.lab.card.fail_at("open", sw=0x6A81, times=3)
    panel.answer(path, **AGREED)
    assert_done(panel, path, DISABLED)


@pytest.mark.parametrize("tag, step", [("BF32", "disable"), ("BF33", "delete")])
def test_a_card_that_refuses_for_good(make_lab, tag, step):
    """After some tries it is told as failed, and the profile is still there; Retry begins anew."""
    panel = Panel(make_lab(config=QUICK))
    panel.lab.card.fail_at(tag, sw=0x6F00, times=-1)
    path = deregister(panel, ENABLED, until="failed", timeout=30)
    seen = panel.describe(path, DEREGISTRATION)
    assert seen["error-name"] == ERROR + "CardError" and seen["error"] and seen["advice"]
    assert {s["step"]: s["state"] for s in seen["steps"]}[step] == "failed"
    assert panel.lab.card.profile(ENABLED) is not None and deletions(panel.lab.card) == []
    panel.lab.card.clear_faults()
    panel.client.call(path, DEREGISTRATION, "Retry")
    panel.answer(path, **AGREED)
    assert_done(panel, path)


@pytest.mark.long
@pytest.mark.parametrize("tag", ["BF3E", "BF2D", "BF2B", "BF32", "BF33"])
@pytest.mark.parametrize("how", [{"silence": True}, {"cut_after": True}], ids=["before", "after"])
def test_silence(make_lab, tag, how):
    """No answer at all: a minute later the card is opened and looked at again."""
    panel = Panel(make_lab(config={**QUICK, "card": {"linger-milliseconds": "0"}}))
    path = panel.deregister(ENABLED)
    panel.wait_question(path)
    panel.lab.card.fail_at(tag, **how)
    panel.answer(path, **AGREED)
    assert_done(panel, path, timeout=200)


# Cards that come and go

def absent(panel):
    wait_until(panel, lambda: panel.objects(EUICC)[panel.euicc()]["State"] == "absent")


def test_the_card_is_pulled_and_put_back(make_lab):
    panel = Panel(make_lab(config=QUICK))
    card = panel.lab.card
    path = panel.deregister(ENABLED)
    panel.wait_question(path)
    panel.lab.modem.insert_card(0, None)
    absent(panel)
    panel.answer(path, **AGREED)
    wait_stage(panel, path, "removing-profile")
    time.sleep(1.5)
    assert panel.stage(path) == "removing-profile" and card.profile(ENABLED) is not None
    panel.lab.modem.insert_card(0, card)
    assert_done(panel, path)


@pytest.mark.parametrize("tag", ["BF2D", "BF2B", "BF32", "BF33"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_the_card_is_pulled_at_a_command(make_lab, tag, when):
    panel = Panel(make_lab(config=QUICK))
    lab, card, pulled = panel.lab, panel.lab.card, []
    path = panel.deregister(ENABLED)
    panel.wait_question(path)

    def pull(exchange):
        if exchange.tag() == tag and not pulled:
            pulled.append(exchange)
            lab.modem.insert_card(0, None)
        return False
    (lab.modem.before_command if when == "before" else lab.modem.after_command).append(pull)
    panel.answer(path, **AGREED)
    wait_until(panel, lambda: pulled)
    time.sleep(1)
    assert panel.stage(path) in ("removing-profile", "notifying-operator")
    assert lab.modem.card is None
    lab.modem.insert_card(0, card)
    assert_done(panel, path)


def test_the_modem_is_unplugged_and_comes_back(make_lab):
    panel = Panel(make_lab(config=QUICK))
    path = panel.deregister(ENABLED)
    panel.wait_question(path)
    panel.lab.modem.fail(apdu_with("BF33"), "unplug")
    panel.answer(path, **AGREED)
    absent(panel)
    assert panel.stage(path) == "removing-profile"
    panel.lab.modem.replug()
    assert_done(panel, path)


def other_card(pki):
    """Another eUICC that holds a profile with the very same ICCID."""
    return Card(pki, eid=ber.make_eid(pki.eid_prefix, 20260002), profiles=demo_profiles())


@pytest.mark.parametrize("answered", ["before", "after"])
def test_another_card_is_left_alone(make_lab, pki, answered):
    """The same ICCID on another eUICC is not what was meant; the record waits for its own card."""
    panel = Panel(make_lab(config=QUICK))
    mine, other = panel.lab.card, other_card(pki)
    path = panel.deregister(DISABLED)
    panel.wait_question(path)
    if answered == "before":
        panel.lab.modem.insert_card(0, None)
        absent(panel)
        panel.answer(path, **AGREED)
        panel.lab.modem.insert_card(0, other)
    else:
        panel.lab.modem.insert_card(0, None)
        panel.lab.modem.insert_card(0, other)
        wait_until(panel, lambda: panel.objects(EUICC)[panel.euicc()]["Eid"] == other.eid)
        panel.answer(path, **AGREED)
    time.sleep(2)
    assert panel.stage(path) == "removing-profile"
    assert len(other.profiles) == 3 and not {"BF31", "BF32", "BF33"} & set(other.counters)
    panel.lab.modem.insert_card(0, None)
    panel.lab.modem.insert_card(0, mine)
    assert_done(panel, path, DISABLED)
    assert len(other.profiles) == 3 and other.pending_notifications == []


@pytest.mark.parametrize("tag", ["BF2D", "BF2B"])
def test_another_card_comes_in_the_middle(make_lab, pki, tag):
    """Swapped behind the daemon's back between two commands: the deletion is never sent to it."""
    panel = Panel(make_lab(config=QUICK))
    lab, mine, other, swapped = panel.lab, panel.lab.card, other_card(pki), []
    path = panel.deregister(DISABLED)
    panel.wait_question(path)

    def swap(exchange):
        if exchange.tag() == tag and not swapped:
            swapped.append(exchange)
            lab.modem.insert_card(0, None)
            lab.modem.insert_card(0, other)
        return False
    lab.modem.after_command.append(swap)
    panel.answer(path, **AGREED)
    wait_until(panel, lambda: swapped)
    time.sleep(2)
    assert len(other.profiles) == 3 and not {"BF31", "BF32", "BF33"} & set(other.counters)
    assert mine.profile(DISABLED) is not None
    assert panel.stage(path) == "removing-profile", panel.describe(path, DEREGISTRATION)
    lab.modem.insert_card(0, None)
    lab.modem.insert_card(0, mine)
    assert_done(panel, path, DISABLED)


def test_a_profile_that_was_installed_again(make_lab):
    """The ICCID is the same, the ISD-P is not: what was agreed to was another one."""
    panel = Panel(make_lab(config=QUICK))
    path = panel.deregister(DISABLED)
    panel.wait_question(path)
    panel.lab.card.profile(DISABLED).aid = isdp_aid(9)
    panel.answer(path, **AGREED)
    wait_stage(panel, path, "failed")
    seen = panel.describe(path, DEREGISTRATION)
    assert seen["error-name"] == ERROR + "WrongState" and "another profile" in seen["error"]
    assert "BF33" not in panel.lab.card.counters and panel.lab.card.profile(DISABLED) is not None


def test_a_profile_that_was_installed_again_while_it_was_disabled(make_lab):
    """Between the disabling and the deletion: the list that the switch ends with is read for that, too."""
    panel = Panel(make_lab(config=QUICK))
    path = panel.deregister(ENABLED)
    panel.wait_question(path)

    def install_again(exchange):
        if exchange.tag() == "BF32":
            panel.lab.card.profile(ENABLED).aid = isdp_aid(9)
        return False
    panel.lab.modem.after_command.append(install_again)
    panel.answer(path, **AGREED)
    wait_stage(panel, path, "failed")
    seen = panel.describe(path, DEREGISTRATION)
    assert seen["error-name"] == ERROR + "WrongState" and "another profile" in seen["error"]
    assert "BF33" not in panel.lab.card.counters and panel.lab.card.profile(ENABLED) is not None


def test_a_profile_that_somebody_else_deleted(make_lab):
    """Gone before anything was done: it says so, and claims no deletion of its own."""
    panel = Panel(make_lab(config=QUICK))
    path = panel.deregister(DISABLED)
    panel.wait_question(path)
    profile = panel.lab.card.profile(DISABLED)
    panel.lab.modem.call(panel.lab.card.euicc.profiles.remove, profile)
    panel.answer(path, **AGREED)
    wait_stage(panel, path, "failed")
    assert panel.describe(path, DEREGISTRATION)["error-name"] == ERROR + "NotFound"
    with pytest.raises(BusError, match="receipt"):
        panel.client.call(path, DEREGISTRATION, "GetReceipt")


# Disks

@pytest.fixture
def full_disk(make_lab, build):
    """(panel, faults) of a laboratory whose disk can be made to fail."""
    lab = make_lab(daemon=False, config=QUICK)
    faults = DiskFaults(build, lab.state_folder, lab.workdir)
    lab.daemon.environment.update(faults.environment)
    lab.daemon.start()
    return Panel(lab), faults


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS], ids=["ENOSPC", "EIO", "EROFS"])
def test_the_consent_cannot_be_kept(full_disk, code):
    """Then nothing is done on its strength, and whoever gave it is told."""
    panel, faults = full_disk
    path = panel.deregister(ENABLED)
    panel.wait_question(path)
    faults.fail(code=code)
    with panel.refused("StorageError"):
        panel.answer(path, **AGREED)
    seen = wait_error(panel, path, "StorageError")
    assert seen["stage"] == "preparing" and seen["error"] and seen["advice"]
    assert "BF32" not in panel.lab.card.counters and "BF33" not in panel.lab.card.counters
    record, = records(panel.lab, "deregistrations").values()
    assert record["deregistration"]["consented"] == "0"
    faults.heal()
    panel.answer(path, **AGREED)
    assert_done(panel, path)


@pytest.mark.parametrize("how", ["fail", "short"])
def test_the_disk_is_full_in_the_middle(full_disk, how):
    """From the consent on: no step is taken that could not be written down; it goes on when there is space."""
    panel, faults = full_disk
    path = panel.deregister(ENABLED)
    panel.wait_question(path)
    # The consent itself takes a create, a write, two syncs of the file and the folder, and a rename.
    before = len(faults.steps())
    faults.fail(before + 7, how=how)
    panel.answer(path, **AGREED)
    seen = wait_error(panel, path, "StorageError")
    assert seen["stage"] == "removing-profile" and seen["advice"]
    time.sleep(1.5)
    assert panel.lab.card.profile(ENABLED).enabled and "BF33" not in panel.lab.card.counters
    faults.heal()
    assert_done(panel, path)


def test_a_deregistration_cannot_be_begun(full_disk):
    panel, faults = full_disk
    faults.fail()
    path = panel.deregister(ENABLED)
    seen = wait_error(panel, path, "StorageError")
    assert "question" not in seen or seen["stage"] == "preparing"
    faults.heal()
    panel.answer(path, **AGREED)
    assert_done(panel, path)


@pytest.mark.parametrize("case", [Deregistration("enabled", ENABLED)], ids=["enabled"])
def test_the_disk_is_full_from_each_step_on(make_site, case):  # noqa: F811
    """Full for a second from that step on. All that must hold after a kill must hold here."""
    site = make_site(config=QUICK)
    steps = steps_of(site, case)[1]
    wrong = []
    for number in range(1, len(steps) + 1, 5 if PATIENCE == 1 else 20):
        found, _, _ = site.run(case, Point("disk", number, "full"))
        wrong += [f"full from step {number} on: {words}" for words in found]
    assert not wrong, "\n".join(wrong)


def test_delete_on_a_full_disk(full_disk):
    panel, faults = full_disk
    faults.fail()
    name, seen = panel.fails(panel.profile(DISABLED), PROFILE, "Delete", **{"contract-continues": True})
    assert name == "StorageError" and seen["error"]
    assert "BF33" not in panel.lab.card.counters
    faults.heal()
    panel.run(panel.profile(DISABLED), PROFILE, "Delete", **{"contract-continues": True})


def test_a_state_folder_that_cannot_be_written(make_lab):
    """It does not start, and says why."""
    lab = make_lab(daemon=False)
    command = [lab.build / "daemon" / "esimd", "--config", lab.config_file, "--state-dir", "/sys/esimd"]
    done = subprocess.run(list(map(str, command)), env={**lab.environment, "LC_ALL": "C"}, capture_output=True,
                          text=True, timeout=20, check=False)
    assert done.returncode == 1 and "/sys/esimd" in done.stderr, (done.returncode, done.stderr)


@pytest.mark.parametrize("method, tag, iccid", [("Delete", "BF33", DISABLED), ("Disable", "BF32", ENABLED)])
def test_what_a_full_disk_left_on_the_card_is_fetched_later(full_disk, method, tag, iccid):
    """The card has done it, the notification could not be saved: it is once there is space, without being asked."""
    panel, faults = full_disk
    filled = []

    def fill(exchange):
        if exchange.tag() == tag and not filled:
            filled.append(exchange)
            faults.fail()
        return False
    panel.lab.modem.after_command.append(fill)
    values = {"contract-continues": True} if method == "Delete" else {}
    panel.wait_ended(panel.call(panel.profile(iccid), PROFILE, method, **values))
    assert filled and len(panel.lab.card.pending_notifications) == 1 and panel.lab.smdp.requests == []
    faults.heal()
    wait_until(panel, lambda: not panel.lab.card.pending_notifications)
    assert len(panel.lab.smdp.received) == 1
    wait_until(panel, lambda: not records(panel.lab, "unsaved"))
