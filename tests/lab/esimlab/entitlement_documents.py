# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documents of an entitlement server (GSMA TS.43), as XML and as JSON, and the manners in which servers write them.

A document is a list of Nodes; a Node has a type and a list of (name, value) and Nodes. Nothing here is careful: what a server
shall write wrongly, it can.
"""

import base64
import json
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

XML_TYPE, JSON_TYPE = "text/vnd.wap.connectivity-xml", "application/json"
EAP_TYPE = "application/vnd.gsma.eap-relay.v1.0+json"
UNITS = {"min": 0, "s": 1, "ds": 2}
SHAPES = ("duplicate", "array", "object", "list")


@dataclass
class Node:
    type: str
    items: list = field(default_factory=list)

    def add(self, name, value):
        """Leave away what is None."""
        if value is not None:
            self.items.append((name, value))
        return self


@dataclass
class Message:
    """What a server asks (MSG): at most two buttons, and a text to be typed beside accepting."""

    title: str = "End this line?"
    text: str = "The line ends with the current period."
    accept: str | None = "End it"
    reject: str | None = "Keep it"
    freetext: bool = False
    hint: str | None = None
    validation: str | None = None  # a regular expression, here in the clear
    failed: str | None = None

    def node(self):
        pattern = self.validation and base64.b64encode(self.validation.encode()).decode()
        made = Node("MSG").add("Title", self.title).add("Message", self.text)
        for name, label in (("Accept", self.accept), ("Reject", self.reject)):
            made.add(f"{name}_btn", "1" if label else "0").add(f"{name}_btn_label", label)
        if self.freetext:
            made.add("Accept_freetext", "1").add("Accept_freetext_hint", self.hint)
            made.add("Accept_freetext_validation", pattern).add("Accept_freetext_validation_failed_error_text", self.failed)
        return made


@dataclass
class Manners:
    """How a server writes.

    form: "json" or "xml". shape: what several PrimaryConfiguration are in JSON: "duplicate" (the key again in one object, as
    in the standard's own example), "array", "object" (the key once where there is one, else an array), "list" (an array of
    objects with the key). bare_ampersand: "&" is not escaped in XML. case: what becomes of names: "as-is", "lower", "upper".
    numbers: integers are numbers in JSON. escaped_slash: "\\/" in JSON. content_type: another one than belongs.
    doctype: something before the root of XML. fill_iccid: "F" behind odd ICCIDs. mark: a byte order mark.
    padding: octets of white space before the document's end.
    """

    form: str = "json"
    shape: str = "duplicate"
    bare_ampersand: bool = False
    case: str = "as-is"
    numbers: bool = False
    escaped_slash: bool = False
    content_type: str | None = None
    doctype: str = ""
    fill_iccid: bool = False
    mark: bool = False
    padding: int = 0
    depth: int = 0

    def write(self, nodes):
        """(content type, octets)"""
        text = self._xml(nodes) if self.form == "xml" else self._json(nodes)
        body = (b"\xef\xbb\xbf" if self.mark else b"") + text.encode() + b" " * self.padding
        return self.content_type or (XML_TYPE if self.form == "xml" else JSON_TYPE), body

    def _name(self, name):
        return {"lower": name.lower(), "upper": name.upper()}.get(self.case, name)

    # XML

    def _quote(self, value):
        if self.bare_ampersand:
            return '"' + str(value).replace("<", "&lt;").replace('"', "&quot;") + '"'
        return quoteattr(str(value))

    def _xml(self, nodes):
        out = ['<?xml version="1.0"?>', self.doctype, '<wap-provisioningdoc version="1.1">']
        out += ['<characteristic type="Deep">'] * self.depth + ["</characteristic>"] * self.depth
        for node in nodes:
            self._xml_node(out, node)
        return "\n".join([*(line for line in out if line), "</wap-provisioningdoc>"]) + "\n"

    def _xml_node(self, out, node):
        out.append(f'<characteristic type="{self._name(node.type)}">')
        for item in node.items:
            if isinstance(item, Node):
                self._xml_node(out, item)
            else:
                out.append(f'<parm name="{self._name(item[0])}" value={self._quote("" if item[1] is None else item[1])}/>')
        out.append("</characteristic>")

    # JSON, by hand: an object here may hold a key twice

    def _json(self, nodes):
        members = [(_json_type(node), self._object(node)) for node in nodes]
        if self.depth:
            members.append(("Deep", "[" * self.depth + "]" * self.depth))
        text = _braces((self._name(name), value) for name, value in members)
        return text.replace("/", "\\/") if self.escaped_slash else text

    def _value(self, value):
        if value is None:
            return "null"
        if self.numbers and str(value).isdigit() and len(str(value)) < 10:
            return str(int(value))
        return json.dumps(str(value))

    def _object(self, node):
        members = []
        for item in node.items:
            if isinstance(item, Node):
                members.append((item.type, item))
            elif not (node.type == "APPLICATION" and item[0] == "AppID"):
                members.append((item[0], self._value(item[1])))
        if node.type == "PrimaryConfigurations":
            return self._configurations(node)
        return _braces((self._name(name), self._object(value) if isinstance(value, Node) else value) for name, value in members)

    def _configurations(self, node):
        made = [self._object(item) for item in node.items]
        name = self._name("PrimaryConfiguration")
        if self.shape == "list":
            return "[" + ",".join(_braces([(name, one)]) for one in made) + "]"
        if self.shape == "array" or (self.shape == "object" and len(made) != 1):
            return _braces([(name, "[" + ",".join(made) + "]")])
        return _braces((name, one) for one in made)


def _json_type(node):
    """A document's first level in JSON: Vers, Token, and applications by their own names."""
    if node.type == "APPLICATION":
        return next((value for name, value in (i for i in node.items if isinstance(i, tuple)) if name == "AppID"), "ap2009")
    return {"VERS": "Vers", "TOKEN": "Token"}.get(node.type, node.type)


def _braces(members):
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members) + "}"


def versions(validity=172800):
    return Node("VERS").add("version", 1).add("validity", validity)


def token(value, validity):
    return Node("TOKEN").add("token", value).add("validity", validity)


def configuration(iccid, status, interval=None, message=None, download=None):
    """interval: (how many, unit), where the server gives one."""
    made = Node("PrimaryConfiguration")
    made.items.append(("ICCID", iccid))  # which may be null, that is a trap
    made.add("ServiceStatus", status)
    if interval:
        made.add("PollingInterval", interval[0]).add("PollingIntervalUnit", UNITS[interval[1]])
    if download:
        made.items.append(Node("DownloadInfo", list(download.items())))
    if message:
        made.items.append(message.node())
    return made
