# SPDX-License-Identifier: LGPL-2.1-or-later
"""The least that a removal can do: every step with its reason.

A step is (name, kind, reason); kind is "apdu" or "channel" (a channel command). Each function of SGP.22 that is
used here fits in one STORE DATA, and GET RESPONSE is not counted.
"""

SESSION = [
    ("open", "channel", "ES10 is spoken on a logical channel that selected the ISD-R (SGP.22, 5.7.1)"),
    ("GetEID", "apdu", "nothing is read from, or done to, another eUICC than the one that is meant"),
]


def preflight():
    """What has to be known before anybody is asked."""
    return [
        *SESSION,
        ("GetEUICCInfo1", "apdu", "once a card: which roots it trusts decides whether the operator can be told"),
        ("GetProfilesInfo", "apdu", "the findings are about the profile as it is now, not as it was"),
    ]


def switch_off():
    """Disabling, and what the refresh that follows makes necessary."""
    return [
        ("DisableProfile", "apdu", "an enabled profile cannot be deleted (SGP.22, 5.7.18)"),
        *[(name, kind, reason + "; the refresh reset the card and took the channel") for name, kind, reason in SESSION],
        ("GetProfilesInfo", "apdu", "the refresh may fail: the list alone shows the profile disabled, and it is the "
                                    "reading before the deletion"),
        ("RetrieveNotificationsList", "apdu", "disabling made notifications, and a full card drops old ones for those "
                                              "of the deletion: on disk before that"),
    ]


def removal(enabled, notifies_disable, notifications):
    """A deregistration with the method "local", answered at once (the session of the preflight is used).

    enabled: whether the profile is the one in use. notifies_disable: whether its metadata name a server to be told
    of its disabling; else there is nothing new to copy. notifications: how many are on the card at the end.
    """
    steps = preflight()
    steps += [
        ("GetProfilesInfo", "apdu", "read again between the consent, which may take days, and the first change"),
        ("RetrieveNotificationsList", "apdu", "a change makes notifications, and a full card drops old ones: on disk "
                                              "before that"),
    ]
    if enabled:
        steps += [step for step in switch_off() if notifies_disable or step[0] != "RetrieveNotificationsList"]
    steps += [
        ("DeleteProfile", "apdu", "what was asked for"),
        ("GetProfilesInfo", "apdu", "seen gone, not believed gone: an answer may be lost or wrong"),
        ("RetrieveNotificationsList", "apdu", "the signed notification of the deletion is the proof, and goes to disk "
                                              "before it is sent"),
    ]
    steps += [("NotificationSent", "apdu", "a notification that was acknowledged leaves the card")] * notifications
    steps += [("close", "channel", "the card has few channels, and others need them")]
    return steps


BLOCK = 255  # octets of a short STORE DATA
DOWNLOAD = [
    ("GetEID", "nothing is loaded onto another eUICC than the one that is meant"),
    ("GetEUICCInfo1", "goes into InitiateAuthentication as it is"),
    ("GetEUICCChallenge", "the same"),
    ("AuthenticateServer", "carries the server's signature and its certificate"),
    ("PrepareDownload", "the same, for the package"),
    ("LoadBoundProfilePackage", "each segment is a chain of its own (SGP.22, 2.5.5)"),
    ("GetProfilesInfo", "the profile seen there, not believed there"),
    ("NotificationSent", "a result that was acknowledged leaves the card"),
]


def download(log):
    """A download that succeeds, its lengths those of `log` (the card's): what has to be sent, once each, and every
    segment, in blocks as large as they can be."""
    steps = []
    for name, reason in DOWNLOAD:
        found = [entry for entry in log if entry.name == name]
        for entry in found if name == "LoadBoundProfilePackage" else found[-1:]:
            steps += [(name, "apdu", reason)] * entry.blocks(BLOCK)
    return steps


def count(steps, kind):
    return sum(1 for step in steps if step[1] == kind)
