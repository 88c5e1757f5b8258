# SPDX-License-Identifier: LGPL-2.1-or-later
"""Downloads, from the order to the result: the lab's SM-DP+ and the lab's card, with an LPA of the tests between them."""

import base64
import time

import pytest

from esimlab import Address, Card, Owner, Pki, Profile, Smdp, ber, demo_profiles
from esimlab.smdp import Link
from esimlab.ledger import function_of
from esimlab.pki import CURVES, SIGNER_KINDS, Identity
from lpa import Lpa
from rspclient import CardRefused, Client, Failed

HOST = "smdp.lab.example"
OPEN, LPAS = [], {}


@pytest.fixture(autouse=True)
def leave_nothing_open():
    yield
    LPAS.clear()
    while OPEN:
        OPEN.pop().close()


@pytest.fixture
def smdp(pki):
    with Smdp(pki, (HOST, "rsp.lab.example")) as running:
        yield running


def client(smdp, card, pki, **options):
    """A new session over the card's one channel."""
    if id(card) not in LPAS:
        LPAS[id(card)] = Lpa(card)
    OPEN.append(Client(smdp, LPAS[id(card)], pki, **options))
    return OPEN[-1]


def refusal(call, *arguments, **options):
    with pytest.raises(Failed) as caught:
        call(*arguments, **options)
    return caught.value.code


@pytest.mark.parametrize("replace_keys", [False, True])
@pytest.mark.parametrize("root", CURVES)
def test_an_ordered_profile_is_installed(pki, root, replace_keys):
    with Smdp(pki, root=root) as smdp:
        card = Card(pki, profiles=demo_profiles(), roots=(root,))
        order = smdp.order(recipe={"replace_keys": replace_keys})
        client(smdp, card, pki, root=root).download(order.matching_id)
        made = card.profile(order.profile.iccid)
        assert (made.name, made.provider, made.imsi) == ("Travel 1", "Lab Telecom", order.profile.imsi)
        assert 13900 < made.size <= 14000
        assert order.state == "installed" and smdp.open_sessions() == []
        assert order.results == ["success"]
        assert [(d.notice.event, d.notice.iccid) for d in smdp.received] == [("install", order.profile.iccid)]
        assert [function_of(r) for r in smdp.requests] == ["initiateAuthentication", "authenticateClient",
                                                       "getBoundProfilePackage", "handleNotification"]
        assert (smdp.violations, smdp.connections, smdp.handshakes["ok"]) == ([], 1, 1)


def test_cards_and_servers_meet_below_a_ci_from_elsewhere(pki):
    elsewhere = Pki(organisation="Another EUM", eid_prefix="89033023")
    root = elsewhere.roots["nist"]
    ours = Pki(roots={"nist": Identity.from_pem(root.chain_pem(), root.key_pem())})
    with Smdp(ours) as smdp:
        card = Card(elsewhere, roots=("nist",))
        order = smdp.order()
        client(smdp, card, elsewhere).download(order.matching_id)
        assert order.results == ["success"] and smdp.violations == []


def test_a_result_that_knows_no_profile_is_taken(smdp, card, pki):
    order = smdp.order(recipe={"spoil_signature": True})
    client(smdp, card, pki).download(order.matching_id)
    assert order.results == ["0/2"] and smdp.open_sessions() == []


def test_all_metadata_arrive(smdp, card, pki):
    card.euicc.rat = [{"ppr": (1, 2), "owners": [["*"]], "consent": True}]
    profile = Profile("89660500000001000077", "Alles", "Lab Telecom", icon=bytes(range(200)), ppr=("ppr2",),
                      owner=Owner("52005", b"\x01", None), imsi="520050000000077",
                      addresses=[Address(HOST, ("install", "delete")), Address("rsp.lab.example", ("enable",))])
    one = client(smdp, card, pki)
    one.download(smdp.order(profile, size=60000).matching_id)
    made = card.profile(profile.iccid)
    assert (made.icon, made.icon_type, made.ppr, made.owner, made.addresses) == (
        profile.icon, "png", ("ppr2",), profile.owner, profile.addresses)


def test_a_default_server_knows_whose_an_order_is(smdp, card, pki):
    order = smdp.order(matching_id="", eid=card.eid)
    smdp.order(matching_id="", eid=ber.make_eid("89049032", 7))
    client(smdp, card, pki).download()
    assert order.state == "installed"


