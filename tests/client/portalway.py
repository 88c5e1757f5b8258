# SPDX-License-Identifier: LGPL-2.1-or-later
"""A deregistration by the carrier's own way, as the contract has it, for the service of mock.py.

The world says under "portal" how it goes: "carriers" and "plans" to ask for (lists of [value, {locale: label}]),
"login" (a page with a login), "request" (what open-page/request says besides), "tasks", "contact", "late" (the answer is
overdue), "hold" (what keeps a confirmed one waiting), "notice-days" (None: what was answered counts).
"""
import datetime
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import GLib  # noqa: E402

DAY = 86400
MISSING = ("identity-document", "account-pin", "contract-number", "phone-number", "bank-account", "other")
HOSTS = ["www.example.com", "login.example.com"]
LOGIN = {"address": "https://login.example.com/in", "recovery-address": "https://login.example.com/forgotten",
         "allowed-hosts": HOSTS, "stop-at": "", "bring": ["account-login"]}
REQUEST = {"address": "https://www.example.com/end?a=1&b=2", "recovery-address": "", "allowed-hosts": HOSTS, "stop-at": "",
           "bring": ["identity-document", "phone-number"], "returns": ["reference", "effective-date", "document"]}


class Wrong(Exception):
    """An answer that is not one; the words name the key."""


def texts(value):
    return GLib.Variant("a{ss}", value if isinstance(value, dict) else {"": value})


def plain(value):
    """A value of the world as a variant."""
    if isinstance(value, GLib.Variant):
        return value
    if isinstance(value, bool):
        return GLib.Variant("b", value)
    if isinstance(value, str):
        return GLib.Variant("s", value)
    if isinstance(value, int):
        return GLib.Variant("x", value)
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return GLib.Variant("aa{sv}", [entry(item) for item in value])
    if isinstance(value, list):
        return GLib.Variant("as", value)
    if isinstance(value, dict):
        return GLib.Variant("a{ss}", value)
    raise TypeError(repr(value))


def entry(values):
    """A dictionary of the world: a dictionary in it is a text by locale."""
    return {key: plain(value) for key, value in values.items()}


def described(key, value):
    """A member of Describe as a world has it: dictionaries but a text by locale are a{sv}."""
    if key in ("carrier", "contact", "evidence", "refusal", "question"):
        return GLib.Variant("a{sv}", entry(value))
    if key == "history":
        return GLib.Variant("aa{sv}", [{**entry({k: v for k, v in one.items() if k != "parameters"}),
                                        "parameters": GLib.Variant("a{sv}", entry(one.get("parameters", {})))}
                                       for one in value])
    return plain(value)


def day(text, key):
    try:
        found = datetime.datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=datetime.timezone.utc)
    except (TypeError, ValueError):
        raise Wrong(f"{key}: {text!r} is no day") from None
    if found.year < 2000 or found.timestamp() > time.time() + 5 * 366 * DAY:
        raise Wrong(f"{key}: {text} is too far away")
    return int(found.timestamp())


