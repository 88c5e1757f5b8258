# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bound profile package as it comes onto the card: segment by segment, each
checked before the next is taken (SGP.22 v2.5, 2.5.4, 2.5.5, 5.5 and 5.7.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import ber, metadata, rat, securechannel, servercert
from .elements import ElementError, Elements
from .notifications import sign_raw
from .profiles import Profile
from .securechannel import SecurityError, StructureError
from .session import Session, object_identifier

if TYPE_CHECKING:
    from .euicc import Euicc

# bppCommandId
INITIALISE, CONFIGURE, STORE_METADATA, STORE_METADATA_2, REPLACE_KEYS, LOAD_ELEMENTS = range(6)
# errorReason
(INCORRECT_INPUT, BAD_SIGNATURE, WRONG_TRANSACTION, UNSUPPORTED_CRT, UNSUPPORTED_OPERATION, UNSUPPORTED_CLASS,
 STRUCTURE, SECURITY, ICCID_EXISTS, NO_MEMORY, INTERRUPTED, ELEMENT, DATA_MISMATCH, TEST_KEY, POLICY) = range(1, 16)
TEMPORARY = (NO_MEMORY, INTERRUPTED)  # the server may bind the package to the same key again
HOLDS = {0xA0: 0x87, 0xA1: 0x88, 0xA2: 0x87, 0xA3: 0x86}
FOLLOWS = {0xBF23: (0xA0,), 0xA0: (0xA1,), 0xA1: (0xA2, 0xA3), 0xA2: (0xA3,), 0xA3: ()}
COMMAND = {0xBF23: INITIALISE, 0xA0: CONFIGURE, 0xA1: STORE_METADATA, 0xA2: REPLACE_KEYS, 0xA3: LOAD_ELEMENTS}
MAX_PROPRIETARY = 128


class LoadFailed(Exception):
    """Ends the loading; `command` and `error` go into the result, and what the elements' interpreter said."""

    def __init__(self, error: int, words: str, command: int | None = None, response: bytes | None = None):
        super().__init__(words)
        self.error, self.command, self.response = error, command, response


class Loader:
    """One package on its way.  `feed` takes the octets of one STORE DATA chain, which are one segment, and gives
    nothing until the end, and then the signed result (BF37)."""

    def __init__(self, card: "Euicc", session: Session):
        self.card, self.session = card, session
        self.segments = 0
        self.over = False
        self._stage = 0xBF23
        self._left = 0  # of the package, with what is left of the sequence that is open
        self._open = 0  # what is left of that sequence
        self._gathered = b""
        self._channel: securechannel.SecureChannel | None = None
        self._profile: Profile | None = None
        self._proprietary: bytes | None = None
        self._elements = Elements()

    @property
    def iccid(self) -> str | None:
        return self._profile.iccid if self._profile else None

    def feed(self, octets: bytes) -> bytes:
        self.segments += 1
        try:
            self._segment(octets)
            if self._left:
                return b""
            if self._stage != 0xA3:
                raise StructureError("the package ends before its elements")
            return self._succeed()
        except LoadFailed as error:
            failure = error
        except (StructureError, ber.BerError) as error:
            failure = LoadFailed(STRUCTURE, str(error))
        except SecurityError as error:
            failure = LoadFailed(SECURITY, str(error))
        return self._fail(failure)

    def interrupt(self) -> bytes:
        """Power is gone, or another command has come between."""
        return self._fail(LoadFailed(INTERRUPTED, "loading was interrupted"))

    # Segments

    def _segment(self, octets: bytes) -> None:
        if self.segments == 1:
            self._begin(octets)
        elif self._open:
            self._member(ber.parse(octets), len(octets))
        else:
            self._sequence(octets)
        if not self._open and self._stage != 0xBF23:
            self._complete()

    def _begin(self, octets: bytes) -> None:
        tag, self._left, start = ber.header(octets)
        request = ber.parse(octets[start:])
        if tag != 0xBF36 or request.tag != 0xBF23:
            raise StructureError("the first segment holds the package's header and InitialiseSecureChannel")
        self._take(len(request.raw))
        self._initialise(request)

    def _take(self, octets: int) -> None:
        self._left -= octets
        if self._left < 0:
            raise StructureError("the package is longer than it said")

    def _sequence(self, octets: bytes) -> None:
        tag, self._open, start = ber.header(octets)
        if tag not in FOLLOWS[self._stage]:
            raise StructureError(f"{tag:X} does not follow {self._stage:X}")
        self._take(start)
        if not 0 < self._open <= self._left:
            raise StructureError("a sequence that is empty, or longer than the package")
        self._stage, self._gathered = tag, b""
        if HOLDS[tag] == 0x87:
            self._member(ber.parse(octets[start:]), len(octets) - start)
        elif len(octets) > start:
            raise StructureError("this sequence's header is a segment of its own")

    def _member(self, tlv: ber.Tlv, size: int) -> None:
        if tlv.tag != HOLDS[self._stage]:
            raise StructureError(f"{tlv.tag:X} is not in the sequence {self._stage:X}")
        self._take(size)
        self._open -= size
        if self._open < 0:
            raise StructureError("a sequence is longer than it said")
        clear = self._channel.unprotect(tlv)
        if self._stage == 0xA3:
            self._store(clear)
        else:
            self._gathered += clear

    def _complete(self) -> None:
        """A sequence has come to its end, and what it carried is carried out."""
        {0xA0: self._configure, 0xA1: self._store_metadata, 0xA2: self._replace_keys, 0xA3: self._finish}[self._stage]()

    # Commands

    def _initialise(self, request: ber.Tlv) -> None:
        session = self.session
        self._forced(INITIALISE)
        try:
            operation, transaction, template, point, proof = request.children()
            kind, length, host = (template.need(tag).value for tag in (0x80, 0x81, 0x84))
            tags = [m.tag for m in (operation, transaction, template, point, proof)]
            number = ber.read_integer(operation.value)
        except ValueError as error:
            raise LoadFailed(INCORRECT_INPUT, f"InitialiseSecureChannel is malformed: {error}") from error
        if tags != [0x82, 0x80, 0xA6, 0x5F49, 0x5F37] or not 1 <= len(host) <= 16:
            raise LoadFailed(INCORRECT_INPUT, "InitialiseSecureChannel has other members")
        own = ber.encode(0x5F49, securechannel.point_of(session.one_time_key))
        signed = b"".join(m.raw for m in (operation, transaction, template, point)) + own
        if not servercert.verify_raw(session.package_cert.public_key(), proof.value, signed):
            raise LoadFailed(BAD_SIGNATURE, "the server's signature does not fit")
        if transaction.value != session.transaction_id:
            raise LoadFailed(WRONG_TRANSACTION, "the transaction id is not that of the session")
        if number != 1:
            raise LoadFailed(UNSUPPORTED_OPERATION, "this operation is not the installation of a package")
        if (kind, length) != (bytes((securechannel.KEY_TYPE_AES,)), bytes((securechannel.KEY_LENGTH,))):
            raise LoadFailed(UNSUPPORTED_CRT, "keys of a kind or a length that is not supported")
        try:
            self._channel = securechannel.agree(session.one_time_key, point.value, host, bytes.fromhex(self.card.eid))
        except ValueError as error:
            raise LoadFailed(INCORRECT_INPUT, str(error)) from error

    def _forced(self, command: int, segment: int = 1) -> None:
        """What a test wants to go wrong here."""
        for wanted in self.card.load_failures:
            if (wanted["at"], wanted["after"]) == (command, segment):
                self.card.load_failures.remove(wanted)
                raise LoadFailed(wanted["error"], "a test wants it so", wanted["command"])

    def _configure(self) -> None:
        self._forced(CONFIGURE)
        request = self._parsed(0xBF24)
        proprietary = request.find(0xB8)
        if proprietary is not None and len(proprietary.raw) > MAX_PROPRIETARY:
            raise LoadFailed(INCORRECT_INPUT, "the server's own data are too long")
        if self.card.free_memory <= 0:
            raise LoadFailed(NO_MEMORY, "there is no room for one more profile")
        self._proprietary = proprietary.raw if proprietary else None

    def _parsed(self, tag: int) -> ber.Tlv:
        try:
            request = ber.parse(self._gathered)
            ber.walk(request)
        except ber.BerError as error:
            raise LoadFailed(INCORRECT_INPUT, str(error)) from error
        if request.tag != tag:
            raise LoadFailed(INCORRECT_INPUT, f"{request.tag:X} came for {tag:X}")
        return request

    def _store_metadata(self) -> None:
        self._forced(STORE_METADATA)
        try:
            profile = metadata.read(self._gathered)
        except ValueError as error:
            raise LoadFailed(INCORRECT_INPUT, str(error)) from error
        self._profile = profile
        profile.dp_proprietary = self._proprietary
        profile.root = self.session.root.name
        if self.card.by_iccid(profile.iccid):
            raise LoadFailed(ICCID_EXISTS, "a profile with this ICCID is here already")
        if profile.profile_class not in self.card.loadable_classes:
            raise LoadFailed(UNSUPPORTED_CLASS, f"profiles of the class {profile.profile_class} are not taken")
        self._check_policy(profile)

    def _check_policy(self, profile: Profile) -> None:
        card = self.card
        if set(profile.ppr) & set(card.forbidden_ppr) or not rat.allows(card.rat, profile.ppr, profile.owner):
            raise LoadFailed(POLICY, "these policy rules are not allowed to this operator")
        if "ppr1" in profile.ppr and any(p.profile_class == "operational" for p in card.profiles):
            raise LoadFailed(POLICY, "PPR1 is taken while there is no other operational profile only")

    def _replace_keys(self) -> None:
        self._forced(REPLACE_KEYS)
        request = self._parsed(0xBF26)
        try:
            self._channel = securechannel.SecureChannel(*(request.need(tag).value for tag in (0x80, 0x81, 0x82)))
        except ValueError as error:
            raise LoadFailed(INCORRECT_INPUT, str(error)) from error

    def _store(self, clear: bytes) -> None:
        self._elements.segments += 1
        if self._elements.segments == 1:
            self._forced(REPLACE_KEYS)  # of a package in which none are
        self._forced(LOAD_ELEMENTS, self._elements.segments)
        if self._elements.size + len(clear) > self.card.free_memory:
            raise LoadFailed(NO_MEMORY, "the profile does not fit into what is free", response=b"")
        try:
            self._elements.feed(clear)
        except ElementError as error:
            raise LoadFailed(ELEMENT, str(error), response=error.response) from error
        header = self._elements.iccid
        if header is not None and header != self._profile.iccid:
            raise LoadFailed(DATA_MISMATCH, "the profile's header names another ICCID than its metadata")

    def _finish(self) -> None:
        if self._left:
            raise StructureError("the package goes on after its end")
        try:
            self._elements.finish()
        except ElementError as error:
            raise LoadFailed(ELEMENT, str(error), response=error.response) from error

    # Results

    def _succeed(self) -> bytes:
        profile, elements = self._profile, self._elements
        profile.size = max(elements.size, 1)
        profile.imsi = elements.imsi or profile.imsi
        self.card.add(profile)
        self.card.sessions.spend_key(self.session)
        answer = ber.encode(0xA0, ber.encode(0x4F, profile.aid), ber.encode(0x04, elements.response))
        signed = self._result(answer)
        # The server of the package has the result, which says the same and more.
        self.card.notifications.raise_event(profile, "install", self.session.root.identity,
                                            but_not=self.session.address)
        return signed

    def _fail(self, failure: LoadFailed) -> bytes:
        self.card.sessions.refusals.append(str(failure))
        if failure.error not in TEMPORARY:
            self.card.sessions.spend_key(self.session)
        command = COMMAND[self._stage] if failure.command is None else failure.command
        parts = [ber.encode(0x80, ber.integer(command)), ber.encode(0x81, ber.integer(failure.error))]
        if failure.response:
            parts.append(ber.encode(0x82, failure.response))
        return self._result(ber.encode(0xA1, *parts))

    def _result(self, final: bytes) -> bytes:
        """ProfileInstallationResult, kept as a notification until the server has it.  The session is over."""
        session, self.over = self.session, True
        self.card.sessions.current = None
        oid = ber.encode(0x06, object_identifier(servercert.registered_id(session.package_cert)))

        def sign(notice: bytes) -> bytes:
            data = ber.encode(0xBF27, ber.encode(0x80, session.transaction_id), notice, oid, ber.encode(0xA2, final))
            return ber.encode(0xBF37, data, ber.encode(0x5F37, sign_raw(session.root.identity.key, data)))
        return self.card.notifications.keep("install", session.address, self.iccid, sign).signed