@pytest.mark.parametrize("settings, code", [
    ({"released": False}, ("8.2", "1.2")), ({"expired": True}, ("8.8.5", "4.10")), ({"expires": 0.0}, ("8.8.5", "4.10")),
    ({"eid": "89049032000000000000000000000155"}, ("8.1.1", "3.8")), ({"tries": 0}, ("8.8.5", "6.4")),
    ({"eligible": False}, ("8.2.5", "4.3")), ({"needs": 1 << 24}, ("8.1", "4.8"))])
def test_orders_that_are_not_given_out(smdp, card, pki, settings, code):
    order = smdp.order(**settings)
    one = client(smdp, card, pki)
    assert refusal(one.authenticate, order.matching_id) == code
    assert one.cancel(1) == {} and smdp.open_sessions() == [] and smdp.violations == []


def test_matching_ids_that_nobody_knows(smdp, card, pki):
    order = smdp.order()
    assert refusal(client(smdp, card, pki).authenticate, "NOBODY") == ("8.2.6", "3.8")
    assert refusal(client(smdp, card, pki, host="rsp.lab.example").authenticate, order.matching_id) == ("8.2.6", "3.8")
    client(smdp, card, pki).download(order.matching_id)
    assert refusal(client(smdp, card, pki).authenticate, order.matching_id) == ("8.2.6", "3.8")


def test_confirmation_codes_and_their_retries(smdp, card, pki):
    order = smdp.order(confirmation_code="0042", code_tries=3)
    assert order.activation_code == f"LPA:1${HOST}${order.matching_id}$$1"
    for code, answer in (("1", ("8.2.7", "3.8")), ("2", ("8.2.7", "3.8")), ("3", ("8.2.7", "6.4"))):
        one = client(smdp, card, pki)
        one.authenticate(order.matching_id)
        assert refusal(one.package, code) == answer
    assert refusal(client(smdp, card, pki).authenticate, order.matching_id) == ("8.2.6", "3.8")
    client(smdp, card, pki).download(smdp.order(confirmation_code="0042").matching_id, "0042")


@pytest.mark.parametrize("reason", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("bound", [False, True])
def test_sessions_that_are_cancelled(smdp, card, pki, reason, bound):
    order = smdp.order()
    one = client(smdp, card, pki)
    one.authenticate(order.matching_id)
    if bound:
        one.package()
    assert [s.transaction.hex().upper() for s in smdp.open_sessions()] == [one.transaction]
    assert one.cancel(reason) == {}
    assert smdp.open_sessions() == [] and order.cancelled == [reason]
    assert order.state == ("cancelled" if reason not in (1, 2) else "downloaded" if bound else "released")


def test_a_package_may_be_fetched_again_for_the_same_key(smdp, card, pki):
    order = smdp.order(may_rebind=False)
    one, again = client(smdp, card, pki), client(smdp, card, pki)
    one.authenticate(order.matching_id)
    one.package()
    again.authenticate(order.matching_id)
    assert again.notify(again.load(again.package())) == 204 and order.state == "installed"


def test_another_key_may_be_refused(smdp, card, pki):
    order = smdp.order(may_rebind=False)
    one = client(smdp, card, pki)
    one.authenticate(order.matching_id)
    one.package()
    card.euicc.sessions.kept_keys.clear()
    again = client(smdp, card, pki)
    again.authenticate(order.matching_id)
    assert refusal(again.package) == ("8.2", "3.7")


def test_a_failed_installation_is_told(smdp, card, pki):
    order = smdp.order(recipe={"spoil": lambda bound: bound[:-1] + bytes((bound[-1] ^ 1,))})
    client(smdp, card, pki).download(order.matching_id)
    assert (order.results, order.state) == (["5/8"], "failed")


def test_a_result_is_believed_only_with_its_signature(smdp, card, pki):
    one = client(smdp, card, pki)
    one.authenticate(smdp.order().matching_id)
    result = one.load(one.package())
    with pytest.raises(Failed):
        one.notify(result[:-1] + bytes((result[-1] ^ 1,)))
    assert len(smdp.open_sessions()) == 1 and one.notify(result) == 204 and smdp.open_sessions() == []


# Certificates: what the card answers to each as CERT.DPauth and as CERT.DPpb.
AUTH = {"wrong_role": 5, "swapped": 5, "no_role": 5, "web_pki": 1}
BAD = [kind for kind in SIGNER_KINDS if kind != "good"]


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind != "other_oid"])
def test_bad_certificates_of_authentication(smdp, card, pki, kind):
    smdp.set_signer("auth", kind)
    with pytest.raises(CardRefused) as caught:
        client(smdp, card, pki).authenticate(smdp.order().matching_id)
    assert caught.value.args[0] == 0xBF38
    assert caught.value.args[1] in {"other_ci": (1, 3)}.get(kind, (AUTH.get(kind, 1),))


