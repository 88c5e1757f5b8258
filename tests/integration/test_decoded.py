# SPDX-License-Identifier: LGPL-2.1-or-later
"""What passes between the daemon and the card is what the standard's ASN.1 module says: somebody else reads it.

The daemon and the laboratory were written by the same people, who may have misread the standard twice alike.
"""

import pytest
from esimlab import decoder
from esimlab.profiles import demo_profiles
from downloads import answer, download, end, reasons
from panel import EUICC, PROFILE, Panel

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())

MISSING = decoder.why_not()
pytestmark = [pytest.mark.long, pytest.mark.skipif(MISSING is not None, reason=MISSING or "")]


def check(lab):
    """Read all that the card was asked and answered; {the names of the messages}. The segments of a package are read
    as one: the card says nothing to them before its result."""
    entries = [entry for entry in lab.card.log if entry.tag not in ("open", "close")]
    segments = [entry for entry in entries if entry.name == "LoadBoundProfilePackage"]
    cancelled = [entry for entry in entries if entry.tag == "BF41"]
    whole = [entry for entry in entries if entry not in segments + cancelled]
    package = [b"".join(entry.request for entry in segments)] if segments else []
    package += [decoder.cancellation(entry.response) for entry in cancelled]
    result = [entry.response for entry in segments[-1:]]
    names = set()
    for direction, messages in (("request", [entry.request for entry in whole] + package),
                                ("response", [entry.response for entry in whole] + result)):
        assert all(messages)
        for octets, reading in zip(messages, decoder.read(messages, direction)):
            assert reading.problems == [], f"{reading.name}: {octets.hex()}"
            names.add(reading.name)
    return names


def test_the_reader_finds_what_is_wrong():
    short, good = bytes.fromhex("BF2E09800700112233445566"), bytes.fromhex("BF2E128010" + "00" * 16)
    assert [bool(reading.problems) for reading in decoder.read([short, good], "response")] == [True, False]


def test_looking(make_lab):
    panel = Panel(make_lab())
    panel.run(panel.euicc(), EUICC, "Refresh", details=True, notifications=True)
    assert check(panel.lab) >= {"GetEuiccDataRequest", "ProfileInfoListResponse", "EUICCInfo2"}


def test_changing(make_lab):
    panel = Panel(make_lab())
    panel.run(panel.profile(BLUE), PROFILE, "SetNickname", "旅行 2026")
    for iccid, verb, settings in ((ISLAND, "Enable", {}), (ISLAND, "Disable", {}),
                                  (BLUE, "Delete", {"contract-continues": True})):
        panel.run(panel.profile(iccid), PROFILE, verb, **settings)
    panel.run(panel.euicc(), EUICC, "SendNotifications")
    assert check(panel.lab) >= {"EnableProfileResponse", "DisableProfileResponse", "DeleteProfileResponse",
                                "SetNicknameResponse", "RetrieveNotificationsListResponse",
                                "NotificationSentResponse"}


def test_downloading(make_lab):
    panel = Panel(make_lab())
    end(panel, download(panel, panel.lab.smdp.order()))
    panel.wait_card_empty()
    assert check(panel.lab) >= {"AuthenticateServerRequest", "AuthenticateServerResponse", "PrepareDownloadRequest",
                                "PrepareDownloadResponse", "BoundProfilePackage", "ProfileInstallationResult"}


def test_saying_no(make_lab):
    panel = Panel(make_lab())
    order = panel.lab.smdp.order()
    operation = download(panel, order)
    answer(panel, operation, "install-consent", consent=False)
    panel.wait_ended(operation)
    assert reasons(order) == [0]
    assert check(panel.lab) >= {"AuthenticateServerResponse", "CancelSessionRequestEsipa"}


def test_discovering(make_lab):
    panel = Panel(make_lab())
    panel.lab.smds.event("EVENT-1", "smdp.lab.example")
    assert len(panel.run(panel.euicc(), EUICC, "Discover")["orders"]) == 1
    assert check(panel.lab) >= {"EuiccConfiguredAddressesResponse", "AuthenticateServerResponse"}


def test_resetting(make_lab):
    panel = Panel(make_lab())
    panel.run(panel.euicc(), EUICC, "SetDefaultSmdpAddress", "smdp.lab.example")
    panel.run(panel.euicc(), EUICC, "ResetMemory", ("as", ["operational", "default-address"]), eid=panel.lab.card.eid,
              **{"contracts-continue": True})
    assert panel.lab.card.profiles == []
    assert check(panel.lab) >= {"SetDefaultDpAddressResponse", "EuiccMemoryResetResponse"}
