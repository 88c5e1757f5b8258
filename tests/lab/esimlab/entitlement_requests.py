# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a client asks an entitlement server, and what is wrong with how it asks (GSMA TS.43, 2.3 and 6; RCC.14 for the form)."""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from .entitlement_documents import EAP_TYPE, JSON_TYPE

OPERATIONS = ("CheckEligibility", "ManageSubscription", "ManageService", "AcquireConfiguration", "AcquirePlan",
              "AcquireTemporaryToken", "GetPhoneNumber", "VerifyPhoneNumber", "GetSubscriberInfo")
PRIMARY, COMPANION = "ap2009", "ap2006"
SUBSCRIBE, UNSUBSCRIBE, CHANGE = 0, 1, 2
AGENT = re.compile(r"PRD-TS43 term-[^\s/]+/[^\s/]+ client-[A-Za-z][A-Za-z-]*/(\S+) OS-[^\s/]+/[^\s/]+")
CLIENT_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}")
EAP_ID = re.compile(r"0(\d{14,15})@nai\.epc\.mnc(\d{3})\.mcc(\d{3})\.3gppnetwork\.org")
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*(;q=[01](\.\d{1,3})?)?(\s*,\s*([A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*|\*)"
                      r"(;q=[01](\.\d{1,3})?)?)*")
# Each of these stands for who asks; a request has one of them.
CREDENTIALS = ("token", "temporary_token", "operator_token", "EAP_ID", "msisdn", "OTP")
SECRET = ("token", "temporary_token", "operator_token", "OTP", "EAP_ID", "IMSI")
ALWAYS = ("terminal_id", "entitlement_version", "vers", "app", "terminal_vendor", "terminal_model", "terminal_sw_version")
# RCC.14: the IMEI, or where that is not known a UUID.
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
FORMS = {
    "terminal_id": rf"\d{{14,16}}|{UUID}", "entitlement_version": r"\d{1,2}\.\d{1,2}", "vers": r"-?\d{1,9}", "app": r"ap2\d{3}",
    "app_name": r"\S[^\r\n]{0,63}", "app_version": r"\S{1,32}",
    # RCC.14 leaves so much room, and servers refuse more.
    "terminal_vendor": r"\S{1,4}", "terminal_model": r"\S{1,10}", "terminal_sw_version": r"\S{1,20}",
    "operation": "|".join(OPERATIONS), "operation_type": r"\d{1,2}", "IMSI": r"\d{14,15}", "msisdn": r"\+?\d{6,15}",
    "terminal_iccid": r"\d{18,20}", "terminal_eid": r"\d{32}", "target_terminal_iccid": r"\d{18,20}",
    "target_terminal_eid": r"\d{32}", "target_terminal_id": r"\d{14,16}", "MSG_btn": "[01]", "notif_action": r"\d",
    "GID1": "[0-9A-Fa-f]{2,32}", "GID2": "[0-9A-Fa-f]{2,32}", "redownloadable_profile": "[01]",
}
KNOWN = {*FORMS, *CREDENTIALS, *ALWAYS, "operation_targets", "old_terminal_id", "old_terminal_iccid", "companion_terminal_id",
         "companion_terminal_vendor", "companion_terminal_model", "companion_terminal_sw_version", "companion_terminal_iccid",
         "companion_terminal_eid", "companion_terminal_friendly_name", "companion_terminal_service", "plan_id", "MSG_response",
         "notif_token", "terminal_sw_version", "requestor_id", "access_token"}


class BadRequest(Exception):
    """A server cannot make anything of it."""


@dataclass
class Asked:
    """One request. operation: one of OPERATIONS, or "authenticate", "eap", "redeem", "number", "code", "page", "nothing".

    status: what was answered, 0 for nothing. answered: in words, for a person who reads a failed test.
    """

    number: int
    method: str
    host: str
    path: str
    headers: dict
    body: bytes
    at: datetime
    parameters: dict = field(default_factory=dict)
    operation: str = "nothing"
    eap: bytes | None = None
    session: object = None
    line: object = None
    status: int = 0
    answered: str = ""
    sent: bytes = b""
    told: bool = False  # the answer went out whole, as a document
    truth: object = "nothing"  # what it said of the line: a status, "absent", a SubscriptionResult, "nothing"
    location: str | None = None

    @property
    def operation_type(self):
        told = str(self.parameters.get("operation_type", ""))
        return int(told) if told.isdigit() else None

    @property
    def iccid(self):
        """The line that it is about, as digits without filling."""
        told = self.parameters.get("target_terminal_iccid") or self.parameters.get("terminal_iccid") or ""
        return str(told).rstrip("Ff")

    @property
    def is_submission(self):
        """A request to end a line, other than the answer to a question about one."""
        return self.operation == "ManageSubscription" and self.operation_type == UNSUBSCRIBE and "MSG_btn" not in self.parameters


def same_iccid(one, other):
    """19 digits are the 20 without the check digit."""
    short, long = sorted((one.rstrip("Ff"), other.rstrip("Ff")), key=len)
    return bool(short) and (short == long or (len(short) == 19 and len(long) == 20 and long.startswith(short)))


def _pairs(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise BadRequest("a member of the object stands there twice")
    return dict(pairs)


def read(asked, callback_path):
    """Fill in parameters, eap and operation. BadRequest if that cannot be done."""
    parts = urlsplit(asked.path)
    kind = asked.headers.get("content-type", "").split(";")[0].strip().lower()
    if asked.method == "POST":
        try:
            told = json.loads(asked.body.decode(), object_pairs_hook=_pairs)
        except ValueError as error:
            raise BadRequest(f"the body is no JSON: {error}") from error
        if not isinstance(told, dict):
            raise BadRequest("the body is no object of JSON")
        asked.parameters = told
    else:
        asked.parameters = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.path == callback_path:
        asked.operation = "redeem"
    elif "eap-relay-packet" in asked.parameters:
        asked.operation = "eap"
        if kind != EAP_TYPE:
            raise BadRequest(f"an EAP packet as {kind or 'nothing'}")
        try:
            asked.eap = base64.b64decode(asked.parameters["eap-relay-packet"], validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise BadRequest("the EAP packet is no base64") from error
    elif "OTP" in asked.parameters:
        asked.operation = "code"
    elif "token" in asked.parameters:
        asked.operation = str(asked.parameters.get("operation", "nothing"))
    elif "msisdn" in asked.parameters:
        asked.operation = "number"
    else:
        asked.operation = "authenticate"


def find_faults(asked, hosts, post_refused):
    """What is wrong with a request, in words. post_refused: this server takes no POST, so that a token may stand in an address."""
    yield from _header_faults(asked, hosts)
    if asked.operation in ("redeem", "eap"):
        if asked.operation == "eap" and set(asked.parameters) != {"eap-relay-packet"}:
            yield "more than the packet stands beside an EAP packet"
        return
    yield from _parameter_faults(asked)
    if asked.method == "GET" and not post_refused:
        yield from (f"{name} in an address" for name in SECRET if name in asked.parameters)
    if asked.operation in OPERATIONS:
        yield from _operation_faults(asked)


def _header_faults(asked, hosts):
    told = asked.headers
    agent = AGENT.fullmatch(told.get("user-agent", ""))
    if agent is None:
        yield f"User-Agent: {told.get('user-agent', 'none')}"
    elif not CLIENT_VERSION.fullmatch(agent.group(1)):
        yield f"User-Agent: the client's version {agent.group(1)}"
    if not LANGUAGE.fullmatch(told.get("accept-language", "")):
        yield f"Accept-Language: {told.get('accept-language', 'none')}"
    accepted = [part.split(";")[0].strip() for part in told.get("accept", "").split(",")]
    if asked.operation in ("authenticate", "eap") and EAP_TYPE not in accepted:
        yield f"Accept without {EAP_TYPE}: {told.get('accept', 'none')}"
    if not {"text/vnd.wap.connectivity-xml", JSON_TYPE} & set(accepted):
        yield f"Accept names no document: {told.get('accept', 'none')}"
    kind = told.get("content-type", "").split(";")[0].strip().lower()
    wanted = EAP_TYPE if asked.operation == "eap" else JSON_TYPE
    if asked.method == "POST" and kind != wanted:
        yield f"Content-Type: {kind or 'none'} instead of {wanted}"
    if asked.method == "GET" and asked.body:
        yield "GET with a body"
    for name in ("referer", "origin", "x-requested-with"):
        if name in told:
            yield f"{name}: {told[name]}"
    if "expect" in told:
        yield f"Expect: {told['expect']}"
    if told.get("host", "").rsplit(":", 1)[0] not in hosts:
        yield f"Host: {told.get('host', 'none')}"
    if asked.method == "POST" and b"\\/" in asked.body:
        yield "\\/ in JSON, which some servers refuse"


def _parameter_faults(asked):
    told = asked.parameters
    yield from (f"{name} is missing" for name in ALWAYS if name not in told)
    yield from (f"{name} is no parameter" for name in told if name not in KNOWN)
    for name, value in told.items():
        if isinstance(value, (dict, list, bool)) or value is None:
            yield f"{name} is neither words nor a number"
        elif str(value) == "":
            yield f"{name} is empty"
        elif name in FORMS and not re.fullmatch(FORMS[name], str(value)):
            yield f"{name}: {value}"
    count = [name for name in CREDENTIALS if name in told]
    if asked.operation != "nothing" and len(count) != 1 and not (asked.operation == "authenticate" and not count):
        yield f"credentials: {', '.join(count) or 'none'}"
    if "EAP_ID" in told:
        found = EAP_ID.fullmatch(str(told["EAP_ID"]))
        if found is None:
            yield f"EAP_ID: {told['EAP_ID']}"
        elif not found.group(1).startswith(found.group(3)):
            yield f"EAP_ID of another country: {told['EAP_ID']}"
    if ("notif_token" in told) != ("notif_action" in told):
        yield "notif_token and notif_action go together"


def _operation_faults(asked):
    told = asked.parameters
    if told.get("app") not in (PRIMARY, COMPANION):
        yield f"{asked.operation} of {told.get('app')}"
    if asked.operation in ("ManageSubscription", "AcquireConfiguration") and told.get("app") == PRIMARY:
        yield from (f"{asked.operation} without {name}" for name in ("terminal_iccid", "terminal_eid") if name not in told)
    if ("operation_type" in told) != (asked.operation in ("ManageSubscription", "ManageService")):
        yield f"operation_type in {asked.operation}" if "operation_type" in told else f"{asked.operation} without operation_type"
    if ("target_terminal_iccid" in told) != ("target_terminal_eid" in told):
        yield "half a target"
    if "MSG_response" in told and str(told.get("MSG_btn")) != "1":
        yield "MSG_response without acceptance"
    if {"MSG_btn", "MSG_response"} & set(told) and asked.operation not in ("ManageSubscription", "AcquireConfiguration"):
        yield f"MSG_btn in {asked.operation}"
