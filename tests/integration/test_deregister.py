# SPDX-License-Identifier: LGPL-2.1-or-later
"""Profile.Deregister and each method of Deregistration, as the D-Bus XML tells it."""

import json

import pytest
from esimlab import Profile
from esimlab.busclient import BusClient, BusError
from esimlab.daemon import BUS_NAME, PATIENCE
from esimlab.profiles import demo_profiles
from gi.repository import GLib
from panel import DEREGISTRATION, PROFILE, ROOT_PATH, Panel

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())
STEPS = ["preflight", "consent", "save-notifications", "disable", "delete", "verify", "notify"]
YES = {"consent": True, "contract-continues": True}
REASONS = ["no-longer-needed", "travel-ended", "switching-carrier", "too-expensive", "device-change",
           "poor-service", "other"]


@pytest.fixture
def deaf(lab, panel):
    """The plain laboratory with a server that takes nothing."""
    lab.smdp.behave("status", times=-1, code=503)
    return panel


def steps(panel, path):
    return {one["step"]: one["state"] for one in panel.describe(path, DEREGISTRATION)["steps"]}


def do(panel, path, method, *arguments):
    return panel.client.call(path, DEREGISTRATION, method, *arguments)


def records(lab):
    return sorted(path.name for path in (lab.state_folder / "deregistrations").glob("*"))


def failed_by_the_card(panel):
    """A deregistration that failed, with the profile as it was."""
    panel.lab.card.fail_at("BF33", result=3)
    path = panel.deregister(ISLAND)
    panel.answer(path, **YES)
    panel.wait_stage(path, "failed")
    return path


# The way through

def test_from_the_question_to_the_receipt(lab, panel):
    path = panel.deregister(ISLAND, reason="travel-ended")
    question = panel.wait_question(path)
    assert question["type"] == "consent" and "contract" in question["message"]
    assert panel.client.get_all(path, DEREGISTRATION) == {
        "Profile": panel.profile(ISLAND), "Stage": "preparing", "NeedsInput": True, "Requester": 0,
        "Revision": panel.get(path, DEREGISTRATION, "Revision")}
    assert panel.get(panel.profile(ISLAND), PROFILE, "Deregistration") == path
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    assert lab.card.profile(ISLAND) is None and ISLAND not in panel.profiles()
    assert sorted((d.notice.event, d.host) for d in lab.smdp.received) == [
        ("delete", "rsp.lab.example"), ("delete", "smdp.lab.example")]
    assert panel.get(path, DEREGISTRATION, "Profile") == "/"
    panel.wait_card_empty()


def test_describe_tells_everything_that_is_documented(panel):
    path = panel.deregister(ISLAND, reason="travel-ended")
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    told = panel.describe(path, DEREGISTRATION)
    assert (told["method"], told["reason"], told["dry-run"], told["stage"]) == (
        "local", "travel-ended", False, "completed")
    assert (told["eid"], told["iccid"]) == (panel.lab.card.eid, ISLAND)
    assert (told["profile-name"], told["service-provider"]) == ("Island Prepaid", "Island Mobile")
    assert [one["step"] for one in told["steps"]] == STEPS
    assert {one["step"]: one["state"] for one in told["steps"]} == {**dict.fromkeys(STEPS, "done"), "disable": "skipped"}
    assert told["acknowledged"] is True and told["completed"] >= told["requested"] > 0
    assert "question" not in told and "error" not in told and "file" not in told
    assert sorted(one["address"] for one in told["notifications"]) == ["rsp.lab.example", "smdp.lab.example"]
    for one in told["notifications"]:
        assert (one["event"], one["state"]) == ("delete", "acknowledged") and one["acknowledged-at"] > 0
        assert one.keys() == {"sequence", "iccid", "event", "address", "state", "attempts", "next-attempt",
                              "acknowledged-at", "error-name", "error"}
    for one in told["findings"]:
        assert one.keys() == {"code", "severity", "message", "parameters"} and one["message"]
        assert one["severity"] in ("ok", "warning")
    assert "contract-continues" in [one["code"] for one in told["findings"]]


def test_an_enabled_profile_is_disabled_first(lab, panel):
    path = panel.deregister(AIS)
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    assert steps(panel, path)["disable"] == "done"
    assert [d.notice.event for d in lab.smdp.received] == ["disable", "delete"]
    assert lab.card.active_iccid() is None


