# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lab Telecom: a carrier with customers, a review of requests that takes working days, and mail.

It sees what a browser sends to its portal (carrier_web.py) and nothing else: it never talks to the daemon.
"""

import calendar
import hmac
import pathlib
import secrets
import threading
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from .carrier_pages import REASONS, bill_words
from .carrier_web import Portal
from .carrier_words import Words
from .clock import Clock
from .pki import WebPki

HOST = "portal.lab.example"
BANGKOK = timezone(timedelta(hours=7), "Asia/Bangkok")
WEEKEND = (5, 6)
OPENS, CUT_OFF, DECIDES = time(9), time(17), time(12)
LOOK_AFTER = timedelta(minutes=30)
PROMISED_DAYS = 3
ATTEMPTS = 5
LOCKED_FOR = CODE_HOLDS = timedelta(minutes=15)
# What the form can ask for beyond the usual (Carrier.require).
EXTRA = ("contract-number", "bank-account", "contact-mail", "comment")


@dataclass
class Customer:
    """Somebody with a contract, as the carrier's records have it."""

    phone: str
    iccid: str
    name: str
    document: str
    born: str  # YYYY-MM-DD
    mail: str
    password: str
    kind: str = "monthly"  # or "prepaid"
    amount: int = 599  # THB a month, or the balance
    contract_number: str = "C-2025-004417"
    failures: int = 0
    locked_until: datetime | None = None
    code: str | None = None
    code_until: datetime | None = None

    def has_phone(self, text):
        return plain_phone(self.phone) == plain_phone(text)

    def money(self):
        return f"{self.amount} THB"


def demo_customers():
    """The owner of the profile of Lab Telecom in demo_profiles(), and one with a prepaid line; invented."""
    return [Customer("+66 81 000 0013", "8944500102201200013", "Lin Mei", "E12345678", "1990-04-05",
                     "lin.mei@mail.lab.example", "green-mango-42"),
            Customer("+66 81 000 0014", "8944500102201200021", "Somchai Example", "1100000000014", "1984-11-30",
                     "somchai@mail.lab.example", "blue-papaya-17", kind="prepaid", amount=120)]


def plain_phone(text):
    """A Thai number as it is dialled there."""
    digits = "".join(c for c in text if c.isdigit())
    return "0" + digits[2:] if digits.startswith("66") else digits


def is_working(day):
    return day.weekday() not in WEEKEND


