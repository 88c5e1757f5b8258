# SPDX-License-Identifier: LGPL-2.1-or-later
"""A certificate tree of remote SIM provisioning, made afresh at each call:
CI, EUM and eUICC (SGP.22 v2.5, 4.5.2).  Nothing of it is worth keeping."""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CURVES = {"nist": ec.SECP256R1, "brainpool": ec.BrainpoolP256R1}
ROLE_BASE = "2.23.146.1.2.1."
ROLES = {"ci": 0, "euicc": 1, "eum": 2, "dp-tls": 3, "dp-auth": 4, "dp-pb": 5, "ds-tls": 6, "ds-auth": 7}
REGISTERED_ID = "2.999.1"  # below the arc that is there for examples
KINDS = ("good", "self_signed", "expired", "not_yet_valid", "wrong_name", "wrong_root",
         "eum_minted", "wrong_role", "no_role", "no_eku")
MORE_KINDS = ("web_pki", "wrong_key_id")
# What a certificate that signs (DPauth, DPpb, DSauth) can be, besides good.
SIGNER_KINDS = ("good", "self_signed", "expired", "not_yet_valid", "wrong_root", "other_ci", "eum_minted", "wrong_role",
                "swapped", "no_role", "web_pki", "wrong_key_id", "other_oid", "no_oid", "broken_signature", "authority")
SWAPPED = {"dp-auth": "dp-pb", "dp-pb": "dp-auth", "ds-auth": "ds-tls"}
DAY = datetime.timedelta(days=1)
# The lab's clock may begin years away from the present, and then goes on for months.
BEFORE, AFTER = 3650 * DAY, 3650 * DAY


def role_oid(role: str) -> x509.ObjectIdentifier:
    return x509.ObjectIdentifier(ROLE_BASE + str(ROLES[role]))


def extensions(cert: x509.Certificate) -> x509.Extensions:
    """Of a copy of the certificate: python-cryptography changes the object while it reads them, so a card and a server
    that look at the same one from two threads would meet ("Already borrowed")."""
    return x509.load_der_x509_certificate(cert.public_bytes(serialization.Encoding.DER)).extensions


@dataclass
class Identity:
    """A certificate, its key, and the certificates above it that go along (no root)."""

    cert: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    above: tuple[x509.Certificate, ...] = ()

    @property
    def key_id(self) -> bytes:
        return extensions(self.cert).get_extension_for_class(x509.SubjectKeyIdentifier).value.digest

    @property
    def der(self) -> bytes:
        return self.cert.public_bytes(serialization.Encoding.DER)

    def chain_pem(self) -> bytes:
        return b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (self.cert, *self.above))

    def key_pem(self) -> bytes:
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption())

    @classmethod
    def from_pem(cls, chain: bytes, key: bytes) -> "Identity":
        blocks = chain.split(b"-----END CERTIFICATE-----\n")[:-1]
        certs = [x509.load_pem_x509_certificate(b + b"-----END CERTIFICATE-----\n") for b in blocks]
        return cls(certs[0], serialization.load_pem_private_key(key, None), tuple(certs[1:]))


@dataclass
class Request:
    """What shall stand in a certificate; None leaves the extension away."""

    subject: x509.Name
    role: str | None
    ca: bool = False
    path_length: int | None = None
    not_before: datetime.datetime | None = None
    not_after: datetime.datetime | None = None
    hosts: tuple[str, ...] = ()
    server: bool = False
    constraints: x509.Name | None = None
    oid: str | None = None  # of the server, in the subject's alternative name (default: the lab's, where one belongs)
    issuer_key_id: bytes | None = None  # another one than the issuer's


def name(**parts: str) -> x509.Name:
    oids = {"c": NameOID.COUNTRY_NAME, "o": NameOID.ORGANIZATION_NAME,
            "serial": NameOID.SERIAL_NUMBER, "cn": NameOID.COMMON_NAME}
    return x509.Name([x509.NameAttribute(oids[k], v) for k, v in parts.items()])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _extensions(request: Request, public_key) -> list[tuple[x509.ExtensionType, bool]]:
    usage = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
                           "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False)
    for bit in ("key_cert_sign", "crl_sign") if request.ca else ("digital_signature",):
        usage[bit] = True
    found = [(x509.SubjectKeyIdentifier.from_public_key(public_key), False), (x509.KeyUsage(**usage), True)]
    if request.role is not None:
        found.append((x509.CertificatePolicies([x509.PolicyInformation(role_oid(request.role), None)]), True))
    if request.ca:
        found.append((x509.BasicConstraints(True, request.path_length), True))
    names = [_general_name(h) for h in request.hosts]
    if request.ca or request.hosts:
        if request.oid != "":
            names.append(x509.RegisteredID(x509.ObjectIdentifier(request.oid or REGISTERED_ID)))
        found.append((x509.SubjectAlternativeName(names), False))
    if request.server:
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        found.append((x509.ExtendedKeyUsage(usages), True))
    if request.constraints is not None:
        tree = x509.NameConstraints([x509.DirectoryName(request.constraints)], None)
        found.append((tree, True))
    return found


