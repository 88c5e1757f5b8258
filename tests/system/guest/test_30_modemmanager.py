# SPDX-License-Identifier: LGPL-2.1-or-later
"""ModemManager and the tools of libmbim and libqmi take the modem for a real one, of each kind."""

import pytest
from guest import KINDS, run, wait_for


@pytest.fixture(scope="module", params=KINDS)
def modem(guest, request):
    guest.make_modem(request.param)
    guest.plug()
    return guest


def test_it_is_shown_with_its_sim_and_registers(modem):
    modem.modem_manager.wait_iccid(modem.card.active_iccid())
    registered = wait_for(lambda: [one for one in modem.modem_manager.modems() if one["state"] == 8], "registration")
    assert modem.wire.node().name in registered[0]["ports"]


def test_the_command_line_tool_speaks_with_it(modem):
    node = modem.wire.node()
    if modem.kind == "mbim":
        assert modem.card.active_iccid() in run("mbimcli", "-p", "-d", node, "--query-subscriber-ready-status")
    else:
        assert "euicc" in run("qmicli", "-p", "-d", node, "--uim-get-slot-status").lower()
