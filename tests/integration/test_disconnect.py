# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine's only way to the network is the modem's own: whoever would cut it is asked first."""

import pytest
from esimlab.busclient import BusClient
from esimlab.daemon import BUS_NAME
from esimlab.routes import Routes
from esimlab.shortwaits import short_waits
from harness import AGREED, records, wait_until
from panel import DEREGISTRATION, ENDED, EUICC, OPERATION, PROFILE, Panel
from scene import AIS, BLUE, ISLAND

# Who may not cut the network is looked at again by and by: here at once, there only when woken.
SOON = {"network": {"retry-min-seconds": "1", "retry-max-seconds": "1"}}
DEADLINE = 120
DELETE = {"contract-continues": True}


@pytest.fixture
def routes(tmp_path):
    return Routes(tmp_path / "net")


@pytest.fixture
def panel(make_lab, routes, build):
    """AIS is enabled, and the only way leads over its modem."""
    return Panel(make_lab(environment=routes.environment(build), config=SOON))


def wait_asked(panel, operation):
    """The question, once the operation waits."""
    wait_until(panel, lambda: panel.get(operation, OPERATION, "NeedsInput"))
    assert panel.get(operation, OPERATION, "State") == "waiting"
    question = panel.describe(operation)["question"]
    assert question["type"] == "disconnect-consent" and question["message"]
    return question


def answer(panel, operation, consent):
    question = wait_asked(panel, operation)
    panel.call(operation, OPERATION, "Answer", ("u", question["id"]), consent=consent)


def is_untouched(panel):
    return panel.lab.card.profile(AIS).enabled and not panel.lab.card.counters["BF32"] + panel.lab.card.counters["BF31"]


CUTS = [(AIS, "Disable", {}), (BLUE, "Enable", {}), (AIS, "Delete", DELETE)]
NAMES = [method for _, method, _ in CUTS]


@pytest.mark.parametrize("iccid, method, values", CUTS, ids=NAMES)
def test_asked(panel, iccid, method, values):
    operation = panel.call(panel.profile(iccid), PROFILE, method, **values)
    question = wait_asked(panel, operation)
    assert panel.get(operation, OPERATION, "Cancellable")
    with panel.refused("WrongState"):
        panel.call(operation, OPERATION, "Answer", ("u", question["id"] + 1), consent=True)
    with panel.refused("InvalidArgument"):
        panel.call(operation, OPERATION, "Answer", ("u", question["id"]))
    assert is_untouched(panel)
    answer(panel, operation, True)
    assert panel.wait_ended(operation)["State"] == "succeeded"
    assert not panel.lab.card.profile(AIS) or not panel.lab.card.profile(AIS).enabled


@pytest.mark.parametrize("iccid, method, values", CUTS, ids=NAMES)
def test_allowed(panel, iccid, method, values):
    states = []
    operation = panel.call(panel.profile(iccid), PROFILE, method, **{**values, "allow-disconnect": True})
    wait_until(panel, lambda: states.append(panel.get(operation, OPERATION, "State")) or states[-1] in ENDED)
    assert states[-1] == "succeeded" and "waiting" not in states


@pytest.mark.parametrize("iccid, method, values", [
    (ISLAND, "Delete", DELETE), (ISLAND, "SetNickname", None)], ids=["delete-disabled", "rename"])
def test_nothing_is_cut(panel, iccid, method, values):
    if values is None:
        panel.run(panel.profile(iccid), PROFILE, method, "harmless")
    else:
        panel.run(panel.profile(iccid), PROFILE, method, **values)


def test_another_way(panel, routes):
    routes.lead_over("wwan0", "lab7")
    panel.run(panel.profile(AIS), PROFILE, "Disable")


def test_no_way_at_all(panel, routes):
    routes.lead_over()
    panel.run(panel.profile(AIS), PROFILE, "Disable")


def test_denied(panel):
    operation = panel.call(panel.profile(AIS), PROFILE, "Disable")
    answer(panel, operation, False)
    seen = panel.wait_ended(operation)
    assert seen["State"] == "failed" and seen["ErrorName"].endswith(".ConsentDenied")
    assert is_untouched(panel)


def test_deadline(make_lab, routes, build):
    environment = short_waits(build, DEADLINE, 300, given=routes.environment(build))
    panel = Panel(make_lab(environment=environment))
    operation = panel.call(panel.profile(AIS), PROFILE, "Disable")
    seen = panel.wait_ended(operation)
    assert seen["ErrorName"].endswith(".ConsentDenied") and not seen["NeedsInput"]
    assert is_untouched(panel)
    with panel.refused("WrongState"):
        panel.call(operation, OPERATION, "Answer", ("u", 1), consent=True)


def test_cancelled(panel):
    operation = panel.call(panel.profile(AIS), PROFILE, "Disable")
    wait_asked(panel, operation)
    panel.client.call(operation, OPERATION, "Cancel")
    assert panel.wait_ended(operation)["State"] == "cancelled"
    assert is_untouched(panel)
    # Nothing stands in the way of the next one.
    panel.run(panel.profile(AIS), PROFILE, "Disable", **{"allow-disconnect": True})