def test_the_revision_grows_whenever_describe_says_something_new(panel):
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    before = panel.get(path, DEREGISTRATION, "Revision")
    told = panel.describe(path, DEREGISTRATION)
    assert panel.describe(path, DEREGISTRATION) == told
    assert panel.get(path, DEREGISTRATION, "Revision") == before
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    assert panel.get(path, DEREGISTRATION, "Revision") > before


def test_two_side_by_side(lab, panel):
    paths = [panel.deregister(iccid) for iccid in (BLUE, ISLAND)]
    for path in paths:
        panel.wait_question(path)
    for path in paths:
        panel.answer(path, **YES)
    for path in paths:
        panel.wait_stage(path, "completed")
    assert [p.iccid for p in lab.card.profiles] == [AIS]
    assert lab.card.counters["BF33"] == 2
    assert lab.smdp.violations == [] and len(lab.smdp.received) == 3
    receipts = [json.loads(do(panel, path, "GetReceipt")) for path in paths]
    assert receipts[0] != receipts[1]


# Deregister

def test_a_dry_run_changes_and_writes_nothing(lab, panel):
    path = panel.deregister(ISLAND, **{"dry-run": True})
    panel.wait_stage(path, "checked")
    told = panel.describe(path, DEREGISTRATION)
    assert told["dry-run"] is True and told["findings"] and "question" not in told
    assert records(lab) == [] and panel.get(path, DEREGISTRATION, "NeedsInput") is False
    assert panel.get(panel.profile(ISLAND), PROFILE, "Deregistration") == "/"
    assert lab.card.counters["BF33"] == lab.card.counters["BF32"] == 0
    with panel.refused("WrongState"):
        do(panel, path, "GetReceipt")
    panel.deregister(ISLAND)


def test_a_dry_run_of_a_profile_that_may_not_be_deleted(make_lab):
    panel = Panel(make_lab(profiles=[Profile("8900100000000000018", "One", "Lab", ppr=("ppr2",))]))
    path = panel.deregister("8900100000000000018", **{"dry-run": True})
    panel.wait_stage(path, "checked")
    blockers = [f for f in panel.describe(path, DEREGISTRATION)["findings"] if f["severity"] == "blocker"]
    assert [one["code"] for one in blockers] == ["ppr2"] and blockers[0]["message"]


@pytest.mark.parametrize("ppr, enabled", [("ppr2", False), ("ppr1", True)])
def test_policy_rules_end_it_before_anything_is_asked(make_lab, ppr, enabled):
    panel = Panel(make_lab(profiles=[Profile("8900100000000000018", "One", "Lab", ppr=(ppr,), enabled=enabled)]))
    path = panel.deregister("8900100000000000018")
    panel.wait_stage(path, "failed")
    told = panel.describe(path, DEREGISTRATION)
    assert told["error-name"] == f"{BUS_NAME}.Error.PolicyViolation" and told["error"] and told["advice"]
    assert "question" not in told
    assert panel.lab.card.counters["BF33"] == panel.lab.card.counters["BF32"] == 0


@pytest.mark.parametrize("options, error", [
    ({}, "CarrierUnknown"), ({"method": ""}, "CarrierUnknown"), ({"method": "post"}, "NotSupported"),
    ({"method": "local", "reason": "bored"}, "InvalidArgument"), ({"method": "local", "colour": "green"}, "InvalidArgument"),
    ({"method": True}, "InvalidArgument"), ({"method": "local", "dry-run": "yes"}, "InvalidArgument"),
    ({"method": "local", "token": "x" * 65}, "InvalidArgument"), ({"method": "local", "token": 1}, "InvalidArgument")])
def test_what_deregister_refuses(lab, panel, options, error):
    with panel.exchanges() as asked, panel.refused(error):
        panel.call(panel.profile(ISLAND), PROFILE, "Deregister", **options)
    assert asked == [] and records(lab) == [] and panel.objects(DEREGISTRATION) == {}


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_is_kept(panel, reason):
    path = panel.deregister(ISLAND, reason=reason)
    assert panel.describe(path, DEREGISTRATION)["reason"] == reason


def test_without_a_reason_it_is_other(panel):
    assert panel.describe(panel.deregister(ISLAND), DEREGISTRATION)["reason"] == "other"


def test_the_same_token_gives_the_same_object(panel):
    path = panel.deregister(ISLAND, token="é" * 64)
    assert panel.deregister(ISLAND, token="é" * 64) == path
    with panel.refused("WrongState"):
        panel.deregister(ISLAND, token="another")
    with panel.refused("WrongState"):
        panel.deregister(ISLAND)
    assert len(panel.objects(DEREGISTRATION)) == 1


