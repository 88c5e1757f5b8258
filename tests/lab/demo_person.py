# SPDX-License-Identifier: LGPL-2.1-or-later
"""The person of tools/demo: goes through Lab Telecom's pages over HTTPS while esimctl asks, and tells of it."""

from demo_words import CHINESE
from esimlab.carrier_words import Words
from esimlab.visitor import Missing, Refused, Visitor

NEW_PASSWORD = "green-papaya-43"
FORGOTTEN = "green-mango-24"


class Person:
    """Each thing that is done returns lines that tell of it.

    What the carrier's pages and mails say is kept as the person noted it down: reference, expected, mail.
    """

    def __init__(self, carrier, say):
        self.carrier, self.say = carrier, say
        language = "zh" if say.language == CHINESE else "en"
        self.words = Words(language)
        self.visitor = Visitor(carrier, language="zh-CN" if language == "zh" else "en")
        self.reference = self.expected = ""
        self.mail = None

    def try_password(self):
        """With one that is not right, as it happens."""
        try:
            self.visitor.log_in(FORGOTTEN)
        except Refused as no:
            return [self.say("person-wrong-password", words=no)]
        raise Refused("a wrong password was taken")

    def new_password(self):
        self.visitor.forgotten_password(NEW_PASSWORD)
        mail = self.visitor.read_mail(lambda one: one.code)
        return [self.say("person-code", subject=mail.subject, code=mail.code)]

    def log_in(self):
        title = self.visitor.log_in()
        identity = self.visitor.prove_identity()
        return [self.say("person-logged-in", title=title), self.say("person-identity", title=identity)]

    def forgets_a_field(self, reason):
        """Only the carrier's page says which one."""
        try:
            self.visitor.end_contract(reason, leave_out="iccid")
        except Missing as caught:
            return [self.say("person-forgot", words=self.visitor.page.notes[0],
                             field=self.words("iccid"), why=caught.fields["iccid"])]
        raise Refused("a form without the ICCID was taken")

    def sends(self, reason):
        self.reference = self.visitor.end_contract(reason)
        self.expected = self.visitor.progress().expected.isoformat()
        return [self.say("person-sent", reference=self.reference, day=self.expected)]

    def fills_in(self, reason):
        return [*self.forgets_a_field(reason), *self.sends(reason)]

    def looks(self):
        """At the progress page."""
        state = self.visitor.progress().state
        return [self.say("person-looks", state=self.words(f"state-{state}"))]

    def reads_mail(self):
        self.mail = self.visitor.read_mail(lambda one: one.effective_date)
        return [self.say("person-mail", subject=self.mail.subject, day=self.mail.effective_date.isoformat(),
                         file=self.mail.path.name)]
