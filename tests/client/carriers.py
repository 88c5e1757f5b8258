# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small carrier directory for the service of mock.py, with everything that a client has to show."""
import gi

gi.require_version("Gio", "2.0")
from gi.repository import GLib  # noqa: E402


def dictionary(**values):
    return {key.replace("_", "-"): value for key, value in values.items()}


def text(en, zh=None, **more):
    return GLib.Variant("a{ss}", {"": en, **({"zh_CN": zh} if zh else {}), **more})


def string(value):
    return GLib.Variant("s", value)


def strings(*values):
    return GLib.Variant("as", values)


def boolean(value):
    return GLib.Variant("b", value)


def dictionaries(*values):
    return GLib.Variant("aa{sv}", values)


def source(title, sure, old=False, stored=True):
    return dictionary(title=string(title), url=string("https://www.example.com/end"), checked=string("2026-11-22"),
                      sure=string(sure), stored_copy=boolean(stored), old=boolean(old))


def fact(topic, values, *, name="", plans=(), conflict="", unknown=(), sources=None):
    return dictionary(topic=string(topic), id=string(name), plans=strings(*plans), conflict=string(conflict),
                      values=GLib.Variant("a{sv}", values), unknown=strings(*unknown),
                      sources=dictionaries(*(sources or [source("A page", "A")])))


HEAD = dictionary(id=string("ais-th"), name=text("AIS", "泰国 AIS", th="เอไอเอส"), kind=string("operator"),
                  country=string("TH"), checked=string("2026-11-22"))
SUMMARY = {**HEAD, "plans": strings("postpaid", "prepaid")}
OTHER = {**SUMMARY, "id": string("other-th"), "name": text("Other")}

CARRIER = {
    **HEAD,
    "unknown": strings("abroad"),
    "matches": dictionaries(dictionary(mccmnc=strings("52001"), sources=dictionaries(source("A page", "A")))),
    "plans": dictionaries(
        dictionary(id=string("postpaid"), kind=string("postpaid"), name=text("Monthly bill", "月结"),
                   unknown=strings("notice", "abroad")),
        dictionary(id=string("prepaid"), kind=string("prepaid"), name=GLib.Variant("a{ss}", {}),
                   unknown=strings("abroad"))),
    "facts": dictionaries(
        fact("channel", dictionary(text=text("In person.\x1b[2J", "本人办理。"), type=string("shop"),
                                   exclusive=boolean(True)),
             name="shop", plans=["postpaid"], unknown=["hours"], sources=[source("A page", "C", old=True)]),
        fact("channel", dictionary(type=string("web"), **{f"{word}_url": string(f"https://www.example.com/{word}")
                                                          for word in ("login", "recovery", "form", "status", "stop")}),
             name="web", plans=["prepaid"]),
        fact("notice", dictionary(length=string("P30D"), anchor=string("request")), plans=["prepaid"],
             sources=[source("A page", "A", stored=False)]),
        fact("final-bill", dictionary(charge=string("none")), name="a", conflict="fee"),
        fact("final-bill", dictionary(fee=string("1100 JPY")), name="b", conflict="fee")),
}


def result(verdict, by, *candidates, **more):
    return GLib.Variant("(a{sv})", ({"verdict": string(verdict), "by": string(by),
                                     "candidates": dictionaries(*candidates), **more},))


def look_up(options):
    """LookUpCarrier: None if there is no such carrier."""
    if options.get("id") == "ais-th":
        return result("found", "id", SUMMARY, carrier=GLib.Variant("a{sv}", CARRIER))
    if "id" in options:
        return None
    if "profile" in options or options.get("mccmnc") == "52001":
        return result("found", "owner", SUMMARY, carrier=GLib.Variant("a{sv}", CARRIER))
    if options.get("mccmnc") == "44010":
        return result("question", "owner", SUMMARY, OTHER)
    return result("none", "")


def check(content):
    """CheckCarrierFile: a file with the word "wrong" in it is wrong."""
    if "wrong" not in content:
        return GLib.Variant("(aa{sv})", ([],))
    return GLib.Variant("(aa{sv})", ([dictionary(line=GLib.Variant("u", 3), group=string("notice"),
                                                 key=string("length"), message=string("must be a period: P30D"))],))
