# SPDX-License-Identifier: LGPL-2.1-or-later
"""Short ways for tests of downloads: ask for one, answer its questions, and see how it ends."""

from gi.repository import GLib

from esimlab.daemon import PATIENCE
from panel import ENDED, EUICC, OPERATION, options

DISABLED = "disabled"


def download(panel, order=None, code=None, **values):
    """The operation of a download of this order."""
    return panel.call(panel.euicc(), EUICC, "Download", order.activation_code if code is None else code, **values)


def question(panel, operation, kind, timeout=20):
    """The question of this type, once it stands."""
    def look():
        seen = panel.describe(operation)
        asked = seen.get("question")
        assert "error-name" not in seen, seen
        return asked if asked and asked["type"] == kind else None
    return panel.client.wait_until(look, timeout * PATIENCE)


def answer(panel, operation, kind, **values):
    """Wait for the question of this type and answer it: the question."""
    asked = question(panel, operation, kind)
    panel.client.call(operation, OPERATION, "Answer", "(ua{sv})", asked["id"], options(values))
    return asked


def end(panel, operation, *, code=None, timeout=30):
    """Agree to everything, and wait for the end: the result. AssertionError when it did not succeed."""
    asked = answer(panel, operation, "install-consent", consent=True)
    if code is not None:
        answer(panel, operation, "confirmation-code", code=code)
    seen = panel.wait_ended(operation, timeout)
    assert seen["State"] == "succeeded", (seen, panel.describe(operation), asked)
    return panel.describe(operation)["result"]


def failure(panel, operation, timeout=30):
    """Wait for an end that is no success: (error name without its prefix, description)."""
    seen = panel.wait_ended(operation, timeout)
    assert seen["State"] in ENDED and seen["State"] != "succeeded", seen
    description = panel.describe(operation)
    return description["error-name"].rsplit(".", 1)[1], description


def reasons(order):
    """By which reasons the order's sessions were cancelled at the server."""
    return list(order.cancelled)
