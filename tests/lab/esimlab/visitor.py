# SPDX-License-Identifier: LGPL-2.1-or-later
"""A person who goes through a carrier's portal with a browser: follows links, fills forms in, reads mail.

Everything goes over HTTPS with the server's certificate checked, and by what the pages show; nothing is taken from
the carrier's own records.
"""

import email
import email.policy
import hashlib
import http.client
import pathlib
import re
import socket
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

TIMEOUT = 30


class Refused(Exception):
    """The portal said no, in these words."""


class Missing(Refused):
    """The form came back. fields: what it names, with its words."""

    def __init__(self, fields):
        super().__init__("; ".join(f"{name}: {words}" for name, words in fields.items()))
        self.fields = fields


class Already(Refused):
    """There was a request for this line already. reference: its number."""

    def __init__(self, reference):
        super().__init__(f"there is a request already: {reference}")
        self.reference = reference


@dataclass
class Form:
    action: str
    values: dict = field(default_factory=dict)  # what the page filled in
    choices: dict = field(default_factory=dict)


class Page(HTMLParser):
    """What somebody sees of a page."""

    def __init__(self, url, status, text):
        super().__init__()
        self.url, self.status = url, status
        self.language = self.title = ""
        self.forms, self.links, self.marks = [], [], []
        self.errors, self.texts, self.notes = {}, {}, []
        self._into = None
        self._select = None
        self.feed(text)

    def _begin(self, kind, key=None):
        self._into = (kind, key, [])

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        self._form_part(tag, told)
        data = {name[5:]: value for name, value in told.items() if name.startswith("data-")}
        if tag == "html":
            self.language = told.get("lang", "")
        elif tag == "a" and "href" in told:
            self.links.append(urljoin(self.url, told["href"]))
        elif tag == "h1":
            self._begin("h1")
        elif "field" in data:
            self._begin("error", data["field"])
        elif "note" in told.get("class", "").split():
            self._begin("note")
        elif tag == "strong" and "id" in told:
            self._begin("text", told["id"])
        elif data:
            self.marks.append(data)

    def _form_part(self, tag, told):
        if tag == "form":
            self.forms.append(Form(urljoin(self.url, told["action"])))
        if not self.forms or not told.get("name"):
            if tag == "option" and self._select is not None:
                self.forms[-1].choices[self._select].append(told["value"])
                if "selected" in told:
                    self.forms[-1].values[self._select] = told["value"]
            return
        name, values = told["name"], self.forms[-1].values
        if tag == "select":
            self._select, values[name] = name, ""
            self.forms[-1].choices[name] = []
        elif tag == "textarea":
            values[name] = ""
        elif tag == "input":
            values[name] = told.get("value", "")
            if told.get("type") == "checkbox":
                self.forms[-1].choices[name] = [told["value"]]
                values[name] = told["value"] if "checked" in told else ""

    def handle_data(self, data):
        if self._into:
            self._into[2].append(data)

    def handle_endtag(self, tag):
        if tag == "select":
            self._select = None
        if self._into is None or tag not in ("h1", "p", "strong"):
            return
        kind, key, parts = self._into
        text, self._into = "".join(parts).strip(), None
        if kind == "h1":
            self.title = text
        elif kind == "note":
            self.notes.append(text)
        else:
            (self.errors if kind == "error" else self.texts)[key] = text

    def form(self, path):
        """The form of this page that goes there. Refused if it has none."""
        found = next((f for f in self.forms if f.action.split("?")[0].endswith(path)), None)
        if found is None:
            raise Refused(f"{self.url} has no form for {path}: {self.title}")
        return found


