# SPDX-License-Identifier: LGPL-2.1-or-later
"""A removal that disabled the profile and then does not come to its end: the profile is enabled again."""

import pytest

from esimlab import Card, ber
from esimlab.profiles import demo_profiles, isdp_aid
from harness import AGREED, records, wait_until
from panel import DEREGISTRATION, ERROR, EUICC, PROFILE, Panel
from scene import AIS, BLUE, ISLAND

# What stumbles waits for ever, unless it is woken.
PATIENT = {"network": {"retry-min-seconds": "600", "retry-max-seconds": "600"}}
FORBIDDEN = {"result": 3, "times": -1}
BROKEN = {"sw": 0x6F00, "times": -1}
AGAIN = "enabled again as it was before"
DISABLED_NOW = "disabled now: enable it"


def begin(panel, iccid=AIS):
    """Asked and agreed to: the object's path."""
    path = panel.deregister(iccid)
    panel.answer(path, **AGREED)
    return path


def describe(panel, path):
    """(description, {step: state})"""
    seen = panel.describe(path, DEREGISTRATION)
    return seen, {one["step"]: one["state"] for one in seen["steps"]}


def assert_restored(panel, path, stage, error=None):
    """It ended so, and the profile is as it was before, to the card, the bus and the disk."""
    panel.wait_stage(path, stage, timeout=30)
    seen, steps = describe(panel, path)
    assert steps["restore-profile"] == "done", seen
    assert panel.lab.card.profile(AIS).enabled
    wait_until(panel, lambda: panel.get(panel.profile(AIS), PROFILE, "State") == "enabled")
    assert seen.get("error-name") == (ERROR + error if error else None)
    assert (AGAIN in seen["error"] and DISABLED_NOW not in seen["error"]) if error else "error" not in seen
    record, = records(panel.lab, "deregistrations").values()
    assert record["deregistration"]["stage"] == stage and "ending" not in record["deregistration"]
    assert panel.lab.card.counters["BF31"] >= 1


@pytest.mark.parametrize("fault, error", [(FORBIDDEN, "PolicyViolation"), (BROKEN, "CardError")], ids=["rule", "card"])
def test_a_card_that_does_not_delete(lab, panel, fault, error):
    lab.card.fail_at("BF33", **fault)
    path = begin(panel)
    assert_restored(panel, path, "failed", error)
    seen, steps = describe(panel, path)
    assert steps["disable"] == "done" and steps["delete"] == "failed" and seen["advice"]
    # Both changes are told, and it can be begun anew.
    wait_until(panel, lambda: sorted(d.notice.event for d in lab.smdp.received) == ["disable", "enable"])
    lab.card.clear_faults()
    panel.client.call(path, DEREGISTRATION, "Retry")
    panel.answer(path, **AGREED)
    panel.wait_stage(path, "completed")
    assert lab.card.profile(AIS) is None and "restore-profile" not in describe(panel, path)[1]


@pytest.mark.parametrize("iccid, tag", [(ISLAND, "BF33"), (AIS, "BF32")], ids=["was-disabled", "stays-enabled"])
def test_nothing_to_put_back(lab, panel, iccid, tag):
    """It was disabled to begin with; or the card did not even disable it."""
    enabled = lab.card.profile(iccid).enabled
    lab.card.fail_at(tag, **BROKEN)
    path = begin(panel, iccid)
    panel.wait_stage(path, "failed", timeout=30)
    seen, steps = describe(panel, path)
    assert "restore-profile" not in steps and AGAIN not in seen["error"] and DISABLED_NOW not in seen["error"]
    assert lab.card.profile(iccid).enabled == enabled and "BF31" not in lab.card.counters


def test_another_profile_is_in_use_meanwhile(lab, panel):
    """That is what the user wants now: it is left, and the user is told."""
    lab.modem.quirks.slow = 0.1
    lab.card.fail_at("BF33", **FORBIDDEN)
    path = begin(panel)
    wait_until(panel, lambda: any(one.tag() == "BF33" for one in lab.modem.exchanges))
    lab.modem.quirks.slow = 2.0  # the wish stands in the line before the restoration does, however busy the machine is
    operation = panel.call(panel.profile(BLUE), PROFILE, "Enable")
    lab.modem.quirks.slow = 0
    assert panel.wait_ended(operation)["State"] == "succeeded"
    panel.wait_stage(path, "failed")
    seen, steps = describe(panel, path)
    assert steps["restore-profile"] == "skipped" and DISABLED_NOW in seen["error"]
    assert lab.card.active_iccid() == BLUE and lab.card.counters["BF31"] == 1


def test_deleted_after_all(lab, panel):
    """The card says no and does it: the look before the restoration finds that out."""
    lab.card.fail_at("BF33", result=3, execute=True)
    path = begin(panel)
    panel.wait_stage(path, "completed")
    seen, steps = describe(panel, path)
    assert steps["delete"] == steps["verify"] == "done" and "restore-profile" not in steps and "error" not in seen
    assert lab.card.profile(AIS) is None and "BF31" not in lab.card.counters
    assert panel.client.call(path, DEREGISTRATION, "GetReceipt")


@pytest.mark.parametrize("fault", [FORBIDDEN, BROKEN], ids=["rule", "card"])
def test_it_cannot_be_enabled_again(lab, panel, fault):
    lab.card.fail_at("BF33", **FORBIDDEN)
    lab.card.fail_at("BF31", **fault)
    path = begin(panel)
    panel.wait_stage(path, "failed", timeout=30)
    seen, steps = describe(panel, path)
    assert steps["restore-profile"] == "failed" and seen["error-name"] == ERROR + "PolicyViolation"
    assert DISABLED_NOW in seen["error"] and AGAIN not in seen["error"]
    lab.card.clear_faults()
    panel.run(panel.profile(AIS), PROFILE, "Enable")


