# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an entitlement server does with an operation, and what it says of it (GSMA TS.43, 6)."""

import re

from . import entitlement_presets as presets
from . import entitlement_requests as requests
from .entitlement_documents import UNITS, Node, configuration, versions
from .entitlement_web import Reply

UNSUBSCRIBE = {"done": 3, "websheet": 1, "message": 8, "delayed": 4, "delete-first": 6, "dismiss": 5, "download": 2,
               "redownload": 7}


class Operations:
    """The part of an Entitlement (`server`) that knows its lines. Under its lock."""

    def __init__(self, server):
        self.server = server

    def answer(self, asked, nodes, what):
        what = {**(presets.answer(self.server, asked) or {}), **what}
        app = Node("APPLICATION").add("AppID", asked.parameters.get("app", "ap2009"))
        name = {"CheckEligibility": "_eligibility", "ManageSubscription": "_manage",
                "AcquireConfiguration": "_configuration"}.get(asked.operation)
        if name is None:
            app.add("OperationResult", what.get("result", 103))
            return self.server.write([versions(), *nodes, app])
        # What is given for one operation says nothing of another.
        raw = getattr(self, name)(asked, app, what)
        if raw is not None:
            return raw
        app.add("GeneralErrorURL", what.get("error_url")).add("GeneralErrorText", what.get("error_text"))
        return self.server.write([versions(), *nodes, app])

    def _eligibility(self, asked, app, what):
        app.add("OperationResult", what.get("result", 1))
        told = what.get("eligibility", self.server.eligibility)
        app.add("PrimaryAppEligibility", told)
        app.add("NotEnabledURL", what.get("not_enabled_url")).add("NotEnabledUserData", what.get("user_data"))
        if what.get("interval"):
            _add_interval(app, what["interval"])

    def _configuration(self, asked, app, what):
        app.add("OperationResult", what.get("result", 1))
        line, state = asked.line, self._state(asked.line)
        if what.get("result", 1) != 1:
            return None
        if state == "garbage":
            return Reply(200, b"<wap-provisioningdoc><characteristic type=", [("Content-Type", "text/html")], words="garbage")
        if state == "absent" and not line.others:
            # Whoever is not in a list is absent only if it is a list of something.
            line.others = [(line.iccid[:-4] + "0990", 1)]
        own = {"absent": [], "null": [(None, 1)], "empty": []}.get(state, [(line.iccid, state)])
        if "configurations" in what:
            listed = what["configurations"]
        elif "status" in what:
            listed = [(line.iccid, what["status"]), *line.others]
        else:
            listed = [*own, *line.others]
        if state == "empty" and not {"configurations", "status"} & set(what):
            return None
        asked.truth = _truth(listed, line.iccid)
        interval = what.get("interval", self.server.interval)
        nodes = []
        for iccid, status in listed:
            told = interval if status == 2 or "interval" in what else None
            shown = iccid + "F" * (len(iccid) % 2) if iccid and self.server.manners.fill_iccid else iccid
            nodes.append(configuration(shown, status, told, what.get("message")))
        app.items.append(Node("PrimaryConfigurations", nodes))

    def _state(self, line):
        if line.waits_for_deletion and self.server.deleted(line.iccid):
            line.waits_for_deletion = False
            line.timeline = [(self.server.now() + self.server.deletion_lag, "absent")]
        return line.at(self.server.now())

    def _manage(self, asked, app, what):
        told = asked.operation_type
        if told == requests.UNSUBSCRIBE:
            return self._end(asked, app, what)
        if told == requests.CHANGE:
            app.add("OperationResult", what.get("result", 1))
            if what.get("result", 1) == 1:
                self._add_result(app, asked, {"subscription": 1, **what}, "manage")
            return None
        if {"result", "subscription"} & set(what):
            app.add("OperationResult", what.get("result", 1))
            self._add_result(app, asked, what, "manage")
            return None
        app.add("OperationResult", 103)
        return None

    def _end(self, asked, app, what):
        """operation_type 1: what the whole server is for."""
        line, told = asked.line, asked.parameters
        if not requests.same_iccid(asked.iccid, line.iccid):
            self.server.find(asked, f"the end of {asked.iccid} with the token of {line.iccid}")
            app.add("OperationResult", 102)
            return
        is_reply, made = "MSG_btn" in told, None
        if not is_reply:
            made = self.server.submit(asked)
        elif line.asked is None:
            self.server.find(asked, "the answer to a question that is not open")
        result = what.get("result", 1)
        if is_reply and not {"result", "subscription"} & set(what):
            result, what = self._judge_reply(asked, line, what)
        app.add("OperationResult", result)
        if result != 1:
            return
        subscription = asked.truth = what.get("subscription", UNSUBSCRIBE[self.server.unsubscribe])
        if made is not None:
            made.taken, made.result = True, subscription
        if subscription in (3, 4) and what.get("begin", True):
            line.begin_end(self.server.now(), self.server.review, self.server.after)
        elif subscription == 6:
            line.submitted_at, line.waits_for_deletion = line.submitted_at or self.server.now(), True
        self._add_result(app, asked, {**what, "subscription": subscription}, "end")

    def _judge_reply(self, asked, line, what):
        """(OperationResult, what else) for the answer to a MSG."""
        told, message = asked.parameters, line.asked
        self.server.replies.append((asked.at, line.iccid, str(told["MSG_btn"]), told.get("MSG_response")))
        if str(told["MSG_btn"]) != "1":
            line.asked = None
            return 1, {**what, "subscription": 5}
        text = told.get("MSG_response")
        if message is not None and not message.freetext and text is not None:
            self.server.find(asked, "MSG_response where no text was asked for")
        if message is not None and message.freetext and not _matches(message, text):
            return 104, what
        line.asked = None
        return 1, {**what, "subscription": 3}

    def _add_result(self, app, asked, what, page):
        subscription = what.get("subscription")
        app.add("SubscriptionResult", subscription)
        url, data, kind = what.get("url"), what.get("user_data"), what.get("contents_type")
        if subscription == 1 and url is None:
            url, data, kind = self.server.websheets.address(asked.line, page)
        app.add("SubscriptionServiceURL", url).add("SubscriptionServiceUserData", data)
        app.add("SubscriptionServiceContentsType", kind)
        if subscription == 8:
            asked.line.asked = what.get("message", self.server.message)
            app.items.append(asked.line.asked.node())
        if what.get("download") or subscription in (2, 7):
            download = what.get("download") or {"ProfileActivationCode": presets.ACTIVATION_CODE}
            app.items.append(Node("DownloadInfo", list(download.items())))


def _truth(listed, iccid):
    """What a list says of this line, in one word: "nothing" where it says two things or nothing that can be relied on. An entry
    without an ICCID takes the worth from what speaks against the line, and none from what speaks for it."""
    found = {status for told, status in listed if told is not None and requests.same_iccid(told, iccid)}
    if any(told is None for told, _ in listed):
        return found.pop() if found in ({1}, {2}) else "nothing"
    if not found:
        return "absent" if listed else "nothing"
    status = found.pop()
    return status if not found and status in (1, 2, 3, 4) else "nothing"


def _matches(message, text):
    return bool(text) and (message.validation is None or re.fullmatch(message.validation, str(text)) is not None)


def _add_interval(node, interval):
    node.add("PollingInterval", interval[0]).add("PollingIntervalUnit", UNITS[interval[1]])
