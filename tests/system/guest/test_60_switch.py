# SPDX-License-Identifier: LGPL-2.1-or-later
"""When a switch is done, ModemManager shows the new profile, however the modem tells of it, or does not."""

import pytest
from guest import KINDS, esimctl, wait_for

MODES = {"mbim": ["silent", "ready_0_1", "7_0_1", "absent"], "qmi": ["silent", "ready_0_1", "absent", "indication"]}
CASES = [(kind, mode, stale) for kind in KINDS for mode in MODES[kind] for stale in (False,)]
# A modem that goes on showing what it read before the card was changed, until somebody resets its card.
CASES += [(kind, "silent", True) for kind in KINDS]


def shown(guest):
    return [modem["iccid"] for modem in guest.modem_manager.modems()]


@pytest.mark.parametrize("kind, mode, stale", CASES)
def test_modemmanager_shows_the_new_profile_when_it_is_done(guest, kind, mode, stale):
    guest.fresh(kind, refresh_mode=mode, stale_identity=stale)
    profile = next(one for one in guest.card.profiles if not one.enabled)
    guest.esimctl("enable", profile.iccid)
    # At once: this is what the end of the operation says.
    assert shown(guest) == [profile.iccid]
    assert guest.card.active_iccid() == profile.iccid
    wait_for(lambda: [one["state"] for one in guest.modem_manager.modems()] == [8], "registration with the new profile")
    assert shown(guest) == [profile.iccid]


@pytest.mark.parametrize("kind", KINDS)
def test_a_modem_that_goes_away_over_it_shows_the_new_profile_when_it_is_back(guest, kind):
    """The operation may say that the modem went away: what it shows then is right all the same."""
    guest.fresh(kind, refresh_mode="re_enumerates")
    profile = next(one for one in guest.card.profiles if not one.enabled)
    guest.esimctl("enable", profile.iccid, check=False)
    assert guest.card.active_iccid() == profile.iccid
    guest.modem_manager.wait_iccid(profile.iccid)
    wait_for(lambda: [one["state"] for one in guest.list() if one["iccid"] == profile.iccid] == ["enabled"],
             "the new profile on the bus")


@pytest.mark.parametrize("kind", KINDS)
def test_a_card_without_profiles_is_served(guest, kind):
    guest.fresh(kind, profiles=[])
    wait_for(lambda: [one["iccid"] for one in guest.modem_manager.modems()] == [""], "a SIM without ICCID in ModemManager")
    wait_for(lambda: guest.card.eid in esimctl("status"), "the eUICC without profiles")
    assert guest.list() == []
