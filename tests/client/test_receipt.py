# SPDX-License-Identifier: LGPL-2.1-or-later
"""receipt verify, with certificates made here: what is genuine, and every way of not being it."""
import base64
import copy
import datetime
import html.parser
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.x509.oid import NameOID

EID = "89049032123451234512345678901235"
ICCID = "8966050000000010001"
ROLE = "2.23.146.1.2.1."
CI, EUICC, EUM = 0, 1, 2
NOW = datetime.datetime.utcnow()


def name(common, **more):
    parts = [x509.NameAttribute(NameOID.COUNTRY_NAME, "TH")]
    if "org" in more:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, more["org"]))
    parts.append(x509.NameAttribute(NameOID.COMMON_NAME, common))
    if "serial" in more:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, more["serial"]))
    return x509.Name(parts)


class Maker:
    """A chain as SGP.22 has it: CI, EUM (bound to an organisation and the beginning of an EID), eUICC."""

    def __init__(self, curve=ec.SECP256R1, role=EUICC, eum_role=EUM, ci_role=CI, org="Maker", bound_org="Maker",
                 prefix="89049032", days=3650, serial=EID, constrained=True):
        self.keys = {who: ec.generate_private_key(curve()) for who in ("ci", "eum", "euicc")}
        constraints = x509.NameConstraints([x509.DirectoryName(x509.Name([
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, bound_org),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, prefix)]))], None)
        self.ci = self.make("ci", "ci", name("Test CI"), name("Test CI"), ci_role, days, True, None)
        self.eum = self.make("eum", "ci", name("Test EUM", org=bound_org), name("Test CI"), eum_role, days, True,
                             constraints if constrained else None)
        self.euicc = self.make("euicc", "eum", name("Test eUICC", org=org, serial=serial),
                               name("Test EUM", org=bound_org), role, days, False, None)

    def make(self, who, issuer, subject, issuer_name, role, days, is_ca, constraints):
        public = self.keys[who].public_key()
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer_name).public_key(public)
                   .serial_number(x509.random_serial_number()).not_valid_before(NOW - datetime.timedelta(days=30))
                   .not_valid_after(NOW + datetime.timedelta(days=days))
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                       self.keys[issuer].public_key()), False)
                   .add_extension(x509.CertificatePolicies([x509.PolicyInformation(
                       x509.ObjectIdentifier(ROLE + str(role)), None)]), True)
                   .add_extension(x509.KeyUsage(not is_ca, False, False, False, False, is_ca, is_ca, False, False), True))
        if is_ca:
            builder = builder.add_extension(x509.BasicConstraints(True, None), True)
        if constraints:
            builder = builder.add_extension(constraints, True)
        return builder.sign(self.keys[issuer], hashes.SHA256())

    def sign(self, data):
        r, s = utils.decode_dss_signature(self.keys["euicc"].sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def tlv(tag, value):
    return bytes.fromhex(tag) + bytes([len(value)]) + value


def metadata(sequence=5, event=0x10, address="smdp.example.com", iccid=ICCID):
    digits = (iccid + "F" * (20 - len(iccid)))
    swapped = "".join(digits[i + 1] + digits[i] for i in range(0, 20, 2))
    return tlv("bf2f", tlv("80", bytes([sequence])) + tlv("81", bytes([4, event])) + tlv("0c", address.encode())
               + tlv("5a", bytes.fromhex(swapped)))


def receipt(maker, signed=None):
    signed = signed if signed is not None else metadata()

    def b64(data):
        return base64.b64encode(data).decode()

    def der(certificate):
        return b64(certificate.public_bytes(serialization.Encoding.DER))

    return {"type": "esimd-receipt", "version": 1, "id": "d1", "issued": "2026-11-22T12:00:00Z", "method": "local",
            "reason": "travel-ended", "eid": EID, "iccid": ICCID,
            "profile": {"name": "Travel \x1b[2J", "service-provider": "AIS"},
            "statements": [
                {"code": "deleted", "label": "signed-by-euicc", "text": "The eUICC deleted the profile.", "time": None},
                {"code": "gone", "label": "observed-by-this-machine", "text": "It was seen gone.",
                 "time": "2026-11-22T12:00:00Z"},
                {"code": "told", "label": "stated-by-user", "text": "I know that the contract goes on.", "time": None}],
            "delete-notifications": [{
                "sequence": 5, "address": "smdp.example.com", "acknowledged": None, "acknowledged-by": None,
                "signed": {"notification-metadata": b64(signed), "signature": b64(maker.sign(signed)),
                           "euicc-certificate": der(maker.euicc), "eum-certificate": der(maker.eum)}}],
            "does-not-prove": ["That the contract has ended."]}


class Table:
    def __init__(self, desk, folder):
        self.desk, self.folder = desk, folder
        self.roots = folder / "roots"
        self.roots.mkdir()

    def trust(self, maker, encoding="PEM"):
        data = maker.ci.public_bytes(getattr(serialization.Encoding, encoding))
        (self.roots / "ci.crt").write_bytes(data)
        return maker

    def verify(self, paper, *args, **env):
        path = self.folder / "receipt.json"
        path.write_text(paper if isinstance(paper, str) else json.dumps(paper), encoding="utf-8")
        return self.desk.run("receipt", "verify", str(path), "--roots", str(self.roots), *args, **env)


@pytest.fixture
def table(desk, tmp_path):
    return Table(desk, tmp_path)


@pytest.mark.parametrize("curve", [ec.SECP256R1, ec.BrainpoolP256R1])
@pytest.mark.parametrize("encoding", ["PEM", "DER"])
def test_good(table, curve, encoding):
    result = table.verify(receipt(table.trust(Maker(curve), encoding)))
    assert result.returncode == 0, result
    for words in ("Verified.", "the root “Test CI”", "signed by the eUICC", "observed by this machine",
                  "stated by the user", "What this receipt does not prove", "That the contract has ended."):
        assert words in result.stdout, result.stdout
    assert "\x1b" not in result.stdout


def test_good_json_and_eid(table):
    paper = receipt(table.trust(Maker()))
    result = table.verify(paper, "--json", "--eid", EID)
    verdict = json.loads(result.stdout)
    assert result.returncode == 0 and verdict["verdict"] == "verified" and verdict["roots"] == 1
    assert verdict["notifications"] == [{"sequence": 5, "address": "smdp.example.com", "anchored": True,
                                         "root": "Test CI", "in-time": True}]
    assert table.verify(paper, "--eid", "1" * 32).returncode == 9


def test_no_root_is_unanchored(table):
    result = table.verify(receipt(Maker()))
    assert result.returncode == 8 and "Unanchored" in result.stdout


def test_another_root_of_the_same_name_is_no_anchor(table):
    table.trust(Maker())
    assert table.verify(receipt(Maker())).returncode in (8, 9)


def test_root_without_the_role_is_no_anchor(table):
    assert table.verify(receipt(table.trust(Maker(ci_role=EUM)))).returncode == 8


def test_unbound_maker_of_the_same_organisation(table):
    assert table.verify(receipt(table.trust(Maker(constrained=False)))).returncode == 0
    assert table.verify(receipt(table.trust(Maker(constrained=False, org="Other")))).returncode == 9


@pytest.mark.parametrize("wrong", [{"role": EUM}, {"role": CI}, {"eum_role": EUICC}, {"eum_role": CI},
                                   {"prefix": "89049033"}, {"org": "Other"}, {"serial": "1" * 32}])
def test_wrong_chain(table, wrong):
    result = table.verify(receipt(table.trust(Maker(**wrong))))
    assert result.returncode == 9, (wrong, result)


def test_expired_is_said_and_does_not_fail(table):
    result = table.verify(receipt(table.trust(Maker(days=-1))))
    assert result.returncode == 0 and "not within its dates" in result.stdout


def test_each_changed_byte_of_what_was_signed(table):
    paper = receipt(table.trust(Maker()))
    proof = paper["delete-notifications"][0]["signed"]
    for key in ("notification-metadata", "signature"):
        data = base64.b64decode(proof[key])
        for i in range(len(data)):
            changed = copy.deepcopy(paper)
            other = data[:i] + bytes([data[i] ^ 1]) + data[i + 1:]
            changed["delete-notifications"][0]["signed"][key] = base64.b64encode(other).decode()
            assert table.verify(changed).returncode == 9, (key, i)


@pytest.mark.parametrize("key", ["euicc-certificate", "eum-certificate"])
def test_changed_certificates(table, key):
    paper = receipt(table.trust(Maker()))
    data = base64.b64decode(paper["delete-notifications"][0]["signed"][key])
    for i in range(0, len(data), 7):
        changed = copy.deepcopy(paper)
        other = data[:i] + bytes([data[i] ^ 1]) + data[i + 1:]
        changed["delete-notifications"][0]["signed"][key] = base64.b64encode(other).decode()
        assert table.verify(changed).returncode in (8, 9), (key, i)


@pytest.mark.parametrize("signed", [
    metadata(sequence=6), metadata(event=0x20), metadata(event=0x80), metadata(address="other.example.com"),
    metadata(iccid="8966050000000010002"), metadata() + b"\x00", metadata()[:-12] , b"", b"\xbf\x2f\x00",
    metadata().replace(b"\x81\x02", b"\x82\x02"), b"\xbf\x2f\x80" + metadata()[3:] + b"\x00\x00"])
def test_other_things_that_the_euicc_signed(table, signed):
    assert table.verify(receipt(table.trust(Maker()), signed)).returncode == 9


@pytest.mark.parametrize("key,value", [("eid", "1" * 32), ("iccid", "8966050000000010002"), ("version", 2),
                                       ("type", "x"), ("eid", None), ("statements", None), ("delete-notifications", {}),
                                       ("does-not-prove", "x"), ("delete-notifications", [1])])
def test_changed_receipt(table, key, value):
    paper = receipt(table.trust(Maker()))
    paper[key] = value
    assert table.verify(paper).returncode == 9


@pytest.mark.parametrize("key,value", [("sequence", 6), ("sequence", -1), ("sequence", "5"), ("address", "x"),
                                       ("address", None), ("signed", None)])
def test_changed_notification(table, key, value):
    paper = receipt(table.trust(Maker()))
    paper["delete-notifications"][0][key] = value
    assert table.verify(paper).returncode == 9


def test_base64_must_be_as_it_is_written(table):
    paper = receipt(table.trust(Maker()))
    paper["delete-notifications"][0]["signed"]["signature"] += "\n"
    assert table.verify(paper).returncode == 9


def test_one_bad_notification_spoils_all(table):
    paper = receipt(table.trust(Maker()))
    second = copy.deepcopy(paper["delete-notifications"][0])
    second["address"] = "evil.example.com"
    paper["delete-notifications"].append(second)
    assert table.verify(paper).returncode == 9


def test_nothing_signed_is_8(table):
    paper = receipt(Maker())
    paper["delete-notifications"] = []
    result = table.verify(paper)
    assert result.returncode == 8 and "no signed proof" in result.stdout


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 100000, "{\"a\":" * 5000, "x" * 2000000, "\x00"])
def test_what_is_no_receipt(table, text):
    assert table.verify(text).returncode == 9


