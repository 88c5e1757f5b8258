# SPDX-License-Identifier: LGPL-2.1-or-later
"""esimctl reset-memory, default-server, trust, icon, and what show says of a card."""
import datetime
import json
import os
import stat

import pytest
from conftest import EID
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from downloads import ICON, TRUST

TYPE_EID = "type the EID:"


# Memory reset
def test_reset_wants_the_eid_typed(desk):
    desk.serve()
    code, text = desk.terminal("reset-memory", "operational", NO_COLOR="1", script=[
        (TYPE_EID, " ".join(EID[i:i + 4] for i in range(0, 32, 4)) + "\n")])
    assert code == 0 and "2 profiles are deleted" in text, text
    for words in ("Travel 5G", "家里", "keep paying", "cannot be taken back", f"EID: {EID}"):
        assert words in text.replace("\n", " "), words
    assert "8966050000000030003" not in text.split(TYPE_EID)[0]
    assert desk.called("ResetMemory") == [[["operational"], {"eid": EID, "contracts-continue": True}]]


@pytest.mark.parametrize("typed, code", [("y\n", 1), ("\n", 1), (EID[:-1] + "\n", 1), ("\x04", 1), ("^C", 130)])
def test_anything_else_resets_nothing(desk, typed, code):
    got, text = desk.serve().terminal("reset-memory", "operational", script=[(TYPE_EID, typed)])
    assert got == code and "Nothing was changed" in text and desk.called("ResetMemory") == []


def test_reset_without_a_terminal(desk):
    desk.serve()
    assert desk.run("reset-memory", "operational").returncode == 6
    assert desk.run("reset-memory", "operational", "--confirm-eid", EID).returncode == 6
    assert desk.called("ResetMemory") == []
    told = desk.json("reset-memory", "operational", "test", "--confirm-eid", EID, "--contracts-continue")
    assert len(told["deleted"]) == 3 and told["operation"] == "reset-memory"
    assert desk.run("reset-memory", "default-address", "--confirm-eid", "1" * 32).returncode == 1
    assert desk.run("reset-memory", "default-address", "--confirm-eid", EID).returncode == 0


@pytest.mark.parametrize("args", [[], ["everything"], ["test", "all"]])
def test_reset_usage(desk, args):
    assert desk.serve().run("reset-memory", *args).returncode == 2


# Default server
def test_default_server(desk):
    desk.serve(details={"DefaultSmdpAddress": "smdp.example.com", "RootSmdsAddresses": ["lpa.ds.example.com"]})
    assert desk.run("default-server").stdout == "smdp.example.com\n"
    assert desk.json("default-server")["root-smds-addresses"] == ["lpa.ds.example.com"]
    assert desk.run("default-server", "other.example.com").stdout == "The card's default server is now other.example.com\n"
    assert desk.run("default-server").stdout == "other.example.com\n"
    assert desk.run("default-server", "--clear").returncode == 0
    assert "no default server" in desk.run("default-server").stdout
    assert desk.called("SetDefaultSmdpAddress") == [["other.example.com", {}], ["", {}]]
    assert desk.run("default-server", "x", "--clear").returncode == 2


# Icon
def test_icon(desk):
    desk.serve()
    path = desk.folder / "icon.png"
    assert "image/png, 16 octets" in desk.run("icon", "0001", path).stdout and path.read_bytes() == ICON
    assert desk.json("icon", "0001", path) == {"type": "image/png", "size": 16, "file": str(path)}
    code, text = desk.terminal("icon", "0001", "-")
    assert code == 2 and "\x00" not in text
    assert desk.run("icon", "0001", "/nowhere/icon").returncode == 1


def test_no_icon(desk):
    assert desk.serve(icon=False).run("icon", "0001", desk.folder / "x").returncode == 3
    assert not (desk.folder / "x").exists()


# What show says
def test_show_says_what_a_card_is(desk):
    rules = [{"rules": ["ppr1", "ppr2"], "consent-required": True, "operators": [{"mccmnc": "26201", "gid1": "", "gid2": ""}]},
             {"rules": ["ppr2"], "consent-required": False, "operators": [{"mccmnc": "******", "gid1": "", "gid2": ""}]}]
    desk.serve(details={"DefaultSmdpAddress": "smdp.example.com", "RootSmdsAddresses": ["lpa.ds.example.com"],
                        "CiKeyIds": [TRUST[0]["key-id"], "CD" * 20], "PolicyRules": rules})
    text = desk.run("show").stdout
    for words in ("284.5\u00a0KiB", "smdp.example.com", "lpa.ds.example.com", "GSM Association - RSP2 Root CI1", "CD" * 20,
                  "26201: may not be disabled, may not be deleted; you are asked", "any operator: may not be deleted"):
        assert words in text, (words, text)
    told = desk.json("show")
    assert told["policy-rules"] == rules and told["default-smdp-address"] == "smdp.example.com"


