# SPDX-License-Identifier: LGPL-2.1-or-later
"""Modems of the field by their names: what others have reported of each, as quirks.

None of them was here. Each line says what was seen of that make; where a report leaves a number open, the quirk takes
one of several possible, and says so. `Lab (modem="EG25-G")` and `tools/lab --habit EG25-G` use them.
"""

from . import mbim, qmi
from .modem import MbimModem
from .qmimodem import QmiModem

HABITS = {
    # A channel does not open over MBIM; it does by AT commands, which nobody speaks here. With what status is not known.
    "EM05-G": ("mbim", {"manufacturer": "Quectel", "open_status": mbim.STATUS_FAILURE}),

    # MBIM works.
    "RM502Q-GL": ("mbim", {"manufacturer": "Quectel"}),
    "EP06-E": ("mbim", {"manufacturer": "Quectel"}),
    "EM9191": ("mbim", {"manufacturer": "Sierra Wireless"}),

    # MBIM works, and slot mappings are NO_DEVICE_SUPPORT.
    "EM7590": ("mbim", {"manufacturer": "Sierra Wireless", "knows_mappings": False}),
    "EM9291": ("mbim", {"manufacturer": "Sierra Wireless", "knows_mappings": False}),

    # QMI works. A REFRESH lets the port vanish and come back, refreshFlag = 0 avoids it; catBusy at first. That the modem
    # shows the former profile until the card has been without power, if there was no REFRESH, is our guess.
    "EG25-G": ("qmi", {"manufacturer": "Quectel", "refresh_mode": "re_enumerates", "cat_busy": 1, "stale_identity": True}),

    # A REFRESH looks like a card taken out, and what the modem knew of it stays as it was. That a power cycle of the card
    # helps is our guess.
    "EC25": ("qmi", {"manufacturer": "Quectel", "refresh_mode": "absent", "stale_identity": True}),
    "EC20": ("qmi", {"manufacturer": "Quectel", "refresh_mode": "absent", "stale_identity": True}),

    # The class byte of type EXTENDED, which the card wants of any modem; P2 0x0C alone; Le = 00 after data. The first of
    # them has no slot mappings, and after one failed open no channel can be had until it is reset.
    "L850-GL": ("mbim", {"manufacturer": "Fibocom", "p2_accepted": {0x0C}, "needs_le": True, "single_slot": True,
                         "open_failure_is_final": True}),
    "DW5821e-eSIM": ("mbim", {"manufacturer": "Dell", "p2_accepted": {0x0C}, "needs_le": True}),
    "T99W175": ("mbim", {"manufacturer": "Foxconn", "p2_accepted": {0x0C}, "needs_le": True}),

    # A channel opens, and each APDU on it is for an invalid channel.
    "L860-GL": ("mbim", {"manufacturer": "Fibocom", "apdu_status": mbim.STATUS_INVALID_LOGICAL_CHANNEL}),

    # The first call after a slot switch fails.
    "X55": ("mbim", {"manufacturer": "Qualcomm", "first_command_after_switch_fails": True}),

    # Over QMI, whoever opens a channel gets AccessDenied.
    "SIM7600G-H": ("qmi", {"manufacturer": "SIMCom", "open_status": qmi.ERROR_ACCESS_DENIED}),
    "LE910C4": ("qmi", {"manufacturer": "Telit", "open_status": qmi.ERROR_ACCESS_DENIED}),

    # Any make: three channels lie open from before, and none is left.
    "leaked-channels": ("mbim", {"stale_channels": 3}),
    "leaked-channels-qmi": ("qmi", {"stale_channels": 3}),
}


def habit(name):
    """(transport, quirks) of this modem. ValueError if there is none of this name."""
    if name not in HABITS:
        raise ValueError(f"no modem is called {name}; known are {', '.join(HABITS)}")
    transport, quirks = HABITS[name]
    return transport, {"model": name, **quirks}


def make(name, slots=(), **more):
    """That modem, with these cards in it; `more`: settings of the modem's class, and quirks over its own."""
    transport, quirks = habit(name)
    return (QmiModem if transport == "qmi" else MbimModem)(slots, **{**quirks, **more})