# Withdrawn between the disabling and the deletion

def come_halfway(panel):
    """A deregistration whose profile is disabled, and that cannot go on: (panel, path)"""
    card = panel.lab.card

    def stall(exchange):
        if exchange.tag() == "BF32":
            card.fail_at("BF2B", **BROKEN)
        return False
    panel.lab.modem.after_command.append(stall)
    path = begin(panel)
    wait_until(panel, lambda: describe(panel, path)[0].get("error"))
    panel.lab.modem.after_command.remove(stall)
    card.clear_faults()
    assert not card.profile(AIS).enabled and panel.stage(path) == "removing-profile"
    return panel, path


@pytest.fixture
def halfway(make_lab):
    return come_halfway(Panel(make_lab(config=PATIENT)))


def test_withdrawn(halfway):
    panel, path = halfway
    panel.client.call(path, DEREGISTRATION, "Withdraw")
    assert_restored(panel, path, "withdrawn")
    assert describe(panel, path)[0]["completed"] > 0 and "BF33" not in panel.lab.card.counters


def test_withdrawn_and_not_enabled_again(halfway):
    """Then it has failed: the profile is not as it was."""
    panel, path = halfway
    panel.lab.card.fail_at("BF31", **FORBIDDEN)
    panel.client.call(path, DEREGISTRATION, "Withdraw")
    panel.wait_stage(path, "failed")
    seen, steps = describe(panel, path)
    assert steps["restore-profile"] == "failed" and seen["error-name"] == ERROR + "PolicyViolation"
    assert DISABLED_NOW in seen["error"]


def test_withdrawn_while_the_card_is_away(halfway):
    """It waits for the card; asked once more, it waits no longer, and says how the profile was left."""
    panel, path = halfway
    panel.lab.modem.insert_card(0, None)
    wait_until(panel, lambda: panel.get(panel.euicc(), EUICC, "State") == "absent")
    panel.client.call(path, DEREGISTRATION, "Withdraw")
    assert panel.stage(path) == "removing-profile" and describe(panel, path)[1]["restore-profile"] == "running"
    panel.client.call(path, DEREGISTRATION, "Withdraw")
    panel.wait_stage(path, "failed")
    seen, steps = describe(panel, path)
    assert steps["restore-profile"] == "failed" and seen["error-name"] == ERROR + "CardRemoved"
    assert DISABLED_NOW in seen["error"] and seen["advice"]


def test_another_profile_is_not_enabled_in_its_place(halfway):
    """Installed again under the same ICCID meanwhile: that was never in use, and is not put into use."""
    panel, path = halfway
    panel.lab.card.profile(AIS).aid = isdp_aid(9)
    panel.client.call(path, DEREGISTRATION, "Withdraw")
    panel.wait_stage(path, "withdrawn")
    assert describe(panel, path)[1]["restore-profile"] == "skipped"
    assert not panel.lab.card.profile(AIS).enabled and "BF31" not in panel.lab.card.counters


def test_nothing_is_enabled_on_a_card_that_came_unseen(make_lab, pki):
    """The same ICCIDs, another EID, and no word of the modem."""
    panel, path = come_halfway(Panel(make_lab(config={**PATIENT, "card": {"linger-milliseconds": "1"}})))
    panel.wait_closed()
    profiles = demo_profiles()
    profiles[0].enabled = False
    panel.lab.card.swap(Card(pki, ber.make_eid(pki.eid_prefix, 4711), profiles).state())
    panel.client.call(path, DEREGISTRATION, "Withdraw")
    wait_until(panel, lambda: describe(panel, path)[1]["restore-profile"] == "waiting")
    assert panel.stage(path) == "removing-profile" and not panel.lab.card.profile(AIS).enabled
    assert "BF31" not in panel.lab.card.counters


# Cards that are pulled, and a daemon that is killed

def test_the_card_comes_back(halfway):
    panel, path = halfway
    lab, card = panel.lab, panel.lab.card
    pulled = []

    def pull(exchange):
        if exchange.tag() == "BF31" and not pulled:
            pulled.append(exchange)
            lab.modem.insert_card(0, None)
        return False
    lab.modem.before_command.append(pull)
    panel.client.call(path, DEREGISTRATION, "Withdraw")
    wait_until(panel, lambda: describe(panel, path)[1]["restore-profile"] == "waiting")
    assert panel.stage(path) == "removing-profile" and not card.profile(AIS).enabled
    lab.modem.insert_card(0, card)
    assert_restored(panel, path, "withdrawn")


@pytest.mark.parametrize("when", ["before", "after", "answered"])
@pytest.mark.parametrize("tag", ["BF2D", "BF31"])
def test_killed_in_the_middle(lab, panel, tag, when):
    lab.card.fail_at("BF33", **FORBIDDEN)
    hooks = {"before": lab.modem.before_command, "after": lab.modem.after_command,
             "answered": lab.modem.after_response}[when]
    killed = []

    def kill(exchange):
        if exchange.tag() == tag and "BF33" in lab.card.counters and not killed:
            killed.append(exchange)
            lab.daemon.kill()
            return when != "answered"
        return False
    hooks.append(kill)
    path = begin(panel)
    lab.daemon.process.wait(20)
    assert killed
    lab.daemon.start()
    path, = panel.objects(DEREGISTRATION)
    assert_restored(panel, path, "failed", "PolicyViolation")
    panel.wait_card_empty()
    assert lab.smdp.violations == []
