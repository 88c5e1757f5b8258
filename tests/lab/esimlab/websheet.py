# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lab Telecom's websheets: pages of the service flow that a device opens, which tell it by JavaScript what became of it.

The object ODSAServiceFlow is the device's (GSMA TS.43, 6.6): a page calls it where it is there, and says in words where not.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl

from .entitlement_web import PAGE_HOST
from .entitlement_words import Speaker, heading, page, text_field

TYPES = (None, "json", "xml")
CALLBACKS = ("selectionCompleted", "finishFlow", "dismissFlow", "deleteToken", "checkProfileServiceStatus",
             "deleteProfileInUse", "profileReadyWithActivationCode", "profileReadyWithDefaultSmdp")
REASONS = ("travel", "price", "other")

# What the answer's `call` names is called when it is there; every page tells what it called in `data-called`.
SCRIPT = """
"use strict";
function tell(name, args) {
  const flow = window.ODSAServiceFlow;
  const there = flow && typeof flow[name] === "function";
  document.body.dataset.called = name;
  document.body.dataset.told = there ? "yes" : "no";
  if (there) flow[name](...(args || []));
}
function show(answer) {
  document.querySelectorAll(".error").forEach(one => { one.textContent = ""; });
  if (answer.errors) {
    for (const [name, words] of Object.entries(answer.errors))
      document.querySelector(`[data-field="${name}"]`).textContent = words;
    return;
  }
  document.title = answer.title;
  document.querySelector("h1").textContent = answer.title;
  document.querySelector(".lead").textContent = answer.lead;
  document.querySelector("form").hidden = true;
  (answer.calls || []).forEach(([name, args]) => tell(name, args));
  if (document.body.dataset.told === "no") {
    const more = document.createElement("p");
    more.className = "lead";
    more.textContent = answer.close;
    document.querySelector("main").append(more);
  }
}
async function send(path) {
  const values = new URLSearchParams(new FormData(document.querySelector("form")));
  const answer = await fetch(path, {method: "POST", body: values});
  if (answer.ok || answer.status === 422) show(await answer.json());
}
document.querySelector("form").addEventListener("submit", event => { event.preventDefault(); send("/end/request"); });
document.getElementById("cancel").addEventListener("click", () => send("/end/cancel"));
"""


@dataclass
class Ticket:
    """A page that was offered to one line, and what became of it: "", "opened", "finished", "dismissed", "delete"."""

    key: str
    line: object
    purpose: str  # "end" or "manage"
    state: str = ""
    reference: str = ""
    reason: str = ""