def working_days_after(day, count):
    """The count-th working day after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_working(day)
    return day


def counting_day(moment):
    """The day from which a request that came at this moment counts: after the cut-off the next working day."""
    local = moment.astimezone(BANGKOK)
    in_time = is_working(local.date()) and local.time() < CUT_OFF
    return local.date() if in_time else working_days_after(local.date(), 1)


def prorated(amount, day):
    """What a month costs that ends with this day."""
    return f"{amount * day.day / calendar.monthrange(day.year, day.month)[1]:.2f} THB"


@dataclass
class Submission:
    """A request that came in whole. `duplicate_of`: there was one for the line already, so it did nothing."""

    reference: str
    customer: Customer
    at: datetime
    reason: str
    comment: str
    extra: dict = field(default_factory=dict)
    language: str = "en"
    duplicate_of: str | None = None
    decides: datetime | None = None
    verdict: str | None = None  # "approved" or "rejected"
    refusal: str = ""
    decided: date | None = None
    effective: date | None = None
    amount: str = ""

    @property
    def iccid(self):
        return self.customer.iccid

    @property
    def local(self):
        return self.at.astimezone(BANGKOK)

    @property
    def begins(self):
        """When somebody looks at it first."""
        day = counting_day(self.at)
        opens = datetime.combine(day, OPENS, BANGKOK)
        return max(opens, self.at + LOOK_AFTER) if day == self.local.date() else opens

    @property
    def expected(self):
        """The day that the portal promises."""
        return working_days_after(counting_day(self.at), PROMISED_DAYS)

    @property
    def open(self):
        return self.duplicate_of is None and self.verdict is None

    def state(self, now):
        """"received", "in-review", "approved" or "rejected"."""
        return self.verdict or ("received" if now < self.begins else "in-review")


class Carrier:
    """`with Carrier(folder) as carrier:` opens the portal on 127.0.0.1.

    folder: where mails arrive, as files. clock: whose days it counts (default: one of its own).
    customers: of Customer; default demo_customers(). web: the WebPki of its certificate.
    review_days: working days of a review (None: it never ends). notice_days: from the request on.
    """

    def __init__(self, folder, clock=None, *, customers=None, web=None, host=HOST, port=0, review_days=2,
                 notice_days=30):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._own_clock = clock is None
        self.clock = clock or Clock()
        self.customers = demo_customers() if customers is None else customers
        self.web = web or WebPki()
        self.host = host
        self.review_days, self.notice_days = review_days, notice_days
        self.required = []
        self.losing = 0
        self._changed = threading.Condition(threading.RLock())
        self._submissions, self._mails, self.mail_files = [], [], []
        self._refusal = None
        self._closing = False
        self.portal = Portal(self, host, port)
        self.port = self.portal.port
        self._reviewer = threading.Thread(target=self._work, daemon=True)

    def start(self):
        self.portal.start()
        self.clock.listeners.append(self._wake)
        self._reviewer.start()
        return self

    def stop(self):
        self.portal.stop()
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._reviewer.is_alive():
            self._reviewer.join(10)
            self.clock.listeners.remove(self._wake)
        if self._own_clock:
            self.clock.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def address(self):
        """For a browser of this machine; the name of the portal leads nowhere outside of the laboratory."""
        return f"https://localhost:{self.port}/"

    # What a test says

    def review(self, days):
        """Reviews last so many working days, those that are open too; None: they never end."""
        with self._changed:
            self.review_days = days
            for submission in self._submissions:
                if submission.open:
                    submission.decides = self._decides(submission)
        self._wake()

    def reject(self, why):
        """The reviews that are open end with this no when they end; if none is open, the next one does."""
        with self._changed:
            waiting = [s for s in self._submissions if s.open]
            for submission in waiting:
                submission.refusal = why
            self._refusal = None if waiting else why

    def decide(self):
        """Open reviews end at this moment."""
        with self._changed:
            for submission in self._submissions:
                if submission.open:
                    submission.decides = self.clock.now()
            self._settle()

    def require(self, name):
        """The form asks for this too from now on: a word of EXTRA."""
        if name not in EXTRA:
            raise ValueError(f"a field is one of {', '.join(EXTRA)}")
        self.required.append(name)

    def lose_answers(self, count=1):
        """So many submissions come in, and their answers never arrive."""
        self.losing = count

    # What a test sees

    @property
    def submissions(self):
        """All that came in whole, those that did nothing too."""
        with self._changed:
            self._settle()
            return list(self._submissions)

    @property
    def mails(self):
        """All mails that went out (EmailMessage), oldest first."""
        with self._changed:
            self._settle()
            return list(self._mails)

    def wait_for(self, condition, seconds=10):
        """Until something happened here that makes the condition true."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), seconds)

    # What the portal asks

    def _find(self, phone):
        return next((c for c in self.customers if c.has_phone(phone)), None)

    def sign_in(self, phone, password):
        """(customer, None), (None, None) for wrong ones, or (None, until when it is locked)."""
        with self._changed:
            customer, now = self._find(phone), self.clock.now()
            if customer is None:
                return None, None
            if customer.locked_until and now < customer.locked_until:
                return None, customer.locked_until.astimezone(BANGKOK)
            if hmac.compare_digest(customer.password.encode(), password.encode()):
                customer.failures, customer.locked_until = 0, None
                return customer, None
            customer.failures += 1
            if customer.failures < ATTEMPTS:
                return None, None
            customer.failures, customer.locked_until = 0, now + LOCKED_FOR
            return None, customer.locked_until.astimezone(BANGKOK)

    def send_code(self, phone, language):
        """To the mail address of the contract, if there is one; whoever asks is not told."""
        with self._changed:
            customer = self._find(phone)
            if customer is None:
                return
            customer.code = f"{secrets.randbelow(1000000):06}"
            # Nobody types as fast as this clock may run.
            customer.code_until = self.clock.now() + CODE_HOLDS * max(1, self.clock.speed)
            self._mail("code", customer, language, code=customer.code)

    def set_password(self, phone, code, password):
        """Whether the code was right; it is good for one attempt."""
        with self._changed:
            customer = self._find(phone)
            if customer is None or customer.code is None:
                return False
            good = hmac.compare_digest(customer.code, code) and self.clock.now() < customer.code_until
            customer.code = None
            if good:
                customer.password, customer.failures, customer.locked_until = password, 0, None
            return good

    def requests_of(self, customer):
        with self._changed:
            self._settle()
            return [s for s in self._submissions if s.customer is customer and s.duplicate_of is None]

    def submit(self, customer, values, language):
        """(the request that counts for the line, whether there was one already)."""
        with self._changed:
            self._settle()
            now, number = self.clock.now(), len(self._submissions) + 1
            standing = next((s for s in self.requests_of(customer) if s.verdict != "rejected"), None)
            made = Submission(f"LT{now.astimezone(BANGKOK):%y%m%d}{number:04}", customer, now, values["reason"],
                              values.get("comment", ""), {n: values[n] for n in self.required}, language,
                              standing and standing.reference)
            self._submissions.append(made)
            if standing is None:
                made.decides = self._decides(made)
                made.refusal, self._refusal = self._refusal or "", None
                self._mail("received", customer, language, reference=made.reference, phone=customer.phone,
                           expected=made.expected)
            self._changed.notify_all()
            return standing or made, standing is not None

    # The review

    def _decides(self, submission):
        """When it ends: at noon of its last working day; one of no days as soon as somebody looks."""
        if self.review_days is None:
            return None
        if self.review_days == 0:
            return submission.begins
        last = working_days_after(counting_day(submission.at), self.review_days)
        return datetime.combine(last, DECIDES, BANGKOK)

    def _wake(self):
        with self._changed:
            self._changed.notify_all()

    def _work(self):
        """Sleeps until the next review ends, or something changes; so mails arrive without being asked for."""
        with self._changed:
            while not self._closing:
                self._settle()
                moments = [s.decides for s in self._submissions if s.open and s.decides]
                self._changed.wait(self.clock.seconds_until(min(moments)) if moments else None)

    def _settle(self):
        """End the reviews whose time has come."""
        now = self.clock.now()
        for submission in self._submissions:
            if submission.open and submission.decides and submission.decides <= now:
                self._end(submission)

    def _end(self, submission):
        """Decided at the time at which it was due, also if the clock was far beyond it when somebody looked."""
        customer, words = submission.customer, Words(submission.language)
        submission.decided = submission.decides.astimezone(BANGKOK).date()
        told = {"reference": submission.reference, "phone": customer.phone}
        if submission.refusal:
            submission.verdict = "rejected"
            self._mail("rejected", customer, submission.language, why=submission.refusal, **told)
            return
        submission.verdict = "approved"
        submission.effective = max(submission.decided, submission.local.date() + timedelta(days=self.notice_days))
        submission.amount = (prorated(customer.amount, submission.effective) if customer.kind == "monthly"
                             else customer.money())
        self._mail("approved", customer, submission.language, effective=submission.effective,
                   bill=bill_words(words, submission), **told)

    def _mail(self, kind, customer, language, **values):
        words = Words(language)
        mail = EmailMessage()
        mail["From"] = formataddr((words("brand"), f"service@{self.host}"))
        mail["To"] = formataddr((customer.name, customer.mail))
        mail["Subject"] = words(f"mail-{kind}-subject", **values)
        mail["Date"] = format_datetime(self.clock.now().astimezone(BANGKOK))
        mail["Message-ID"] = f"<{secrets.token_hex(8)}@{self.host}>"
        mail["X-Lab-Kind"] = kind
        mail["Content-Language"] = words.tag
        mail.set_content("\n\n".join([words("mail-hello", name=customer.name), words(f"mail-{kind}", **values),
                                      words("mail-bye")]) + "\n")
        self._mails.append(mail)
        path = self.folder / f"{len(self._mails):04}-{kind}.eml"
        written = path.with_suffix(".part")
        written.write_bytes(bytes(mail))
        written.rename(path)
        self.mail_files.append(path)
        self._changed.notify_all()


__all__ = ["BANGKOK", "Carrier", "Customer", "HOST", "REASONS", "Submission", "demo_customers"]
