# SPDX-License-Identifier: LGPL-2.1-or-later
"""A profile's life with each kind of modem: seen, switched, and deregistered to the end."""

import json
import pwd

import pytest
from guest import KINDS, TRUST, WORK, esimctl, esimctl_json, wait_for

NOBODY = pwd.getpwnam("nobody").pw_uid
NOT_AUTHORIZED = 4    # esimctl's exit code


@pytest.fixture(scope="module", params=KINDS)
def modem(guest, request):
    guest.need(request.param)
    guest.fresh(request.param, refresh_mode=guest.plain_mode())
    return guest


def other(card):
    return next(profile for profile in card.profiles if not profile.enabled)


def test_an_unprivileged_user_sees_and_may_not_change(modem):
    """polkit's own answer, with nobody to ask for a password."""
    profile = other(modem.card)
    before = modem.card.state()
    assert profile.iccid in modem.esimctl("list", uid=NOBODY)
    for verb, *rest in (["enable"], ["delete", "--contract-continues"], ["rename", "taken"],
                        ["deregister", "--method", "local", "--yes", "--contract-continues"]):
        done = modem.esimctl(verb, profile.iccid, *rest, uid=NOBODY, check=False)
        assert done.returncode == NOT_AUTHORIZED, (verb, done)
    assert modem.card.state() == before


def test_a_profile_is_enabled(modem):
    profile = other(modem.card)
    modem.esimctl("enable", profile.iccid)
    assert modem.card.active_iccid() == profile.iccid
    assert [one["state"] for one in modem.list() if one["iccid"] == profile.iccid] == ["enabled"]


def test_modemmanager_shows_the_new_profile(modem):
    found = modem.modem_manager.wait_iccid(modem.card.active_iccid())
    assert modem.wire.node().name in found["ports"]


def test_a_profile_is_deregistered_to_the_end(modem):
    profile = next(one for one in modem.card.profiles if one.enabled)
    modem.esimctl("deregister", profile.iccid, "--method", "local", "--reason", "travel-ended", "--yes", "--contract-continues")
    assert modem.card.profile(profile.iccid) is None
    taken = {delivery.notice.address for delivery in modem.smdp.received
             if (delivery.notice.event, delivery.notice.iccid, delivery.notice.eid)
             == ("delete", profile.iccid, modem.card.eid)}
    assert taken == set(profile.recipients("delete"))
    assert not modem.smdp.violations
    record = next(one for one in esimctl_json("deregistrations")
                  if (one["iccid"], one["eid"]) == (profile.iccid, modem.card.eid))
    assert record["stage"] == "completed"
    receipt = WORK / "receipt.json"
    receipt.unlink(missing_ok=True)
    esimctl("receipt", record["id"], "-o", receipt)
    verdict = json.loads(esimctl("receipt", "verify", receipt, "--roots", TRUST, "--eid", modem.card.eid, "--json"))
    assert (verdict["verdict"], verdict["iccid"]) == ("verified", profile.iccid)


def test_the_card_keeps_no_notification_that_was_delivered(modem):
    wait_for(lambda: not modem.card.pending_notifications, "an empty list of notifications")


def test_modemmanager_shows_no_profile_of_the_past(modem):
    """The enabled profile is gone: there is none left that could be shown."""
    wait_for(lambda: [one["iccid"] for one in modem.modem_manager.modems()] in ([], [""]), "a modem without profile")