def test_a_token_holds_after_the_end_and_a_restart(lab, panel):
    path = panel.deregister(ISLAND, token="mine")
    panel.answer(path, consent=False)
    panel.wait_stage(path, "withdrawn")
    lab.daemon.restart()
    [kept] = panel.objects(DEREGISTRATION)
    assert panel.deregister(ISLAND, token="mine") == kept


def test_a_token_is_good_for_one_thing(panel):
    """Whoever gets an object answers its question: it must be the profile that was asked for."""
    path = panel.deregister(ISLAND, token="mine")
    for iccid, options in ((BLUE, {}), (ISLAND, {"dry-run": True})):
        with panel.refused("InvalidArgument"):
            panel.call(panel.profile(iccid), PROFILE, "Deregister", method="local", token="mine", **options)
    assert panel.deregister(ISLAND, token="mine") == path


# Answer

def test_a_no_withdraws(lab, panel):
    path = panel.deregister(ISLAND)
    panel.answer(path, consent=False)
    panel.wait_stage(path, "withdrawn")
    assert lab.card.profile(ISLAND) and lab.card.counters["BF33"] == 0
    assert panel.get(panel.profile(ISLAND), PROFILE, "Deregistration") == "/"
    panel.deregister(ISLAND)


@pytest.mark.parametrize("answer", [
    {"consent": True}, {"consent": True, "contract-continues": False}, {"contract-continues": True}, {},
    {"consent": "yes"}, {**YES, "colour": "green"}])
def test_an_answer_that_is_none(lab, panel, answer):
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    with panel.refused("InvalidArgument"):
        panel.answer(path, **answer)
    assert panel.stage(path) == "preparing" and lab.card.counters["BF33"] == 0
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")


def test_an_answer_to_another_question(panel):
    path = panel.deregister(ISLAND)
    number = panel.wait_question(path)["id"]
    for wrong in (0, number + 1, 2**32 - 1):
        with panel.refused("WrongState"):
            panel.call(path, DEREGISTRATION, "Answer", ("u", wrong), **YES)
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    with panel.refused("WrongState"):
        panel.call(path, DEREGISTRATION, "Answer", ("u", number), **YES)


# Withdraw, Retry, Check, Forget, GetReceipt

def test_withdraw(lab, panel):
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    do(panel, path, "Withdraw")
    assert panel.stage(path) == "withdrawn" and panel.get(path, DEREGISTRATION, "NeedsInput") is False
    with panel.refused("WrongState"):
        do(panel, path, "Withdraw")
    assert lab.card.profile(ISLAND)


def test_withdraw_when_it_is_too_late(deaf):
    path = deaf.deregister(ISLAND)
    deaf.answer(path, **YES)
    deaf.wait_stage(path, "notifying-operator")
    for method in ("Withdraw", "Retry", "Forget"):
        with deaf.refused("WrongState"):
            do(deaf, path, method)


def test_retry_after_a_failure(lab, panel):
    path = failed_by_the_card(panel)
    told = panel.describe(path, DEREGISTRATION)
    assert told["error-name"] == f"{BUS_NAME}.Error.PolicyViolation" and told["error"] and told["advice"]
    assert steps(panel, path)["delete"] == "failed" and lab.card.profile(ISLAND)
    do(panel, path, "Retry")
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    assert lab.card.profile(ISLAND) is None


def test_an_error_is_told_with_its_details(panel):
    path = failed_by_the_card(panel)
    details = panel.describe(path, DEREGISTRATION)["details"]
    assert details["result-code"] == 3 and "Delete" in details["function"]


def test_retry_while_it_is_open_or_completed(panel):
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    with panel.refused("WrongState"):
        do(panel, path, "Retry")
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    with panel.refused("WrongState"):
        do(panel, path, "Retry")


def test_two_failed_ones_of_a_profile_cannot_both_go_on(panel):
    path = failed_by_the_card(panel)
    second = panel.deregister(ISLAND)
    panel.wait_question(second)
    with panel.refused("WrongState"):
        do(panel, path, "Retry")


