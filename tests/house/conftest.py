# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of the house share: where the tree and its build are."""

import os
import pathlib
import subprocess

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


@pytest.fixture(scope="session")
def unshare():
    """A function from a namespace's letter (m, n) to the words that put a command into one of its own.

    Root needs no user namespace, and in a chroot cannot have one; everybody else needs one.
    """

    def words(letter):
        for flags in ("-" + letter, "-r" + letter):
            if subprocess.run(["unshare", flags, "true"], stderr=subprocess.DEVNULL, timeout=30, check=False).returncode == 0:
                return ["unshare", flags]
        return pytest.skip("this machine allows no namespaces here: run as root outside a chroot, or allow user namespaces")

    return words