def test_no_file_is_3(table):
    assert table.desk.run("receipt", "verify", "/nonexistent").returncode == 3
    (table.folder / "f").write_text(json.dumps(receipt(Maker())))
    assert table.desk.run("receipt", "verify", str(table.folder / "f"), "--roots", "/nonexistent").returncode == 3


def test_works_without_the_service(table):
    paper = receipt(table.trust(Maker()))
    assert table.verify(paper, DBUS_SYSTEM_BUS_ADDRESS="unix:path=/nonexistent").returncode == 0


def test_chinese(table):
    result = table.verify(receipt(table.trust(Maker())), LC_ALL="zh_CN.UTF-8")
    assert "验证通过" in result.stdout and "由 eUICC 签名" in result.stdout and "发往 smdp.example.com 的通知 5" in result.stdout


STATED = [
    {"code": "requested", "label": "observed-by-this-machine", "text": "User 1000 asked.", "time": "2026-11-22T12:00:00Z",
     "parameters": {"user": 1000, "reason": "travel-ended"}},
    {"code": "consented", "label": "stated-by-user", "text": "Agreed.", "time": None},
    {"code": "carrier-submitted", "label": "stated-by-user", "text": "Asked on 2026-11-22.", "time": None,
     "parameters": {"date": "2026-11-22", "reference": "R<b>1"}},
    {"code": "carrier-refused", "label": "stated-by-user", "text": "Refused.", "time": None,
     "parameters": {"missing": ["account-pin", "other"]}},
    {"code": "carrier-rejected", "label": "stated-by-user", "text": "Rejected.", "time": None, "parameters": {}},
    {"code": "carrier-confirmed", "label": "stated-by-user", "text": "Confirmed to end on 2026-12-31.", "time": None,
     "parameters": {"date": "2026-11-25", "effective-date": "2026-12-31", "reference": "R2"}},
    {"code": "document", "label": "stated-by-user", "text": "A document.", "time": None,
     "parameters": {"name": "a.pdf", "size": 1234, "sha256": "ab" * 32}},
    {"code": "contract-continues", "label": "stated-by-user", "text": "It goes on.", "time": None},
    {"code": "deleted", "label": "observed-by-this-machine", "text": "Deleted.", "time": None},
    {"code": "not-deleted", "label": "observed-by-this-machine", "text": "Nothing deleted.", "time": None},
    {"code": "delete-event", "label": "signed-by-euicc", "text": "Event 5.", "time": None,
     "parameters": {"sequence": 5, "address": "smdp.example.com"}},
    {"code": "acknowledged", "label": "observed-by-this-machine", "text": "Acknowledged.", "time": None,
     "parameters": {"sequence": 5, "address": "smdp.example.com", "http-status": 204}},
    {"code": "carrier-in-review", "label": "stated-by-user", "text": "Not decided.", "time": None,
     "parameters": {"expected-by": "2026-12-03"}},
    {"code": "carrier-moved-date", "label": "stated-by-user", "text": "Moved.", "time": None,
     "parameters": {"effective-date": "2027-01-31"}},
    {"code": "remove-now", "label": "stated-by-user", "text": "Now.", "time": None},
    {"code": "of-the-future", "label": "stated-by-user", "text": "Something <script>new</script>.", "time": None}]
