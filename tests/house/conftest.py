# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the house share: where the tree and its build are."""

import os
import pathlib

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def top():
    """The folder that holds meson.build."""
    return TOP


@pytest.fixture(scope="session")
def build():
    """The build folder: ESIMD_BUILD_DIR, or build/ in the tree."""
    folder = pathlib.Path(os.environ.get("ESIMD_BUILD_DIR", TOP / "build"))
    assert folder.is_dir(), f"{folder} is not there: run tools/build first"
    return folder