def test_caller_gone(panel):
    with BusClient(panel.lab.bus.address, BUS_NAME) as other:
        operation = Panel(panel.lab, other).call(panel.profile(AIS), PROFILE, "Disable", **{"cancel-with-caller": True})
        wait_asked(panel, operation)
    assert panel.wait_ended(operation)["State"] == "cancelled"
    assert is_untouched(panel)


def test_restarted(panel):
    """An operation is not kept over an end of the service: nothing was done, and it is asked for again."""
    wait_asked(panel, panel.call(panel.profile(AIS), PROFILE, "Disable"))
    panel.lab.daemon.restart()
    assert panel.objects(OPERATION) == {} and is_untouched(panel)
    answer(panel, panel.call(panel.profile(AIS), PROFILE, "Disable"), True)


# Deregistrations

def begin(panel, **values):
    """Agreed to: its path."""
    path = panel.deregister(AIS, **values)
    panel.answer(path, **AGREED)
    return path


def wait_disconnect(panel, path):
    def look():
        seen = panel.describe(path, DEREGISTRATION)
        return seen.get("question", {}).get("type") == "disconnect-consent" and seen
    seen = wait_until(panel, look)
    assert panel.get(path, DEREGISTRATION, "Stage") == "removing-profile"
    return seen["question"]


def test_deregister(panel):
    path = begin(panel)
    wait_disconnect(panel, path)
    assert is_untouched(panel)
    panel.answer(path, consent=True)
    panel.wait_stage(path, "completed")
    assert panel.lab.card.profile(AIS) is None


def test_deregister_allowed(panel):
    path = begin(panel, **{"allow-disconnect": True})
    panel.wait_stage(path, "completed")


def test_deregister_withdrawn(panel):
    path = begin(panel)
    wait_disconnect(panel, path)
    panel.client.call(path, DEREGISTRATION, "Withdraw")
    panel.wait_stage(path, "withdrawn")
    assert is_untouched(panel)
    # Begun again, it is asked again.
    panel.client.call(path, DEREGISTRATION, "Retry")
    panel.answer(path, **AGREED)
    wait_disconnect(panel, path)


def test_deregister_asked_again(panel):
    """No is an answer, and not the end: another way may come."""
    path = begin(panel)
    first = wait_disconnect(panel, path)
    panel.answer(path, consent=False)
    wait_until(panel, lambda: wait_disconnect(panel, path)["id"] != first["id"])
    assert is_untouched(panel)


def test_deregister_another_way_comes(panel, routes):
    path = begin(panel)
    wait_disconnect(panel, path)
    routes.lead_over("wwan0", "lab7")
    panel.wait_stage(path, "completed")
    assert panel.lab.card.profile(AIS) is None


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_deregister_restarted(panel, how):
    path = begin(panel)
    wait_disconnect(panel, path)
    getattr(panel.lab.daemon, how)()
    panel.lab.daemon.start()
    path, = panel.objects(DEREGISTRATION)
    wait_disconnect(panel, path)
    assert is_untouched(panel)
    panel.answer(path, consent=True)
    panel.wait_stage(path, "completed")


def test_deregister_restarted_with_a_way(panel, routes):
    """The question was written down, and is not asked any more where there is another way now."""
    path = begin(panel)
    wait_disconnect(panel, path)
    panel.lab.daemon.stop()
    routes.lead_over("lab7")
    panel.lab.daemon.start()
    path, = panel.objects(DEREGISTRATION)
    panel.wait_stage(path, "completed")
    record, = records(panel.lab, "deregistrations").values()
    assert record["deregistration"].get("disconnect-asked", "0") == "0"


# Memory reset

def reset(panel, what, **values):
    eid = panel.get(panel.euicc(), EUICC, "Eid")
    return panel.call(panel.euicc(), EUICC, "ResetMemory", ("as", what), eid=eid,
                      **{"contracts-continue": True, **values})


@pytest.mark.parametrize("consent", [True, False])
def test_a_reset_asks(panel, consent):
    operation = reset(panel, ["operational"])
    answer(panel, operation, consent)
    seen = panel.wait_ended(operation)
    assert seen["State"] == ("succeeded" if consent else "failed")
    assert panel.lab.card.counters["BF34"] == consent
    assert consent or seen["ErrorName"].endswith(".ConsentDenied")


def test_a_reset_that_is_allowed_to(panel):
    assert panel.wait_ended(reset(panel, ["operational"], **{"allow-disconnect": True}))["State"] == "succeeded"


def test_a_reset_that_cuts_nothing(panel):
    assert panel.wait_ended(reset(panel, ["default-address"]))["State"] in ("succeeded", "failed")
    assert panel.lab.card.profile(AIS).enabled
