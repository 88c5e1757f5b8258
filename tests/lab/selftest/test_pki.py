# SPDX-License-Identifier: LGPL-2.1-or-later
import datetime
import hashlib
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from esimlab import Pki
from esimlab.pki import KINDS, WebPki, role_oid

EID = "89049032123451234512345678901235"


def extension(cert, kind):
    return cert.extensions.get_extension_for_class(kind)


@pytest.mark.parametrize("curve, name", [("nist", "secp256r1"), ("brainpool", "brainpoolP256r1")])
def test_roots(pki, curve, name):
    root = pki.roots[curve]
    point = root.key.public_key().public_bytes(serialization.Encoding.X962,
                                               serialization.PublicFormat.UncompressedPoint)
    assert root.cert.public_key().curve.name == name
    assert root.key_id == hashlib.sha1(point).digest()
    policies = extension(root.cert, x509.CertificatePolicies)
    assert policies.critical and [p.policy_identifier.dotted_string for p in policies.value] == ["2.23.146.1.2.1.0"]


def test_each_tree_is_another(pki):
    assert Pki().roots["nist"].key_id != pki.roots["nist"].key_id


def test_eum_is_held_to_its_eids(pki):
    tree, = extension(pki.eums["nist"].cert, x509.NameConstraints).value.permitted_subtrees
    assert {a.oid: a.value for a in tree.value} == {NameOID.ORGANIZATION_NAME: "Lab EUM",
                                                    NameOID.SERIAL_NUMBER: "89049032"}


def test_euicc_certificate(pki):
    made = pki.issue_euicc(EID)
    assert made.cert.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER)[0].value == EID
    assert extension(made.cert, x509.CertificatePolicies).value[0].policy_identifier == role_oid("euicc")
    assert made.above == (pki.eums["nist"].cert,)


def test_openssl_stumbles_over_the_name_constraints_as_over_real_ones(pki, tmp_path):
    made = pki.issue_euicc(EID)
    root, = pki.write_roots(tmp_path / "roots", ("nist",))
    (tmp_path / "eum.pem").write_bytes(pki.eums["nist"].chain_pem())
    (tmp_path / "leaf.pem").write_bytes(made.chain_pem())
    said = subprocess.run(["openssl", "verify", "-no-CApath", "-no-CAstore", "-CAfile", root, "-untrusted",
                           tmp_path / "eum.pem", tmp_path / "leaf.pem"], capture_output=True, text=True)
    assert said.returncode != 0 and "error 47" in said.stderr


def test_roots_are_written_under_their_key_id(pki, tmp_path):
    paths = pki.write_roots(tmp_path / "roots")
    assert {p.stem for p in paths} == {r.key_id.hex().upper() for r in pki.roots.values()}
    assert all(x509.load_pem_x509_certificate(p.read_bytes()) for p in paths)


def test_a_root_can_be_installed_that_no_card_knows(pki, tmp_path):
    path, = pki.write_roots(tmp_path, ("stranger",))
    assert x509.load_pem_x509_certificate(path.read_bytes()) == pki.stranger.cert


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_server_certificate_is_bad_in_one_way_only(pki, kind):
    made = pki.server("smdp.lab.example", kind)
    cert = made.cert
    names = extension(cert, x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName)
    roles = [p.policy_identifier for e in cert.extensions if isinstance(e.value, x509.CertificatePolicies)
             for p in e.value]
    usages = [u for e in cert.extensions if isinstance(e.value, x509.ExtendedKeyUsage) for u in e.value]
    issuer = {"self_signed": cert, "wrong_root": pki.stranger.cert,
              "eum_minted": pki.eums["nist"].cert}.get(kind, pki.roots["nist"].cert)
    assert cert.issuer == issuer.subject
    assert (names == ["smdp.lab.example"]) == (kind != "wrong_name")
    assert roles == {"wrong_role": [role_oid("dp-auth")], "no_role": []}.get(kind, [role_oid("dp-tls")])
    assert (ExtendedKeyUsageOID.SERVER_AUTH in usages) == (kind != "no_eku")
    assert made.above == ((issuer,) if kind == "eum_minted" else ())


def test_unknown_kind_is_refused(pki):
    with pytest.raises(ValueError):
        pki.server("smdp.lab.example", "splendid")


def test_certificates_outlive_a_clock_that_is_years_away(pki):
    web = WebPki()
    made = [pki.roots["nist"], pki.eums["nist"], pki.issue_euicc(EID), pki.server("smdp.lab.example"), web.root,
            web.server(("portal.lab.example",))]
    now = datetime.datetime.utcnow()
    years = datetime.timedelta(days=5 * 365)
    assert all(m.cert.not_valid_before < now - years and m.cert.not_valid_after > now + years for m in made)