LIMITS = [{"code": code, "text": f"English of {code}."} for code in (
    "contract-ended", "contract-ended-attested", "absent-now", "deletion-time", "no-server", "no-signature", "nothing-deleted",
    "of-the-future")] + ["An old plain one."]
CHINESE = [
    "用户 1000 提出了注销，原因：旅行结束。", "用户同意注销。", "已于 2026-11-22 向运营商申请终止合约；受理编号：R<b>1。",
    "运营商没有受理申请；缺少：账户 PIN、其他。", "运营商拒绝了申请。",
    "运营商于 2026-11-25 确认了合约终止；终止日期：2026-12-31；受理编号：R2。", f"a.pdf，1234 字节，SHA-256 {'ab' * 32}",
    "用户被告知合约在运营商处终止之前仍会继续", "卡的列表中不再有该配置文件。", "esimd 没有删除任何配置文件。",
    "发出了删除事件 5，收件方为 smdp.example.com", "smdp.example.com 已确认删除事件 5，HTTP 状态 204。",
    "预计不晚于 2026-12-03 答复", "运营商另定了终止日期：2027-01-31。", "用户要求在合约最后一天之前移除", "Something <script>new</script>.",
    "没有询问过运营商", "只有运营商才能证明", "它可能已被重新安装", "不含时间", "没有指定要通知的服务器", "没有给出签名的删除通知",
    "English of of-the-future.", "An old plain one."]