# Trust
def make_root(*, role="2.23.146.1.2.1.0", ca=True, days=365, curve=None, signer=None, name="Example CI", key_id=None):
    key = ec.generate_private_key(curve or ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime(2026, 1, 1)
    builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
               .serial_number(7).not_valid_before(now - datetime.timedelta(days=4000))
               .not_valid_after(datetime.datetime.utcnow() + datetime.timedelta(days=days))
               .add_extension(x509.BasicConstraints(ca, None), True)
               .add_extension(x509.SubjectKeyIdentifier(key_id) if key_id
                              else x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
               .add_extension(x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(role), None)]), True))
    certificate = builder.sign(signer or key, hashes.SHA256())
    return certificate, certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex().upper()


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def put(desk, certificate, name="root.pem"):
    path = desk.folder / name
    path.write_bytes(pem(certificate))
    return path


def test_trust_list(desk):
    text = desk.serve().run("trust", "list").stdout
    assert "GSM Association - RSP2 Root CI1  81370F5125D0B1D4  trusted" in text, text
    assert "missing: a card lists it" in text and "(not known)" in text
    assert desk.json("trust") == TRUST
    whole = desk.run("trust", "--fingerprints").stdout
    for root in TRUST:
        half = len(root["fingerprint"]) // 2
        assert all(part in whole for part in (root["key-id"], root["fingerprint"][:half], root["fingerprint"][half:]))


def test_a_beginning_that_fits_two_roots_takes_neither_away(desk):
    folder = desk.folder / "trust"
    folder.mkdir()
    for number in range(2):
        certificate, _ = make_root(key_id=bytes(19) + bytes([number]))
        (folder / f"{number}.pem").write_bytes(pem(certificate))
    assert desk.run("trust", "remove", "0" * 16, "--folder", folder, "--yes").returncode == 3
    assert desk.run("trust", "remove", "0" * 39 + "1", "--folder", folder, "--yes").returncode == 0
    assert [path.name for path in folder.iterdir()] == ["0.pem"]


def test_a_known_key_id_on_another_key_is_refused(desk):
    forged, _ = make_root(key_id=bytes.fromhex(TRUST[0]["key-id"]))
    result = desk.serve().run("trust", "add", put(desk, forged), "--folder", desk.folder / "t", "--yes", "--test-root")
    assert result.returncode == 9 and "is not that certificate" in result.stderr and not (desk.folder / "t").exists()


def test_trust_add_and_remove(desk):
    desk.serve()
    certificate, key_id = make_root()
    folder = desk.folder / "trust"
    result = desk.run("trust", "add", put(desk, certificate), "--folder", folder)
    assert result.returncode == 6 and "Example CI" in result.stdout and key_id in result.stdout and not folder.exists()
    assert desk.run("trust", "add", put(desk, certificate), "--folder", folder, "--yes").returncode == 0
    file = folder / f"{key_id}.pem"
    assert file.read_bytes() == pem(certificate) and stat.S_IMODE(file.stat().st_mode) == 0o644
    assert desk.run("trust", "remove", key_id, "--folder", folder).returncode == 6 and file.exists()
    assert desk.run("trust", "remove", key_id[:7], "--folder", folder, "--yes").returncode == 3 and file.exists()
    short = ":".join(key_id[i:i + 2] for i in range(0, 16, 2)).lower()
    assert desk.json("trust", "remove", short, "--folder", str(folder), "--yes") == {"key-id": key_id, "removed": 1, "still-trusted": []}
    assert not file.exists()
    assert desk.run("trust", "remove", key_id, "--folder", folder, "--yes").returncode == 3


