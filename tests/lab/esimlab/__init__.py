# SPDX-License-Identifier: LGPL-2.1-or-later
"""The lab: an eUICC, an SM-DP+ and a carrier that are not there, for tests and demonstrations."""

from .card import Card
from .faults import CardSilent
from .pki import Pki
from .profiles import Address, Owner, Profile, demo_profiles
from .smdp import Smdp

__all__ = ["Address", "Card", "CardSilent", "Owner", "Pki", "Profile", "Smdp", "demo_profiles"]