class Portal:
    """tell(properties, description) changes the object; remove() goes on to the removal of the profile."""

    def __init__(self, options, world, tell, remove, iccid_alone):
        self.options, self.world, self.tell, self.remove = options, world, tell, remove
        self.iccid_alone = iccid_alone
        self.stage, self.question, self.asked = "preparing", None, 0
        self.history = []
        self.told = {}

    # what is said
    def say(self, stage=None, **more):
        if stage:
            self.stage = stage
        order = ["preflight", "consent", "identity", "submit", "review", "await-end"]
        if not self.iccid_alone:
            order += ["save-notifications", "disable", "delete", "verify", "remove-connections", "notify"]
        at = {"preparing": 1, "verifying-identity": 2, "submitting": 3, "submission-unknown": 3, "in-review": 4,
              "confirmed": 5, "awaiting-end": 5}.get(self.stage, 6)
        now = int(time.time())
        steps = [{"step": GLib.Variant("s", name), "time": GLib.Variant("x", now if i <= at else 0),
                  "state": GLib.Variant("s", "done" if i < at else "waiting" if i == at else "pending")}
                 for i, name in enumerate(order)]
        description = {"stage": GLib.Variant("s", self.stage), "steps": GLib.Variant("aa{sv}", steps),
                       "history": GLib.Variant("aa{sv}", self.history), **{k: plain(v) for k, v in more.items()}}
        self.told.update(description)
        self.tell({"Stage": self.stage}, description)

    def ask(self, kind, subject, due=True, **more):
        self.asked += 1
        self.question = (self.asked, kind, subject)
        question = {"id": GLib.Variant("u", self.asked), "type": GLib.Variant("s", kind),
                    "subject": GLib.Variant("s", subject), "due": GLib.Variant("b", due),
                    "message": GLib.Variant("s", f"Asked: {kind}/{subject}."), **entry(more)}
        self.tell({"NeedsInput": due}, {"question": GLib.Variant("a{sv}", question)})

    def ask_nothing(self):
        self.question = None
        self.tell({"NeedsInput": False}, {"question": None})

    def note(self, code, **parameters):
        self.history.append({"time": GLib.Variant("x", int(time.time())), "code": GLib.Variant("s", code),
                             "parameters": GLib.Variant("a{sv}", entry(parameters))})

    # the way
    def begin(self):
        self.note("requested", reason=self.options.get("reason", "other"))
        self.say(tasks=self.world.get("tasks", []), **(
            {"contact": GLib.Variant("a{sv}", entry(self.world["contact"]))} if "contact" in self.world else {}))
        self.prepare()

    def choices(self, name, entries):
        fields = [{"name": GLib.Variant("s", name), "type": GLib.Variant("s", "choice"),
                   "required": GLib.Variant("b", True), "choices": GLib.Variant("aa{sv}", [
                       {"value": GLib.Variant("s", value), "label": texts(label)} for value, label in entries])}]
        return GLib.Variant("aa{sv}", fields)

    def prepare(self):
        if self.world.get("carriers") and "carrier" not in self.options:
            return self.ask("carrier-question", "carrier", fields=self.choices("carrier", self.world["carriers"]))
        if self.world.get("plans") and "plan" not in self.options:
            return self.ask("carrier-question", "plan", fields=self.choices("plan", self.world["plans"]))
        return self.ask("consent", "portal")

    def submit(self):
        reason = {"reason": self.options.get("reason", "other"), "reason-text": self.options.get("reason-text", "")}
        self.say("submitting")
        self.ask("open-page", "request", **{**REQUEST, **self.world.get("request", {}), **reason})

    def attest_submission(self, stage="submitting"):
        self.say(stage)
        self.ask("attest", "submission", returns=REQUEST["returns"], reason=self.options.get("reason", "other"),
                 **{"reason-text": self.options.get("reason-text", "")})

    def review(self, due=False):
        late = bool(self.world.get("late"))
        self.say("in-review", review="late" if late else "waiting")
        self.ask("attest", "outcome", due=due or late, returns=REQUEST["returns"], **{
            "status-address": self.world.get("status-address", "https://www.example.com/progress"),
            "allowed-hosts": HOSTS})

    def end(self, effective):
        self.told["effective-at"] = GLib.Variant("x", effective + DAY)
        if self.world.get("hold"):
            self.ask_nothing()
            return self.say("confirmed", **{"error-name": "org.esimd1.Error." + self.world["hold"],
                                            "error": "It is held."})
        if effective + DAY > time.time():
            self.say("awaiting-end", **{"effective-at": effective + DAY})
            return self.ask("reminder", "end", due=False, **{"effective-at": effective + DAY})
        return self.go()

    def go(self):
        self.ask_nothing()
        if not self.iccid_alone:
            return self.remove()
        self.say("completed", completed=int(time.time()))
        return None

    # answers
    @staticmethod
    def only(answer, *known):
        for key in answer:
            if key not in known:
                raise Wrong(f"{key}: not asked for")

    def answer(self, number, answer):
        if self.question is None or number != self.question[0]:
            raise LookupError("This question is no longer asked")
        _, kind, subject = self.question
        getattr(self, "on_" + (kind + "_" + subject).replace("-", "_"))(dict(answer))

    def on_carrier_question_carrier(self, answer):
        self.only(answer, "carrier")
        if answer["carrier"] not in ["", *(value for value, _ in self.world["carriers"])]:
            raise Wrong("carrier: not one of the choices")
        self.options["carrier"] = answer["carrier"]
        self.say(carrier=GLib.Variant("a{sv}", entry({"id": answer["carrier"], "known": bool(answer["carrier"])})))
        self.prepare()

    def on_carrier_question_plan(self, answer):
        self.only(answer, "plan")
        if answer["plan"] not in ["", *(value for value, _ in self.world["plans"])]:
            raise Wrong("plan: not one of the choices")
        self.options["plan"] = answer["plan"]
        self.prepare()

    def on_consent_portal(self, answer):
        self.only(answer, "consent")
        if not answer["consent"]:
            self.ask_nothing()
            return self.say("withdrawn")
        self.note("consented")
        if self.world.get("login"):
            self.say("verifying-identity")
            return self.ask("open-page", "login", **{**LOGIN, **(self.world["login"] if isinstance(
                self.world["login"], dict) else {})})
        return self.submit()

    def refusal(self, answer):
        for word in answer.get("missing", []):
            if word not in MISSING:
                raise Wrong(f"missing: {word} is no word of it")
        self.note("refused", missing=answer.get("missing", []))
        self.say(refusal=GLib.Variant("a{sv}", entry({"time": int(time.time()), "missing": answer.get("missing", [])})))

    def on_open_page_login(self, answer):
        self.only(answer, "outcome", "missing")
        if answer["outcome"] == "refused":
            self.refusal(answer)
            return self.ask("open-page", "login", **LOGIN)
        if answer["outcome"] == "rejected":
            self.ask_nothing()
            return self.say("rejected")
        self.note("identity-done")
        return self.submit()

    def on_open_page_request(self, answer):
        self.only(answer, "opened")
        if self.world.get("refuse-opened"):
            raise Wrong("opened: not now")
        if answer["opened"]:
            self.note("page-opened")
        self.attest_submission()

    def on_attest_submission(self, answer):
        outcome = self.look(answer, {"not-yet", "submitted", "not-submitted", "unknown", "refused", "rejected",
                                     "confirmed"})
        if outcome == "submitted":
            date = answer.get("date", time.strftime("%Y-%m-%d"))
            expected = {"expected-by": day(answer["expected-by"], "expected-by")} if "expected-by" in answer else {}
            self.note("submitted", date=date, reference=answer.get("reference", ""))
            self.say(submitted=day(date, "date"), reference=answer.get("reference", ""), **expected)
            return self.review()
        if outcome == "not-yet":
            return self.attest_submission()
        if outcome == "unknown":
            self.note("submission-unknown")
            return self.attest_submission("submission-unknown")
        if outcome == "not-submitted":
            self.note("not-submitted")
            return self.submit()
        return self.other(outcome, answer)

    def on_attest_outcome(self, answer):
        outcome = self.look(answer, {"in-review", "confirmed", "refused", "rejected", "unknown"})
        if outcome in ("in-review", "unknown"):
            self.world["late"] = self.world.get("late") and "expected-by" not in answer
            more = {"expected-by": day(answer["expected-by"], "expected-by")} if "expected-by" in answer else {}
            self.note("in-review")
            self.say(**more)
            return self.review()
        return self.other(outcome, answer)

    def look(self, answer, outcomes):
        self.only(answer, "outcome", "reference", "date", "expected-by", "effective-date", "document-name",
                  "document-size", "document-sha256", "missing", "tasks-done")
        if answer.get("outcome") not in outcomes:
            raise Wrong("outcome: not one of its words")
        for key in ("date", "expected-by", "effective-date"):
            if key in answer:
                day(answer[key], key)
        if answer["outcome"] == "confirmed" and "effective-date" not in answer:
            raise Wrong("effective-date: missing")
        if len([k for k in answer if k.startswith("document-")]) not in (0, 3):
            raise Wrong("document-name: the three belong together")
        if answer.get("tasks-done"):
            tasks = [{**task, "state": "done" if task["id"] in answer["tasks-done"] else "pending"}
                     for task in self.world.get("tasks", [])]
            self.world["tasks"] = tasks
            self.say(tasks=tasks)
        return answer["outcome"]

    def other(self, outcome, answer):
        if outcome == "refused":
            self.refusal(answer)
            return self.submit()
        if outcome == "rejected":
            self.note("rejected")
            self.ask_nothing()
            return self.say("rejected")
        evidence = {key: value for key, value in answer.items() if key not in ("outcome", "tasks-done")}
        self.note("confirmed", **{"effective-date": answer["effective-date"]})
        evidence = {k: GLib.Variant("t", v) if k == "document-size" else plain(v) for k, v in evidence.items()}
        self.say(confirmed=int(time.time()), **{"effective-date": answer["effective-date"], "evidence": GLib.Variant(
            "a{sv}", {"type": plain("attestation"), "time": plain(int(time.time())), **evidence})})
        return self.end(day(answer["effective-date"], "effective-date"))

    def on_reminder_end(self, answer):
        self.only(answer, "seen", "remove-now", "effective-date")
        if len(answer) != 1:
            raise Wrong("seen: one of them")
        if answer.get("remove-now"):
            return self.go()
        if "effective-date" in answer:
            moved = day(answer["effective-date"], "effective-date")
            self.note("effective-date-changed", **{"effective-date": answer["effective-date"]})
            self.say(**{"effective-date": answer["effective-date"]})
            return self.end(moved)
        return self.end(self.told["effective-at"].unpack() - DAY)