@pytest.mark.parametrize("kind", BAD)
def test_bad_certificates_of_packages(smdp, card, pki, kind):
    smdp.set_signer("package", kind)
    one = client(smdp, card, pki)
    one.authenticate(smdp.order().matching_id)
    with pytest.raises(CardRefused) as caught:
        one.package()
    assert caught.value.args[0] == 0xBF21
    assert one.cancel(5) == {}


@pytest.mark.parametrize("lie, code", [({"challenge": bytes(16)}, 6), ({"signature1": bytes(63) + b"\x01"}, 2),
                                       ({"key_id": bytes(20)}, 7)])
def test_lies_that_the_card_finds(smdp, card, pki, lie, code):
    smdp.desk.lies.update(lie)
    with pytest.raises(CardRefused) as caught:
        client(smdp, card, pki).authenticate(smdp.order().matching_id)
    assert caught.value.args == (0xBF38, code)


@pytest.mark.parametrize("function", ["initiateAuthentication", "authenticateClient", "getBoundProfilePackage",
                                      "cancelSession"])
def test_each_error_on_demand(smdp, card, pki, function):
    smdp.fail(function, "8.8.4", "3.7")
    one = client(smdp, card, pki)
    order = smdp.order()

    def whole():
        one.authenticate(order.matching_id)
        one.package()
        one.cancel(1)
    assert refusal(whole) == ("8.8.4", "3.7")
    client(smdp, card, pki).download(order.matching_id)


def test_requests_that_are_not_answered(smdp, card, pki):
    one = client(smdp, card, pki)
    assert refusal(one.initiate, "elsewhere.example") == ("8.8.1", "3.8")
    assert refusal(one.post, "cancelSession", transactionId="00", cancelSessionResponse="") == ("8.10.1", "3.9")
    assert one.post("initiateAuthentication", euiccChallenge="?", euiccInfo1="", smdpAddress=HOST) == 400
    assert [v.rule for v in smdp.violations] == ["body"]


def test_a_card_and_a_server_without_a_ci_in_common(smdp, card, pki):
    smdp.desk.roots = []
    assert refusal(client(smdp, card, pki).initiate) == ("8.8.2", "3.1")


@pytest.mark.parametrize("lie, where", [({"outer": "initiateAuthentication"}, "initiateAuthentication"),
                                        ({"outer": "authenticateClient"}, "authenticateClient"),
                                        ({"package_transaction": bytes(8)}, "smdpSigned2"),
                                        ({"signature2": bytes(64)}, "smdpSignature2")])
def test_lies_for_an_lpa_to_find(smdp, card, pki, lie, where):
    smdp.desk.lies.update(lie)
    one = client(smdp, card, pki)
    answer = one.initiate()
    inside = ber.parse(base64.b64decode(answer["serverSigned1"])).need(0x80).value.hex().upper()
    assert (answer["transactionId"] != inside) == (where == "initiateAuthentication")
    if where == "initiateAuthentication":
        return
    answer = one.authenticate(smdp.order().matching_id)
    assert (answer["transactionId"] != one.transaction) == (where == "authenticateClient")
    if where != "authenticateClient":
        with pytest.raises(CardRefused) as caught:
            one.prepare()
        assert caught.value.args == (0xBF21, {"smdpSigned2": 5, "smdpSignature2": 2}[where])


def test_faults_at_one_function_only(smdp, card, pki):
    smdp.behave("status", code=503, function="getBoundProfilePackage")
    one = client(smdp, card, pki)
    one.authenticate(smdp.order().matching_id)
    assert one.post("getBoundProfilePackage", transactionId=one.transaction, prepareDownloadResponse="") == 503


def test_a_slow_way_in_chunks(smdp, card, pki):
    smdp.link, smdp.chunked, smdp.desk.header_last = Link(0.02, 125_000), 1000, True
    order = smdp.order()
    begin = time.monotonic()
    one = client(smdp, card, pki)
    one.download(order.matching_id)
    octets = sum(len(base64.b64decode(v)) for v in one.answers["getBoundProfilePackage"].values() if len(v) > 100)
    assert time.monotonic() - begin > 6 * 0.02 + octets / 125_000
    assert order.state == "installed"
