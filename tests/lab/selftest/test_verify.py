# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chains that are wrong in one way each, as the lab's own SM-DP+ must see them."""

import datetime

import pytest

from esimlab import verify
from esimlab.pki import DAY, Identity, Request, issue, name

EID = "89049032123451234512345678901235"
NOW = datetime.datetime.utcnow()


def chain(pki, eum=None, euicc=None):
    """eUICC and EUM certificates with these changes from the right ones."""
    constraints = name(o="Lab EUM", serial="89049032")
    maker = Request(name(c="TH", o="Lab EUM", cn="EUM"), "eum", ca=True, path_length=0, constraints=constraints)
    card = Request(name(c="TH", o="Lab EUM", serial=EID, cn="eUICC"), "euicc")
    for request, changes in ((maker, eum), (card, euicc)):
        for key, value in (changes or {}).items():
            setattr(request, key, value)
    above = issue(maker, pki.roots["nist"])
    return issue(card, above).cert, above.cert


def judge(pki, *certs):
    return verify.check_chain(*certs, [r.cert for r in pki.roots.values()], NOW)


def test_a_right_chain_vouches_for_the_eid(pki):
    assert judge(pki, *chain(pki)) == EID


@pytest.mark.parametrize("eum, euicc, code", [
    ({"role": "dp-tls"}, None, verify.EUM_CERT), ({"role": None}, None, verify.EUM_CERT),
    ({"ca": False}, None, verify.EUM_CERT), ({"not_after": NOW - DAY}, None, verify.EUM_EXPIRED),
    ({"not_before": NOW + DAY}, None, verify.EUM_EXPIRED), ({"constraints": None}, None, verify.EID_RANGE),
    ({"constraints": name(o="Other", serial="89049032")}, None, verify.EID_RANGE),
    ({"constraints": name(o="Lab EUM", serial="89033")}, None, verify.EID_RANGE),
    (None, {"role": "eum"}, verify.EUICC_CERT), (None, {"role": None}, verify.EUICC_CERT),
    (None, {"not_after": NOW - DAY}, verify.EUICC_EXPIRED),
    (None, {"subject": name(o="Lab EUM", serial=EID[:-1] + "6", cn="eUICC")}, verify.EUICC_CERT),
    (None, {"subject": name(o="Lab EUM", cn="eUICC")}, verify.EID_RANGE)])
def test_a_wrong_chain_is_refused_for_what_is_wrong(pki, eum, euicc, code):
    with pytest.raises(verify.Refused) as refused:
        judge(pki, *chain(pki, eum, euicc))
    assert (refused.value.subject, refused.value.reason) == code


def test_a_certificate_of_another_maker_is_refused(pki):
    other = Identity(*[getattr(pki.eums["brainpool"], a) for a in ("cert", "key")])
    with pytest.raises(verify.Refused):
        judge(pki, chain(pki)[0], other.cert)


@pytest.mark.parametrize("der", [b"", b"0", bytes.fromhex("3000"), bytes.fromhex("bf3700"), bytes(300),
                                 bytes.fromhex("3008bf2f005f370030003000")])
def test_what_is_no_notification_is_malformed(pki, der):
    with pytest.raises(verify.Refused) as refused:
        verify.check_notification(der, [pki.roots["nist"].cert])
    assert (refused.value.subject, refused.value.reason) == verify.MALFORMED