def issue(request: Request, issuer: Identity | None, curve: str = "nist") -> Identity:
    """Make a key and a certificate for it; issuer None signs with its own key."""
    key = ec.generate_private_key(CURVES[curve]())
    now = datetime.datetime.utcnow().replace(microsecond=0)
    builder = (x509.CertificateBuilder().subject_name(request.subject)
               .issuer_name(issuer.cert.subject if issuer else request.subject)
               .public_key(key.public_key()).serial_number(x509.random_serial_number())
               .not_valid_before(request.not_before or now - BEFORE)
               .not_valid_after(request.not_after or now + AFTER))
    for extension, critical in _extensions(request, key.public_key()):
        builder = builder.add_extension(extension, critical)
    if issuer is not None:
        above = x509.AuthorityKeyIdentifier(request.issuer_key_id or issuer.key_id, None, None)
        builder = builder.add_extension(above, False)
    return Identity(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


class Pki:
    """Roots (`roots["nist"]`, `roots["brainpool"]`), one that nobody installed
    (`stranger`), and an EUM below each of the two.  roots: CIs of somebody else's
    (Identity.from_pem) in the place of our own, so that cards and servers from elsewhere
    and the lab's believe each other: test CIs, whose keys are public, are made for this."""

    def __init__(self, organisation: str = "Lab EUM", eid_prefix: str = "89049032",
                 roots: dict[str, Identity] | None = None):
        self.organisation = organisation
        self.eid_prefix = eid_prefix
        self.roots = {c: (roots or {}).get(c) or self._root(f"Lab CI {c}", c) for c in CURVES}
        self.stranger = self._root("Elsewhere CI", "nist")
        self.eums = {c: self._eum(c) for c in CURVES}
        self._tls: dict[tuple[str, str, str], Identity] = {}
        self._web: WebPki | None = None

    @staticmethod
    def _root(common_name: str, curve: str) -> Identity:
        now = datetime.datetime.utcnow().replace(microsecond=0)
        return issue(Request(name(c="TH", o="Lab RSP", cn=common_name), "ci", ca=True,
                             not_before=now - 2 * BEFORE, not_after=now + 2 * AFTER), None, curve)

    def _eum(self, curve: str) -> Identity:
        request = Request(name(c="TH", o=self.organisation, cn=f"Lab EUM {curve}"), "eum", ca=True, path_length=0,
                          constraints=name(o=self.organisation, serial=self.eid_prefix))
        return issue(request, self.roots[curve], curve)

    def issue_euicc(self, eid: str, root: str = "nist") -> Identity:
        """The key and certificate that a card is born with."""
        subject = name(c="TH", o=self.organisation, serial=eid, cn="Lab eUICC")
        made = issue(Request(subject, "euicc"), self.eums[root], root)
        return Identity(made.cert, made.key, (self.eums[root].cert,))

    def server(self, host: str, kind: str = "good", root: str = "nist", role: str = "dp-tls") -> Identity:
        """A server's certificate for one role, good or bad in the one way that `kind` says."""
        known = (host, f"{kind}/{role}", root)
        if known not in self._tls:
            self._tls[known] = self._server(host, kind, root, role)
        return self._tls[known]

    def _server(self, host: str, kind: str, root: str, role: str) -> Identity:
        if kind not in KINDS + MORE_KINDS:
            raise ValueError(f"kind is one of {', '.join(KINDS + MORE_KINDS)}")
        if kind == "web_pki":
            return self._web_server(host)
        now = datetime.datetime.utcnow().replace(microsecond=0)
        shown = "elsewhere.lab.example" if kind == "wrong_name" else host
        subject = name(c="TH", o="Lab SM-DP+", cn=shown)
        issuer, above = self.roots[root], ()
        request = Request(subject, role, hosts=(shown,), server=kind != "no_eku" and role.endswith("tls"))
        if kind == "self_signed":
            issuer = None
        elif kind == "expired":
            request.not_before, request.not_after = now - 400 * DAY, now - DAY
        elif kind == "not_yet_valid":
            request.not_before, request.not_after = now + 2 * DAY, now + 400 * DAY
        elif kind == "wrong_root":
            issuer = self.stranger
        elif kind == "wrong_role":
            request.role = "dp-auth" if role.endswith("tls") else "dp-tls"
        elif kind == "no_role":
            request.role = None
        elif kind == "eum_minted":
            # A subject that keeps within the EUM's name constraints to the letter, so
            # that a chain check alone finds nothing wrong.
            request.subject = name(o=self.organisation, serial=self.eid_prefix, cn=shown)
            issuer, above = self.eums[root], (self.eums[root].cert,)
        elif kind == "wrong_key_id":
            request.issuer_key_id = self.stranger.key_id
        made = issue(request, issuer, root)
        return Identity(made.cert, made.key, above)

    def _web_server(self, host: str) -> Identity:
        """What a browser would take: from a root that no role of remote SIM provisioning stands in."""
        if self._web is None:
            self._web = WebPki()
        return self._web.server((host,))

    def signer(self, host: str, role: str, kind: str = "good", root: str = "nist") -> Identity:
        """The certificate of a server that signs for `role` ("dp-auth", "dp-pb", "ds-auth"), good or bad in one way."""
        known = (host, f"signer {kind}/{role}", root)
        if known not in self._tls:
            self._tls[known] = self._signer(host, role, kind, root)
        return self._tls[known]

    def _signer(self, host: str, role: str, kind: str, root: str) -> Identity:
        if kind not in SIGNER_KINDS:
            raise ValueError(f"kind is one of {', '.join(SIGNER_KINDS)}")
        if kind == "web_pki":
            return self._web_server(host)
        now = datetime.datetime.utcnow().replace(microsecond=0)
        request = Request(name(c="TH", o="Lab SM-DP+", cn=f"{host} {role}"), role, hosts=(host,))
        issuer, above, curve = self.roots[root], (), root
        changes = {
            "expired": {"not_before": now - 400 * DAY, "not_after": now - DAY},
            "not_yet_valid": {"not_before": now + 2 * DAY, "not_after": now + 400 * DAY},
            "wrong_role": {"role": "dp-tls" if role != "ds-auth" else "euicc"}, "swapped": {"role": SWAPPED[role]},
            "no_role": {"role": None}, "wrong_key_id": {"issuer_key_id": self.stranger.key_id},
            "other_oid": {"oid": "2.999.2"}, "no_oid": {"oid": ""}, "authority": {"ca": True, "path_length": 0},
            "eum_minted": {"subject": name(o=self.organisation, serial=self.eid_prefix, cn=host)},
        }
        for key, value in changes.get(kind, {}).items():
            setattr(request, key, value)
        if kind == "self_signed":
            issuer = None
        elif kind == "wrong_root":
            issuer, curve = self.stranger, "nist"
        elif kind == "other_ci":
            curve = next(c for c in CURVES if c != root)
            issuer = self.roots[curve]
        elif kind == "eum_minted":
            issuer, above = self.eums[root], (self.eums[root].cert,)
        made = issue(request, issuer, curve)
        if kind == "broken_signature":
            spoilt = made.der[:-1] + bytes((made.der[-1] ^ 1,))
            return Identity(x509.load_der_x509_certificate(spoilt), made.key)
        return Identity(made.cert, made.key, above)

    def write_roots(self, folder: str | Path, which: tuple[str, ...] = tuple(CURVES)) -> list[Path]:
        """Write roots as PEM files, named by their key id: an installed trust store.
        "stranger" is one that cards do not know."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        paths = []
        for root in (self.stranger if w == "stranger" else self.roots[w] for w in which):
            path = target / f"{root.key_id.hex().upper()}.pem"
            path.write_bytes(root.chain_pem())
            paths.append(path)
        return paths


class WebPki:
    """What browsers trust: a root of its own, which no role of remote SIM provisioning stands in."""

    def __init__(self):
        now = datetime.datetime.utcnow().replace(microsecond=0)
        self.root = issue(Request(name(c="TH", o="Lab Web Trust", cn="Lab Web Root"), None, ca=True,
                                  not_before=now - 2 * BEFORE, not_after=now + 2 * AFTER), None)

    def server(self, hosts: tuple[str, ...], kind: str = "good") -> Identity:
        """kind: "good", or "expired", "not_yet_valid", "self_signed"."""
        now = datetime.datetime.utcnow().replace(microsecond=0)
        begin, end = {"expired": (now - 400 * DAY, now - DAY), "not_yet_valid": (now + 2 * DAY, now + 400 * DAY)}.get(
            kind, (None, None))
        subject = name(c="TH", o="Lab Telecom", cn=hosts[0])
        return issue(Request(subject, None, hosts=hosts, server=True, not_before=begin, not_after=end),
                     None if kind == "self_signed" else self.root)

    def write_root(self, path: str | Path) -> Path:
        target = Path(path)
        target.write_bytes(self.root.chain_pem())
        return target
