# SPDX-License-Identifier: LGPL-2.1-or-later
"""Modems of the field by their names, as esimlab/habits.py has them: each goes the whole way with the daemon, or a person
is told what to do."""

import pytest
from esimlab.daemon import PATIENCE
from esimlab.habits import HABITS
from panel import EUICC, MANAGER, PROFILE, ROOT_PATH, Panel
from ways import AIS, BLUE, ISLAND, check_deregistration, check_enabled

QUICK = {"card": {"linger-milliseconds": "50", "switch-timeout-seconds": "2"}}
# P2 of the SELECT has to be known beforehand for the L850-GL: the first that it does not like is its last.
P2 = {"L850-GL": {"modem lab": {"select-p2": "12"}}}
# An EC20 is an EC25, and takes as long.
SERVED = ["RM502Q-GL", "EP06-E", "EM9191", "EM7590", "EM9291", "EG25-G", "EC25", "L850-GL", "DW5821e-eSIM", "T99W175",
          "X55", "leaked-channels", pytest.param("EC20", marks=pytest.mark.long)]
# What they say, and what a person can do about it.
NOT_SERVED = {
    "EM05-G": ("absent", ["modem"]),
    "L860-GL": ("unsupported", ["firmware", "QMI"]),
    "SIM7600G-H": ("unsupported", ["firmware", "MBIM"]),
    "LE910C4": ("unsupported", ["firmware", "MBIM"]),
    "L850-GL": ("absent", ["restart", "select-p2 = 12"]),
    "leaked-channels-qmi": ("absent", ["channel", "restart the modem"]),
}


def test_none_is_left_out():
    assert {*SERVED[:-1], "EC20", *NOT_SERVED} == set(HABITS)


@pytest.mark.parametrize("name", SERVED)
def test_the_whole_way(make_lab, name):
    panel = Panel(make_lab(modem=name, config={**QUICK, **P2.get(name, {})}))
    lab = panel.lab
    assert panel.get(panel.euicc(), EUICC, "State") == "idle", panel.get(panel.euicc(), EUICC, "Problem")
    assert set(panel.profiles()) == {AIS, BLUE, ISLAND}
    for method, iccid, now in (("Enable", BLUE, BLUE), ("Disable", BLUE, None), ("Enable", AIS, AIS)):
        panel.run(panel.profile(iccid), PROFILE, method)
        check_enabled(panel, now)
    check_deregistration(panel, AIS)
    check_enabled(panel, None)
    assert set(panel.profiles()) == {BLUE, ISLAND}
    assert lab.modem.syncs == 0


@pytest.mark.parametrize("name", NOT_SERVED)
def test_what_a_person_is_told(make_lab, name):
    state, words = NOT_SERVED[name]
    panel = Panel(make_lab(modem=name, config=QUICK))
    # It may be looked at a few times before that is certain.
    panel.client.wait_until(lambda: panel.get(panel.euicc(), EUICC, "State") == state, 10 * PATIENCE)
    seen = panel.client.get_all(panel.euicc(), EUICC)
    assert all(word in seen["Problem"] for word in words), seen["Problem"]
    modem, = panel.client.call(ROOT_PATH, MANAGER, "ListModems")
    assert modem["problem"] == seen["Problem"]
    shown = panel.esimctl("status")
    assert shown.returncode == 0 and words[0] in shown.stdout, (shown.stdout, shown.stderr)
