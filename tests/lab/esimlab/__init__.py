# SPDX-License-Identifier: LGPL-2.1-or-later
"""A laboratory for eSIM software: modem, card, servers and bus, all in software."""
