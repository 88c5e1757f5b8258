# SPDX-License-Identifier: LGPL-2.1-or-later
"""A card in a smart card reader, behind the real pcscd: what is done with it, and its comings and goings."""

import time

import pytest
from esimlab import Card
from esimlab.profiles import demo_profiles
from esimlab.reader import Pcscd, missing
from harness import deregister, wait_until
from panel import EUICC, Panel

AIS, BLUE, ISLAND = (profile.iccid for profile in demo_profiles())

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")


@pytest.fixture(params=[0, 1], ids=["T=0", "T=1"])
def protocol(request):
    return request.param


@pytest.fixture
def pcscd(tmp_path):
    with Pcscd(tmp_path / "pcscd") as service:
        yield service


def make(make_lab, pki, pcscd, card=None, **settings):
    """A laboratory whose daemon has the reader's first slot for its modem."""
    card = card or Card(pki, profiles=demo_profiles())
    config = {"modem lab": {"device": pcscd.readers[0], "transport": "pcsc"}}
    return make_lab(card=card, config=config, environment=pcscd.environment, **settings)


def test_lists_enables_and_deregisters(make_lab, pki, pcscd):
    card = Card(pki, profiles=demo_profiles())
    pcscd.slots[0].insert(card)
    lab = make(make_lab, pki, pcscd, card)
    panel = Panel(lab.client, lab)
    print(panel.profiles())
