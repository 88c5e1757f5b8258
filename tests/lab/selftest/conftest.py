# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets the lab's own tests find the lab, and gives them a card and its PKI."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from esimlab import Card, Pki, demo_profiles  # noqa: E402


@pytest.fixture(scope="session")
def pki():
    return Pki()


@pytest.fixture
def card(pki):
    return Card(pki, profiles=demo_profiles())