class Browser:
    """Knows the way to the lab's hosts, keeps cookies, and trusts this root alone."""

    def __init__(self, port, root, language="en"):
        self.language = language
        context = ssl.create_default_context(cafile=str(root))

        class Connection(http.client.HTTPSConnection):
            def connect(self):
                raw = socket.create_connection(("127.0.0.1", port), self.timeout)
                self.sock = context.wrap_socket(raw, server_hostname=self.host)

        class Handler(urllib.request.HTTPSHandler):
            def https_open(self, request):
                return self.do_open(Connection, request)

        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Handler(),
                                                   urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, url):
        return self._open(urllib.request.Request(url))

    def post(self, url, values):
        return self._open(urllib.request.Request(url, urlencode(values).encode()))

    def _open(self, request):
        request.add_header("Accept-Language", self.language)
        try:
            answer = self._opener.open(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as refusal:
            answer = refusal
        with answer:
            return Page(answer.url, answer.status, answer.read().decode())


@dataclass
class Progress:
    """A request as the progress page shows it."""

    reference: str
    state: str
    expected: date
    effective: date | None


@dataclass
class Mail:
    """A mail, with what somebody reads out of it. The file's name, size and SHA-256 are for an attestation."""

    path: pathlib.Path
    subject: str
    text: str
    reference: str | None
    code: str | None
    effective_date: date | None
    final_bill: str | None

    @property
    def size(self):
        return self.path.stat().st_size

    @property
    def sha256(self):
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def _read(path):
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    text = mail.get_content()

    def find(*patterns):
        found = (re.search(pattern, text, re.M) for pattern in patterns)
        return next((f.group(1).strip() for f in found if f), None)
    day = find(r"^Effective date: (\S+)$", r"^生效日期：(\S+)$")
    return Mail(path, mail["Subject"], text, find(r"^Reference: (\S+)$", r"^受理编号：(\S+)$"),
                find(r"^Code: (\d+)$", r"^验证码：(\d+)$"), day and date.fromisoformat(day),
                find(r"^Final bill: (.+)$", r"^最后一期账单：(.+)$"))


class Visitor:
    """Somebody with papers and a mailbox, before the portal of a running Carrier.

    root: a PEM file with the root to trust (default: the carrier's, put beside its mails).
    papers: over what the first customer knows: phone, password, name, document, born, iccid, contract-number, …
    """

    def __init__(self, carrier, *, root=None, language="en", papers=None, customer=None):
        who = customer or carrier.customers[0]
        self.papers = {"phone": who.phone, "password": who.password, "name": who.name, "document": who.document,
                       "born": who.born, "iccid": who.iccid[-6:], "contract-number": who.contract_number,
                       "contact-mail": who.mail, **(papers or {})}
        self.mailbox, self.address = carrier.folder, who.mail
        self.site = f"https://{carrier.host}/"
        root = root or carrier.web.write_root(carrier.folder / "root.pem")
        self.browser = Browser(carrier.port, root, language)
        self.page = None

    # Going about

    def go(self, path):
        self.page = self.browser.get(urljoin(self.site, path))
        return self.page

    def _send(self, path, **values):
        """Fill in the form of this page that goes to `path`. Missing or Refused if it comes back."""
        form = self.page.form(path)
        sent = {**form.values, **{name.replace("_", "-"): value for name, value in values.items()}}
        # A box that is not ticked is not sent.
        sent = {name: value for name, value in sent.items() if value or name not in form.choices}
        self.page = self.browser.post(form.action, sent)
        if self.page.errors:
            raise Missing(self.page.errors)
        if self.page.status >= 400:
            raise Refused(self.page.notes[0] if self.page.notes else self.page.title)
        return self.page

    # What one does at a carrier's

    def log_in(self, password=None):
        """The title of the page after it."""
        self.go("/login")
        return self._send("/login", phone=self.papers["phone"], password=password or self.papers["password"]).title

    def forgotten_password(self, password="a-new-password-1"):
        """Set a new one with the code that comes by mail."""
        self.go("/forgotten")
        self._send("/forgotten", phone=self.papers["phone"])
        self._send("/forgotten/code", code=self.read_mail(lambda m: m.code).code, password=password)
        self.papers["password"] = password

    def prove_identity(self, leave_out=()):
        """On the page that asks for it, where one is signed in."""
        self.go("/end/identity")
        told = {name: self.papers[name] for name in ("name", "document", "born") if name not in leave_out}
        return self._send("/end/identity", **told).title

    def _come_to_the_form(self):
        if self.go("/end").url.split("?")[0].endswith("/login"):
            self._send("/login", phone=self.papers["phone"], password=self.papers["password"])
        if self.page.url.endswith("/end/identity"):
            self.prove_identity()

    def end_contract(self, reason="travel-ended", comment="", leave_out=()):
        """From wherever one stands to the confirmation; the reference.

        leave_out: names of fields that are forgotten. Missing, Already, Refused; OSError if no answer came.
        """
        self._come_to_the_form()
        form = self.page.form("/end/request")
        told = {"reason": reason, "comment": comment, "agree": "yes"}
        told |= {name: self.papers[name] for name in form.values if name in self.papers}
        forgotten = (leave_out,) if isinstance(leave_out, str) else leave_out
        told |= {name: "" for name in forgotten}
        self._send("/end/request", **told)
        reference = self.page.texts.get("reference")
        if any("already" in mark for mark in self.page.marks):
            raise Already(reference)
        if reference is None:
            raise Refused(f"no reference on {self.page.url}: {self.page.title}")
        return reference

    def progress(self):
        """The newest request as the progress page shows it; None if there is none."""
        if self.go("/progress").url.split("?")[0].endswith("/login"):
            self._send("/login", phone=self.papers["phone"], password=self.papers["password"])
        mark = next((m for m in self.page.marks if "state" in m), None)
        if mark is None:
            return None
        effective = mark.get("effective")
        return Progress(self.page.texts["reference"], mark["state"], date.fromisoformat(mark["expected"]),
                        effective and date.fromisoformat(effective))

    def read_mail(self, wanted=lambda mail: True):
        """The newest mail to this person (of those that are `wanted`). Refused if there is none."""
        for path in sorted(self.mailbox.glob("*.eml"), reverse=True):
            head = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            mail = _read(path)
            if self.address in str(head["To"]) and wanted(mail):
                return mail
        raise Refused("no such mail")
