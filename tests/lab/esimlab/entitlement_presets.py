# SPDX-License-Identifier: LGPL-2.1-or-later
"""How servers that run somewhere were seen to behave, each under a name."""

from .entitlement_requests import COMPANION, PRIMARY, UNSUBSCRIBE

ACTIVATION_CODE = "LPA:1$smdp.lab.example$LAB-TS43-0001"
NAMES = {
    "demonstration": "a demonstration server: a companion's type 1 is done (3) whoever the device is, a primary's is a bad "
                     "operation (101)",
    "ignores-type": "looks at no operation_type: every ManageSubscription brings a profile (2)",
    "polls-ran-out": "status 2 as often as MaxRefreshRequest allows, then 4, whatever became of the line",
    "get-only": "405 to a POST, but of an EAP packet", "no-post": "501 to one", "neither": "405 to a POST and to a GET",
    "no-slash": "400 where JSON has \\/ in it",
    "xml-for-subscriptions": "406 for ManageSubscription where XML is not accepted",
    "version-12": "406 but for version 12.0", "version-8": "406 but for version 8.0", "version-5": "406 but for version 5.0",
    "no-version": "406 whatever the version",
    "no-target": "a bad parameter (102) where a target is named",
    "no-target-at-all": "a bad parameter (102) always",
    "numbers-on-demand": "the line under test is listed under its 19 digits, with an F behind them",
    "bare-ampersand": "XML in which an & stands as it is",
    "case": "names of members in lower case",
}
VERSIONS = {"version-12": {"12.0"}, "version-8": {"8.0"}, "version-5": {"5.0"}, "no-version": set()}
MAX_REFRESH_REQUEST = 3


def apply(server, name):
    """What of a preset is settings alone."""
    if name not in NAMES:
        raise ValueError(f"preset is one of {', '.join(NAMES)}")
    server.presets.add(name)
    if name in VERSIONS:
        server.versions = VERSIONS[name]
    elif name == "bare-ampersand":
        server.manners.form, server.manners.bare_ampersand = "xml", True
    elif name == "case":
        server.manners.case = "lower"
    elif name == "numbers-on-demand":
        server.manners.fill_iccid = True


def refuse(server, asked):
    """The status with which a server refuses a request before it looks at it, or None."""
    names = server.presets
    if "neither" in names:
        return 405
    # EAP packets have no other way than POST.
    if asked.method == "POST" and asked.operation != "eap" and {"get-only", "no-post"} & names:
        return 405 if "get-only" in names else 501
    if "no-slash" in names and b"\\/" in asked.body:
        return 400
    accepted = asked.headers.get("accept", "")
    if "xml-for-subscriptions" in names and asked.operation == "ManageSubscription" and "xml" not in accepted:
        return 406
    return None


def answer(server, asked):
    """What such a server says in the place of what it should, as arguments of an Answer; None for what it should."""
    names, told = server.presets, asked.parameters
    subscription = asked.operation == "ManageSubscription"
    if subscription and "demonstration" in names and asked.operation_type == UNSUBSCRIBE:
        if told.get("app") == COMPANION:
            return {"subscription": 3, "begin": False}
        if told.get("app") == PRIMARY:
            return {"result": 101}
    if subscription and "ignores-type" in names:
        return {"subscription": 2, "download": {"ProfileActivationCode": ACTIVATION_CODE}}
    if subscription and "no-target-at-all" in names:
        return {"result": 102}
    if subscription and "no-target" in names and "target_terminal_iccid" in told:
        return {"result": 102}
    if asked.operation == "AcquireConfiguration" and "polls-ran-out" in names and asked.line is not None \
            and asked.line.submitted_at is not None:
        asked.line.refreshes += 1
        gone = asked.line.refreshes > MAX_REFRESH_REQUEST
        return {"status": 4 if gone else 2, "interval": None if gone else (5, "min")}
    return None
