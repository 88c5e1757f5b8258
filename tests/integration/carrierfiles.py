# SPDX-License-Identifier: LGPL-2.1-or-later
"""Entries of a carrier directory for tests, invented: what is known of carriers that do not exist."""

HOST = "portal.lab.example"
LOGIN = f"https://{HOST}/login"
RECOVERY = f"https://{HOST}/forgotten"
FORM = f"https://{HOST}/end"
STATUS = f"https://{HOST}/progress"
STOP = f"https://{HOST}/done"
SOURCE = {"title": "A page of the laboratory", "checked": "2026-11-22", "sure": "A", "stored-copy": "true"}


def text_of(groups):
    """The file of {group: {key: value}}; a group of None is left out."""
    lines = ["# SPDX-License-Identifier: LGPL-2.1-or-later"]
    for group, keys in groups.items():
        if keys is not None:
            lines += [f"[{group}]", *(f"{key}={value}" for key, value in keys.items() if value is not None), ""]
    return "\n".join(lines)


def entry(name, match, groups=(), **more):
    """The groups of a carrier that `match` fits; `groups` are facts, which get their source here."""
    head = {"format": "1", "id": name, "name": name.title(), "name[zh_CN]": f"{name} 电信", "country": "TH",
            "kind": "operator", **more}
    facts = {group: keys if keys is None or group.startswith(("plan ", "source ")) else {"source": "page", **keys}
             for group, keys in dict(groups).items()}
    return {"carrier": head, "source page": SOURCE, "match owner": {**match, "source": "page"}, **facts}


WEB = {
    "plan monthly": {"kind": "postpaid", "name": "Monthly bill", "name[zh_CN]": "月结"},
    "plan topup": {"kind": "prepaid", "name": "Prepaid"},
    "ending": {"method": "portal", "by": "request", "ends-by-itself": "false", "plans": "monthly"},
    "channel site": {"type": "web", "url": f"https://{HOST}/", "hosts": f"{HOST};sso.lab.example",
                     "login-url": LOGIN, "recovery-url": RECOVERY, "form-url": FORM, "status-url": STATUS,
                     "stop-url": STOP, "text": "The page of the laboratory."},
    "channel hotline": {"type": "phone", "numbers": "1175", "numbers-from-abroad": "+6622719000",
                        "hours": "mon-fri 09:00-18:00", "text": "Call."},
    "step 1": {"order": "1", "channel": "site", "bring": "account-login;phone-number", "text": "Log in."},
    "step 2": {"order": "2", "channel": "site", "bring": "owner-name", "returns": "reference;effective-date",
               "text": "Fill in the form.", "text[zh_CN]": "填写表格。"},
    "processing": {"working-days-min": "1", "working-days-max": "3"},
    "calendar": {"time-zone": "Asia/Bangkok", "weekend": "sat;sun", "holidays": "working"},
}
PHONE = {
    "plan monthly": {"kind": "postpaid", "name": "Monthly bill"},
    "ending": {"method": "portal", "by": "request"},
    "channel call": {"type": "phone", "exclusive": "true", "numbers": "0120000000",
                     "numbers-from-abroad": "+81300000000", "hours": "mon-sun 00:00-24:00", "text": "Call."},
    "step 1": {"order": "1", "channel": "call", "bring": "birth-date", "returns": "reference", "text": "Call them."},
    "calendar": {"time-zone": "Asia/Tokyo", "weekend": "sat;sun"},
}
# Everything that a preflight could have a word about.
EVERYTHING = {
    **WEB,
    "plan topup": None,
    "bundle family": {"type": "family", "split-first": "true", "text": "Other lines end with it."},
    "notice": {"length": "P1M", "anchor": "term-end", "fee-within-term": "true", "text": "A month."},
    "credit": {"treatment": "forfeited", "text": "The rest is lost."},
    "final-bill": {"charge": "whole-month", "instalments-due": "true", "text": "The device is due."},
    "automatic-payment": {"switched-off-apart": "true", "text": "Stop it yourself."},
    "porting code": {"code": "PAC", "ends-contract": "true", "text": "Take the number elsewhere."},
    "abroad": {"possible": "false", "text": "From the country alone."},
    "add-on": {"ends-contract": "false", "text": "Stopping a package ends nothing."},
    "lost": {"what": "number;credit", "text": "They are gone."},
    "accounts": {"still-send-codes": "true", "text": "Codes still come to it."},
    "reissue": {"possible": "true", "keeps-number": "true", "text": "A new eSIM keeps it."},
}
OLD = {**SOURCE, "checked": "2020-01-01"}
LAB_OWNER = {"mccmnc": "00101", "gid1": "4C"}
ISLAND_OWNER = {"mccmnc": "00102", "service-provider": "Island Mobile"}


def write(folder, *entries):
    """Write each entry into the folder, which is made; its path as a value of `[carriers] folders`."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    for one in entries:
        (folder / f"{one['carrier']['id']}.conf").write_text(text_of(one), encoding="utf-8")
    return f"{folder};"


def usual(folder):
    """Lab Telecom, with a page, a login and two plans; Island Mobile, that is called."""
    return write(folder, entry("labtel", LAB_OWNER, WEB), entry("island", ISLAND_OWNER, PHONE))