def stated(**changes):
    return {**receipt(Maker()), "method": "portal", "statements": STATED, "does-not-prove": LIMITS,
            "profile": {"name": "Travel \x1b[2J", "service-provider": "A&S \"<'>"},
            "carrier": {"id": "ais-th", "name": "AIS <Thailand>", "plan": "postpaid", "reference": "R-77",
                        "effective-date": "2026-12-31"}, **changes}


def serve(desk, paper, **more):
    return desk.serve(deregistrations=[{"id": "aaaa0123", "method": "portal", "stage": "completed", "eid": EID, "iccid": ICCID,
                                        "receipt": json.dumps(paper), **more}])


def flat(text):
    return "".join(text.split())


def test_statements_in_english_are_as_the_service_says_them(desk):
    text = serve(desk, stated()).run("receipt", "aaaa").stdout
    for words in [s["text"] for s in STATED] + [x["text"] for x in LIMITS[:-1]] + ["An old plain one.", "the journey is over", "AIS <Thailand>", "R-77"]:
        assert words in text, (words, text)


def test_statements_in_chinese(desk):
    text = serve(desk, stated()).run("receipt", "aaaa", chinese=True).stdout
    for words in CHINESE:
        assert flat(words) in flat(text), (words, text)
    assert "Asked on" not in text and "English of absent-now" not in text