class Websheets:
    """contents_type: how the device is to bring UserData (None: in the address; "json", "xml": by POST). encoded: the data begin
    with encodedValue= and are base64. ends: what the page does at its end, "finish", "delete" (deleteProfileInUse), or any
    other of CALLBACKS by its name; other_iccid: deleteProfileInUse names that one. tickets: what was offered."""

    def __init__(self, owner):
        self._owner = owner
        self.contents_type, self.encoded, self.ends, self.other_iccid = "json", False, "finish", None
        self.tickets, self.views = [], []

    def address(self, line, purpose):
        """(URL, UserData, ContentsType) for an answer of the entitlement server."""
        ticket = Ticket(secrets.token_urlsafe(18), line, purpose)
        self.tickets.append(ticket)
        told = {"ticket": ticket.key, "msisdn": line.msisdn}
        if self.contents_type == "json":
            data = json.dumps(told)
        elif self.contents_type == "xml":
            data = f'<data><ticket>{ticket.key}</ticket><msisdn>{line.msisdn}</msisdn></data>'
        else:
            data = f"ticket={ticket.key}&lang=any"
        if self.encoded:
            data = "encodedValue=" + base64.b64encode(data.encode()).decode()
        return f"https://{PAGE_HOST}/{purpose}", data, self.contents_type

    def serve(self, method, path, query, headers, body):
        """(status, headers, octets)"""
        say, nonce = Speaker(headers.get("accept-language")), secrets.token_urlsafe(12)
        self.views.append((method, path))
        policy = {"Content-Type": "text/html; charset=utf-8",
                  "Content-Security-Policy": f"default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
                                             "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"}
        if path in ("/end", "/manage") and method in ("GET", "POST"):
            ticket = self._ticket(method, query, headers, body)
            if ticket is None:
                return 403, policy, page(say, "end-title", f"<h1>{say('stale')}</h1>")
            ticket.state = ticket.state or "opened"
            return 200, policy, self._form_page(say, ticket, nonce)
        if method == "POST" and path in ("/end/request", "/end/cancel"):
            told = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            status, answer = self._sent(say, path, told)
            return status, {**policy, "Content-Type": "application/json"}, json.dumps(answer).encode()
        if path == "/not-eligible":
            return 200, policy, page(say, "not-eligible-title", heading(say, "not-eligible-title", "not-eligible-lead"))
        return 404, policy, page(say, "nothing-title", f"<h1>{say('nothing-title')}</h1>")

    def _ticket(self, method, query, headers, body):
        """As it was brought; None where it is not what was asked for."""
        if (method == "GET") != (self.contents_type is None):
            return None
        text = body.decode("utf-8", "replace")
        kind = headers.get("content-type", "")
        if method == "GET":
            key = query.get("ticket")
        elif self.contents_type == "json" and "json" in kind:
            try:
                key = json.loads(text).get("ticket")
            except (ValueError, AttributeError):
                return None
        elif self.contents_type == "xml" and "xml" in kind:
            key = text.partition("<ticket>")[2].partition("</ticket>")[0]
        else:
            return None
        return self.ticket(key)

    def ticket(self, key):
        return next((one for one in self.tickets if one.key == key), None)

    def _form_page(self, say, ticket, nonce):
        purpose = ticket.purpose
        chosen = "".join(f'<option value="{name}">{say("reason-" + name)}</option>' for name in REASONS)
        wrong = {name: f'<p class="error" data-field="{name}"></p>' for name in ("reason", "born", "agree")}
        fields = (f'<input type="hidden" name="ticket" value="{ticket.key}">'
                  f'<div class="field"><label for="reason">{say("reason")}</label><select id="reason" name="reason">'
                  f'<option value=""></option>{chosen}</select>{wrong["reason"]}</div>'
                  + text_field(say, "born", "date", hint="born-hint").removesuffix("</div>") + wrong["born"] + "</div>"
                  f'<div class="field"><div class="check"><input type="checkbox" id="agree" name="agree" value="yes">'
                  f'<label for="agree">{say("agree")}</label></div>{wrong["agree"]}</div>')
        form = (f'<form>{fields}<div class="row"><button id="send">{say("send")}</button>'
                f'<button class="quiet" type="button" id="cancel">{say("cancel")}</button></div></form>')
        line = ticket.line
        lead = "end-lead-short" if purpose == "end" and not line.msisdn else f"{purpose}-lead"
        head = heading(say, f"{purpose}-title", lead, msisdn=line.msisdn, digits=line.iccid[-4:])
        return page(say, f"{purpose}-title", head + form, SCRIPT, nonce)

    def _sent(self, say, path, told):
        """(status, what the page's script is told)"""
        ticket = self.ticket(told.get("ticket", ""))
        if ticket is None or ticket.state not in ("opened", "finished", "delete"):
            return 403, {}
        line, owner = ticket.line, self._owner
        if path == "/end/cancel":
            if ticket.state == "opened":
                ticket.state = "dismissed"
            return 200, self._answer(say, "kept", [["dismissFlow", []]])
        if ticket.state == "opened":
            errors = self._errors(say, line, told)
            if errors:
                return 422, {"errors": errors}
            ticket.reason, ticket.reference = told["reason"], f"LT-{secrets.randbelow(10 ** 8):08d}"
            line.finished_pages += 1
            ticket.state = "delete" if self.ends == "delete" else "finished"
            if self.ends == "delete":
                line.submitted_at, line.waits_for_deletion = line.submitted_at or owner.now(), True
            else:
                line.begin_end(owner.now(), owner.review, owner.after)
        if self.ends == "delete":
            calls = [["deleteProfileInUse", [self.other_iccid or line.iccid, line.msisdn]]]
            return 200, self._answer(say, "delete", calls)
        calls = [["finishFlow" if self.ends == "finish" else self.ends, []]]
        return 200, self._answer(say, "sent", calls, reference=ticket.reference)

    def _errors(self, say, line, told):
        customer = next((one for one in self._owner.customers if one.iccid == line.iccid), None)
        wrong = {name: "missing" for name in ("reason", "born") if not told.get(name)}
        if "born" not in wrong and customer is not None and told["born"] != customer.born:
            wrong["born"] = "born-wrong"
        if told.get("agree") != "yes":
            wrong["agree"] = "agree-wrong"
        return {name: say.plain(words) for name, words in wrong.items()}

    @staticmethod
    def _answer(say, name, calls, **parts):
        return {"title": say.plain(f"{name}-title"), "lead": say.plain(f"{name}-lead", **parts), "calls": calls,
                "close": say.plain("close")}