def test_a_root_that_is_elsewhere_too_is_still_trusted(desk):
    """In a bundle, or beside others in a file: neither is touched, and neither is passed over in silence."""
    certificate, key_id = make_root()
    folder = desk.folder / "trust"
    folder.mkdir()
    known = {**TRUST[0], "key-id": key_id, "file": "/usr/share/esimd/bundle.pem", "installed": True}
    desk.serve(trust=[TRUST[0], known])
    (folder / "one.pem").write_bytes(pem(certificate))
    result = desk.run("trust", "remove", key_id, "--folder", folder, "--yes")
    assert result.returncode == 0 and "Removed:" in result.stdout, result
    assert "Still trusted, because it is in this file too: /usr/share/esimd/bundle.pem\n" in result.stdout, result
    assert TRUST[0]["file"] not in result.stdout
    (folder / "one.pem").write_bytes(pem(certificate))
    told = desk.json("trust", "remove", key_id, "--folder", str(folder), "--yes")
    assert told == {"key-id": key_id, "removed": 1, "still-trusted": ["/usr/share/esimd/bundle.pem"]}
    (folder / "one.pem").write_bytes(pem(certificate))
    desk.stop()
    result = desk.run("trust", "remove", key_id, "--folder", folder, "--yes")
    assert result.returncode == 0 and "is not known" in result.stderr


def test_trust_works_without_the_service(desk):
    certificate, key_id = make_root()
    (desk.folder / "der").write_bytes(certificate.public_bytes(serialization.Encoding.DER))
    result = desk.run("trust", "add", desk.folder / "der", "--folder", desk.folder / "t", "--yes")
    assert result.returncode == 0 and "not compared" in result.stderr
    assert (desk.folder / "t" / f"{key_id}.pem").read_bytes() == pem(certificate)


@pytest.mark.parametrize("wrong, words", [
    ({"role": "2.23.146.1.2.1.4"}, "issuer of eSIM certificates"), ({"ca": False}, "no certification authority"),
    ({"days": -1}, "out of date"), ({"curve": ec.SECP384R1()}, "no eUICC knows"),
    ({"signer": ec.generate_private_key(ec.SECP256R1())}, "own key")])
def test_what_is_no_root_is_refused(desk, wrong, words):
    result = desk.serve().run("trust", "add", put(desk, make_root(**wrong)[0]), "--folder", desk.folder / "t", "--yes")
    assert result.returncode == 9 and words in result.stderr and not (desk.folder / "t").exists(), result


def test_what_is_no_certificate_is_refused(desk):
    desk.serve()
    two = pem(make_root()[0]) + pem(make_root()[0])
    for data in (b"", b"hello", two, b"-----BEGIN CERTIFICATE-----\n", os.urandom(70000)):
        (desk.folder / "x").write_bytes(data)
        assert desk.run("trust", "add", desk.folder / "x", "--folder", desk.folder / "t", "--yes").returncode == 1
    assert not (desk.folder / "t").exists()


def test_a_known_root_is_that_certificate_and_no_other(desk):
    certificate, key_id = make_root()
    known = {**TRUST[0], "key-id": key_id, "installed": False}
    result = desk.serve(trust=[known]).run("trust", "add", put(desk, certificate), "--folder", desk.folder / "t", "--yes")
    assert result.returncode == 9 and "is not that certificate" in result.stderr
    desk.stop()
    known["fingerprint"] = certificate.fingerprint(hashes.SHA256()).hex()
    result = desk.serve(trust=[known]).run("trust", "add", put(desk, certificate), "--folder", desk.folder / "t", "--yes")
    assert result.returncode == 0 and "Known as     GSM Association - RSP2 Root CI1" in result.stdout


def test_a_test_root_needs_more_than_a_yes(desk):
    certificate, key_id = make_root()
    known = {**TRUST[0], "key-id": key_id, "fingerprint": "", "test": True}
    desk.serve(trust=[known])
    path, folder = put(desk, certificate), desk.folder / "t"
    result = desk.run("trust", "add", path, "--folder", folder, "--yes")
    assert result.returncode == 6 and "--test-root" in result.stderr and not folder.exists()
    assert desk.run("trust", "add", path, "--folder", folder, "--yes", "--test-root").returncode == 0


def test_a_folder_of_somebody_else(desk):
    if os.getuid() == 0:
        folder = "/proc/esimd"
    else:
        folder = "/etc/esimd-of-root"
    result = desk.serve().run("trust", "add", put(desk, make_root()[0]), "--folder", folder, "--yes", "--json")
    assert result.returncode in (1, 4) and json.loads(result.stderr)["error"] in ("NotAuthorized", "StorageError")


@pytest.mark.parametrize("args", [["add"], ["remove"], ["burn"], ["list", "x"]])
def test_trust_usage(desk, args):
    assert desk.serve().run("trust", *args).returncode == 2
