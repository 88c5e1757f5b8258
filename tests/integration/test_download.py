# SPDX-License-Identifier: LGPL-2.1-or-later
"""Downloads on the bus: the way in, every way out, and what is on the disk, the card and the server then."""

from downloads import DISABLED, answer, download, end, reasons, question
from harness import records, wait_until
from panel import EUICC, PROFILE, Panel


def settled(panel):
    """Nothing is left to do anywhere."""
    lab = panel.lab
    wait_until(panel, lambda: not records(lab, "notifications") and not lab.card.pending_notifications)
    assert not records(lab, "downloads") and not records(lab, "unsaved")
    assert lab.smdp.open_sessions() == []
    assert lab.smdp.violations == []


def test_a_profile_comes(panel):
    order = panel.lab.smdp.order()
    result = end(panel, download(panel, order))
    assert result["iccid"] == order.profile.iccid
    path, seen = panel.profiles()[order.profile.iccid]
    assert result["profile"] == path and seen["State"] == DISABLED
    settled(panel)
    assert order.results == ["success"]
