# SPDX-License-Identifier: LGPL-2.1-or-later
"""Short ways for tests of what goes wrong: a deregistration up to some stage, what is on the disk, and what
the daemon says of its deliveries."""

import configparser

from esimlab.daemon import PATIENCE
from panel import DEREGISTRATION

AGREED = {"consent": True, "contract-continues": True}


def deregister(panel, iccid, *, until="completed", timeout=20):
    """Ask, agree, and wait for a stage: the object's path."""
    path = panel.deregister(iccid)
    panel.answer(path, **AGREED)
    wait_stage(panel, path, until, timeout=timeout)
    return path


def wait_stage(panel, path, *stages, timeout=20):
    """As the panel's own, but tell what stands there when it does not come."""
    try:
        panel.wait_stage(path, *stages, timeout=timeout)
    except TimeoutError:
        raise AssertionError(f"not {stages}: {panel.describe(path, DEREGISTRATION)}") from None


def wait_until(panel, true, timeout=15):
    return panel.client.wait_until(true, timeout * PATIENCE)


def wait_error(panel, path, name, timeout=15):
    """The description once it shows this error of ours."""
    def look():
        seen = panel.describe(path, DEREGISTRATION)
        return seen if seen.get("error-name", "").endswith(f".{name}") else None
    try:
        return wait_until(panel, look, timeout)
    except TimeoutError:
        raise AssertionError(f"no {name}: {panel.describe(path, DEREGISTRATION)}") from None


def wait_tried(panel, path, attempts=1, timeout=15):
    """The first notification in the description, once it was tried that often."""
    def look():
        proofs = panel.describe(path, DEREGISTRATION)["notifications"]
        return proofs[0] if proofs and proofs[0]["attempts"] >= attempts else None
    return wait_until(panel, look, timeout)


def records(lab, kind):
    """{name: {group: {key: value}}} of the records on disk: "deregistrations", "notifications", "unsaved"."""
    found = {}
    for path in sorted((lab.state_folder / kind).glob("*.record")):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        parser.read(path, encoding="utf-8")
        found[path.name.removesuffix(".record")] = {group: dict(parser[group]) for group in parser.sections()}
    return found


def on_card(lab):
    return [n.sequence for n in lab.card.pending_notifications]


def delivered(lab):
    """[(sequence, host)] in the order of their arrival, repetitions left out."""
    return [(d.notice.sequence, d.host) for d in lab.smdp.received]