def test_statement_without_its_parameters_stays_english(desk):
    paper = stated(statements=[{k: v for k, v in s.items() if k != "parameters"} for s in STATED])
    text = serve(desk, paper).run("receipt", "aaaa", chinese=True).stdout
    assert "User 1000 asked." in text and "A document." in text and "Event 5." in text


@pytest.mark.parametrize("parameters", [
    None, [], "x", {"user": {"a": 1}, "reason": [1, None]}, {"user": "\u0000", "reason": "\x1b[2J"}, {"user": 1.5}, {"\x1b": "x"},
    {"user": "{user}[{x}|", "reason": "]"}, {str(i): i for i in range(1000)}])
def test_hostile_parameters(desk, parameters):
    statement = {**STATED[0], "parameters": parameters}
    paper = stated(statements=[statement], **{"does-not-prove": [{"code": 1, "text": None}, {}, None, 5]})
    for chinese in (False, True):
        result = serve(desk, paper).run("receipt", "aaaa", chinese=chinese)
        desk.stop()
        assert result.returncode == 0 and "\x1b" not in result.stdout and result.stderr == "", result


def test_half_a_character(desk):
    assert serve(desk, stated(statements=[{**STATED[0], "parameters": {"user": "\ud800"}}])).run("receipt", "aaaa").returncode == 9


class Page(html.parser.HTMLParser):
    """A page as a browser reads it: elements, attributes, text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("chinese", [False, True])
def test_page(desk, tmp_path, chinese):
    target = tmp_path / "receipt.html"
    serve(desk, stated())
    shown = desk.run("receipt", "aaaa", "--html", chinese=chinese)
    assert shown.returncode == 0
    assert desk.run("receipt", "aaaa", "--html", "-o", str(target), chinese=chinese).returncode == 0
    assert target.read_text(encoding="utf-8") == shown.stdout.rstrip("\n") + "\n" and target.stat().st_mode & 0o777 == 0o600
    page = Page(shown.stdout)
    assert not {"script", "img", "link", "iframe", "object", "a", "b", "form"} & set(page.elements)
    assert not [name for name, _ in page.attributes if name.startswith("on") or name in ("src", "href", "style")]
    assert "url(" not in shown.stdout and "@import" not in shown.stdout and "\x1b" not in shown.stdout
    assert ("lang", "zh-CN" if chinese else "en") in page.attributes
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in page.attributes
    assert "A&S \"<'>" in page.text and "Something <script>new</script>." in page.text and EID in page.text
    assert "AIS <Thailand>" in page.text and "R-77" in page.text
    for words in CHINESE if chinese else [s["text"] for s in STATED]:
        assert words in page.text, words


@pytest.mark.parametrize("written, shown", [("2026-12-27T17:00:00Z", "2026-12-28 00:00:00 +07:00"),
                                            ("some day", "some day"), ("", "")])
def test_times_are_the_readers(desk, written, shown):
    """Whoever waits for midnight at home sees it; what is no time is shown as it is."""
    paper = stated() | {"issued": written}
    paper["statements"] = [one | {"time": written} for one in paper["statements"]]
    serve(desk, paper)
    for options in ([], ["--html"]):
        text = desk.run("receipt", "aaaa", *options, TZ="Asia/Bangkok").stdout
        assert text.count(shown) > len(paper["statements"]) and (written == shown or written not in text)


@pytest.mark.parametrize("wrong", [["aaaa", "--html", "--json"], ["verify", "x", "--html"]])
def test_page_of_what_has_none(desk, wrong):
    assert serve(desk, stated()).run("receipt", *wrong).returncode == 2


def test_page_of_no_receipt(desk, tmp_path):
    target = tmp_path / "receipt.html"
    assert serve(desk, {"type": "x"}).run("receipt", "aaaa", "--html", "-o", str(target)).returncode == 9
    assert not target.exists()


def test_receipt_of_deregister_is_the_same(desk, table):
    serve(desk, stated())
    assert desk.run("deregister", "receipt", "aaaa").stdout == desk.run("receipt", "aaaa").stdout != ""
    paper = table.folder / "paper.json"
    assert desk.run("deregister", "receipt", "aaaa", "-o", str(paper)).returncode == 0
    assert desk.run("deregister", "receipt", "verify", str(paper), "--roots", str(table.roots)).returncode == 8


def test_statements_when_verifying(table):
    result = table.verify(stated(), LC_ALL="zh_CN.UTF-8")
    assert result.returncode == 8 and "用户同意注销。" in result.stdout