def test_check_tries_the_server_now(make_lab):
    panel = Panel(make_lab(config={"network": {"retry-min-seconds": "600", "retry-max-seconds": "600"}}))
    panel.lab.smdp.behave("status", times=2, code=503)
    path = panel.deregister(ISLAND)
    panel.answer(path, **YES)

    def tried():
        told = panel.describe(path, DEREGISTRATION)["notifications"]
        return told and all(one["attempts"] == 1 for one in told)
    panel.client.wait_until(tried, 10 * PATIENCE)
    for one in panel.describe(path, DEREGISTRATION)["notifications"]:
        assert one["state"] == "pending" and one["next-attempt"] > 0
        assert one["error-name"] == f"{BUS_NAME}.Error.ServerError" and one["error"]
    do(panel, path, "Check")
    panel.wait_stage(path, "completed")


def test_receipt(lab, panel):
    path = panel.deregister(ISLAND, reason="travel-ended")
    panel.wait_question(path)
    with panel.refused("WrongState"):
        do(panel, path, "GetReceipt")
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    receipt = do(panel, path, "GetReceipt")
    json.loads(receipt)
    assert ISLAND in receipt and lab.card.eid in receipt and "travel-ended" in receipt


def test_the_receipt_is_there_before_the_server_knows(deaf):
    path = deaf.deregister(ISLAND)
    deaf.answer(path, **YES)
    deaf.wait_stage(path, "notifying-operator")
    assert ISLAND in do(deaf, path, "GetReceipt")
    assert deaf.describe(path, DEREGISTRATION)["acknowledged"] is False


def test_a_profile_that_tells_nobody(make_lab):
    panel = Panel(make_lab(profiles=[Profile("8900100000000000018", "One", "Lab")]))
    path = panel.deregister("8900100000000000018")
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    assert steps(panel, path)["notify"] == "skipped"
    json.loads(do(panel, path, "GetReceipt"))
    assert panel.describe(path, DEREGISTRATION)["notifications"] == []


def test_forget(lab, panel):
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    with panel.refused("WrongState"):
        do(panel, path, "Forget")
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    assert len(records(lab)) == 1
    do(panel, path, "Forget")
    panel.client.wait_until(lambda: path not in panel.client.objects(ROOT_PATH))
    assert records(lab) == []
    with pytest.raises(BusError):
        do(panel, path, "GetReceipt")
    lab.daemon.restart()
    assert panel.objects(DEREGISTRATION) == {}


@pytest.mark.parametrize("how", ["withdrawn", "failed", "checked"])
def test_forget_what_ended_otherwise(lab, panel, how):
    if how == "failed":
        path = failed_by_the_card(panel)
    else:
        path = panel.deregister(ISLAND, **{"dry-run": how == "checked"})
        if how == "withdrawn":
            panel.answer(path, consent=False)
        panel.wait_stage(path, how)
    do(panel, path, "Forget")
    panel.client.wait_until(lambda: path not in panel.client.objects(ROOT_PATH))
    assert records(lab) == []


# What a caller's going does not change

def test_it_lives_on_without_its_caller(lab, panel):
    with BusClient(lab.bus.address, BUS_NAME) as other:
        path = Panel(lab, other).deregister(ISLAND)
        Panel(lab, other).wait_question(path)
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")


def test_it_survives_a_restart_with_its_question(lab, panel):
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    told = panel.describe(path, DEREGISTRATION)
    lab.daemon.restart()
    [again] = panel.objects(DEREGISTRATION)
    panel.wait_question(again)
    assert panel.describe(again, DEREGISTRATION)["id"] == told["id"]
    assert panel.describe(again, DEREGISTRATION)["requested"] == told["requested"]
    panel.answer(again, **YES)
    panel.wait_stage(again, "completed")


def test_a_profile_that_is_gone_meanwhile(lab, panel):
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    lab.card.euicc.profiles.remove(lab.card.profile(ISLAND))
    panel.answer(path, **YES)
    panel.wait_stage(path, "failed")
    told = panel.describe(path, DEREGISTRATION)
    assert told["error-name"] == f"{BUS_NAME}.Error.NotFound" and told["advice"]
    assert lab.card.counters["BF33"] == 0


def test_a_profile_that_was_installed_again_meanwhile(lab, panel):
    path = panel.deregister(ISLAND)
    panel.wait_question(path)
    lab.card.euicc.profiles.remove(lab.card.profile(ISLAND))
    lab.card.install(Profile(ISLAND, "Another contract", "Island Mobile"))
    panel.answer(path, **YES)
    panel.wait_stage(path, "failed")
    assert lab.card.profile(ISLAND) and lab.card.counters["BF33"] == 0


def test_the_option_types_are_exact(panel):
    with panel.refused("InvalidArgument"):
        panel.call(panel.profile(ISLAND), PROFILE, "Deregister", method="local", token=GLib.Variant("o", "/"))
