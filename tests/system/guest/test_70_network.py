# SPDX-License-Identifier: LGPL-2.1-or-later
"""NetworkManager: a connection on request, reads that do not disturb it, and the machine's only way to the network."""

import pytest
from guest import KINDS, esimctl, run, wait_for
from panel import EUICC

NEEDS_ANSWER = 6    # esimctl's exit code


def connections():
    """{uuid: name} of NetworkManager's gsm connections."""
    lines = [line.split(":") for line in run("nmcli", "-t", "-f", "UUID,TYPE,NAME", "connection", "show").splitlines()]
    return {uuid: name for uuid, kind, name in lines if kind == "gsm"}


def of_connection(uuid, field):
    return run("nmcli", "-g", field, "connection", "show", uuid).strip()


@pytest.fixture(scope="module", params=KINDS)
def modem(guest, request):
    for uuid in connections():
        run("nmcli", "connection", "delete", uuid)
    guest.fresh(request.param)
    yield guest
    for uuid in connections():
        run("nmcli", "connection", "delete", uuid)


def active(card):
    return next(profile for profile in card.profiles if profile.enabled)


def test_a_connection_is_made_with_the_profile(modem):
    profile = next(one for one in modem.card.profiles if not one.enabled)
    modem.esimctl("enable", profile.iccid, "--create-connection", "--apn", "lab")
    assert len(connections()) == 1
    uuid = next(iter(connections()))
    assert (of_connection(uuid, "gsm.sim-id"), of_connection(uuid, "gsm.apn")) == (profile.iccid, "lab")
    assert uuid in esimctl("connections")


def test_networkmanager_connects_with_it(modem):
    wait_for(lambda: modem.modem.connected, "a data connection")
    wait_for(lambda: "default" in run("ip", "route"), "the default route over the modem")


def test_data_goes_on_while_the_card_is_read(modem, panel):
    before, octets = modem.modem.data_interruptions, modem.modem.data_octets
    for _ in range(3):
        panel.run(panel.euicc(), EUICC, "Refresh", notifications=True)
    assert modem.modem.connected and modem.modem.data_interruptions == before
    assert modem.modem.data_octets > octets


def test_the_only_way_to_the_network_is_not_cut_without_a_word(modem):
    """esimctl without a terminal has nobody to ask."""
    profile = active(modem.card)
    done = modem.esimctl("disable", profile.iccid, check=False)
    assert done.returncode == NEEDS_ANSWER, done
    assert modem.card.active_iccid() == profile.iccid and modem.modem.connected


def test_a_deregistration_takes_our_connection_and_leaves_others(modem):
    profile = active(modem.card)
    run("nmcli", "connection", "add", "type", "gsm", "con-name", "mine", "ifname", "*", "apn", "own", "autoconnect", "no",
        "gsm.sim-id", profile.iccid)
    assert len(connections()) == 2
    modem.esimctl("deregister", profile.iccid, "--method", "local", "--yes", "--contract-continues", "--allow-disconnect")
    assert modem.card.profile(profile.iccid) is None
    wait_for(lambda: list(connections().values()) == ["mine"], "the end of our connection")


def test_the_list_tells_of_no_connection_of_a_profile_that_is_gone(modem):
    assert all(not one.get("connections") for one in modem.list())
