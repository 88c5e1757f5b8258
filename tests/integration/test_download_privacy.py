# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a download may not leave behind: codes, matching ids and identifiers in no log, codes on no disk, and
nothing of it before other users."""

import pytest
from conftest import needs_root
from esimlab.daemon import BUS_NAME, PATIENCE
from panel import ENDED, ERROR, EUICC, OPERATION, Panel
from stranger import Stranger

# Put together at run time, so that no file holds it whole; none of digits alone, which a time or an address may be too.
MATCHING_ID = "-".join(["QZX", "7731", "VBN", "2208"])
CODE = "".join(["kX", "49", "07", "q31"])
WRONG_CODE = "".join(["jW", "58", "16", "v29"])
DEBUG = {"G_MESSAGES_DEBUG": "all"}


@pytest.fixture
def panel(make_lab):
    return Panel(make_lab(environment=DEBUG))


def order(panel, **settings):
    return panel.lab.smdp.order(matching_id=MATCHING_ID, **settings)


def begin(panel, code):
    return panel.call(panel.euicc(), EUICC, "Download", code)


def question(panel, operation):
    """The question that stands, None once it has ended."""
    def look():
        said = panel.describe(operation)
        ended = panel.get(operation, OPERATION, "State") in ENDED
        return [said.get("question")] if "question" in said or ended else None
    return panel.client.wait_until(look, 10 * PATIENCE)[0]


def answer(panel, operation, **values):
    asked = question(panel, operation)
    panel.call(operation, OPERATION, "Answer", ("u", asked["id"]), **values)


def forms(text):
    """As it may be written: plain, with other case, reversed nibbles, or hexadecimal of its octets."""
    pairs = text + "F" * (len(text) % 2)
    swapped = "".join(pairs[i + 1] + pairs[i] for i in range(0, len(pairs), 2))
    return {text, text.lower(), swapped, text.encode().hex(), text.encode().hex().upper()}


def found_in(text, secrets):
    return [name for name, secret in secrets.items() for form in forms(secret) if form in text]


def secrets_of(panel, made):
    return {"matching id": MATCHING_ID, "code": CODE, "wrong code": WRONG_CODE, "ICCID": made.profile.iccid,
            "EID": panel.lab.card.eid, "IMEI": panel.lab.modem.quirks.imei,
            **{f"transaction {i}": s.hex() for i, s in enumerate(panel.lab.smdp.desk.sessions)}}


def check(panel, made):
    secrets = secrets_of(panel, made)
    log = panel.lab.daemon.log_file.read_text(errors="replace")
    assert "DEBUG" in log and found_in(log, secrets) == []
    for path in panel.lab.state_folder.rglob("*"):
        if path.is_file():
            told = path.read_bytes().decode("latin-1") + str(path)
            assert found_in(told, {k: v for k, v in secrets.items() if "code" in k or "matching" in k}) == [], path


def test_a_download_with_a_code(panel):
    made = order(panel, confirmation_code=CODE)
    operation = begin(panel, made.activation_code)
    check(panel, made)
    answer(panel, operation, consent=True, **{"confirmation-code": WRONG_CODE})
    assert question(panel, operation)["type"] == "confirmation-code"
    check(panel, made)
    answer(panel, operation, code=CODE)
    panel.wait_ended(operation)
    assert panel.get(operation, OPERATION, "State") == "succeeded"
    assert made.state == "installed"
    check(panel, made)


@pytest.mark.parametrize("what", ["refused", "unknown", "tampered", "cut", "server-text", "denied"])
def test_downloads_that_fail(panel, what):
    made = order(panel, confirmation_code=CODE, **({"released": False} if what == "refused" else {}))
    if what == "cut":
        panel.lab.smdp.behave("cut", times=-1, function="getBoundProfilePackage")
    if what == "tampered":
        panel.lab.smdp.desk.lies["challenge"] = bytes(16)
    if what == "server-text":
        panel.lab.smdp.behave("json_error", function="authenticateClient", subject="8.2.6", reason="3.8",
                              message=f"{MATCHING_ID} is not for {panel.lab.card.eid}")
    if what == "unknown":
        made.matching_id = "SOMETHING-ELSE"
    operation = begin(panel, f"LPA:1${made.address}${MATCHING_ID}$$1")
    if question(panel, operation) is not None:
        answer(panel, operation, consent=what != "denied", **{"confirmation-code": CODE})
    panel.wait_ended(operation)
    assert panel.get(operation, OPERATION, "State") == "failed"
    assert panel.lab.smdp.open_sessions() == []
    check(panel, made)


def test_no_property_tells_of_an_offer(panel):
    made = order(panel)
    operation = begin(panel, made.activation_code)
    assert question(panel, operation)["metadata"]["iccid"] == made.profile.iccid
    everything = repr(panel.client.objects("/org/esimd1"))
    assert made.profile.iccid not in everything and MATCHING_ID not in everything
    assert made.profile.name not in everything
    panel.client.call(operation, OPERATION, "Cancel")
    panel.wait_ended(operation)


@needs_root
def test_another_user_is_told_nothing(panel):
    made = order(panel, confirmation_code=CODE)
    operation = begin(panel, made.activation_code)
    assert question(panel, operation) is not None
    panel.lab.polkit.deny("org.esimd1.inspect")
    with Stranger(panel.lab) as other:
        for method, arguments in (("Describe", "()"), ("Answer", "(uint32 1, @a{sv} {})"), ("Cancel", "()")):
            name, said = other.call(BUS_NAME, operation, OPERATION, method, arguments)
            assert name == ERROR + "NotAuthorized" and MATCHING_ID not in said
    panel.client.call(operation, OPERATION, "Cancel")
    panel.wait_ended(operation)
    assert made.cancelled == [0]
