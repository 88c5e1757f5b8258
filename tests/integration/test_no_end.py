# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes wrong again and again must neither run wild nor be called well."""

import json
import time

from harness import on_card, wait_until
from panel import DEREGISTRATION

from esimlab.profiles import demo_profiles

_, _, ISLAND = (p.iccid for p in demo_profiles())  # names two servers
YES = {"consent": True, "contract-continues": True}
NONE_PENDING = bytes.fromhex("BF2B02A000")


def test_a_card_that_forgets_nothing_is_not_asked_without_end(panel):
    panel.lab.card.fail_at("BF30", times=-1, result=127)
    path = panel.deregister(ISLAND)
    panel.answer(path, **YES)
    panel.wait_stage(path, "completed")
    time.sleep(2)
    assert 1 <= panel.lab.card.counters["BF30"] <= 8
    assert on_card(panel.lab)
    panel.lab.card.clear_faults()
    wait_until(panel, lambda: not panel.lab.card.pending_notifications)


def test_a_deletion_without_a_notification_is_not_called_told(panel):
    """The profile names two servers, and the card gives nothing for them at first."""
    panel.lab.card.fail_at("BF2B", nth=2, times=2, data=NONE_PENDING)
    path = panel.deregister(ISLAND)
    panel.answer(path, **YES)
    panel.wait_stage(path, "notifying-operator")
    description = panel.describe(path, DEREGISTRATION)
    assert description["recipients"] == 2 and not description["acknowledged"] and not description["notifications"]
    receipt = json.loads(panel.client.call(path, DEREGISTRATION, "GetReceipt"))
    assert any(one["code"] == "no-signature" for one in receipt["does-not-prove"])
    # It was asked once more by itself, and gave nothing again; from then on it is asked daily, or now.
    wait_until(panel, lambda: panel.lab.card.counters["BF2B"] >= 3)
    panel.client.call(path, DEREGISTRATION, "Check")
    panel.wait_stage(path, "completed")
    description = panel.describe(path, DEREGISTRATION)
    assert description["acknowledged"] and len(description["notifications"]) == 2
    receipt = json.loads(panel.client.call(path, DEREGISTRATION, "GetReceipt"))
    assert len(receipt["delete-notifications"]) == 2
    wait_until(panel, lambda: not panel.lab.card.pending_notifications)
