# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library itself: asynchronous calls, signals, errors and the GIR."""
import subprocess

import pytest
from conftest import BUILD, EUICC, HERE, PYTHON

LIBRARY = BUILD / "client" / "libesim-glib"


@pytest.mark.skipif(not (LIBRARY / "Esim-1.typelib").exists(), reason="built without introspection")
def test_as_a_panel_uses_it(desk):
    details = {"DefaultSmdpAddress": "smdp.example.com", "RootSmdsAddresses": ["lpa.ds.example.com"],
               "PolicyRules": [{"rules": ["ppr2"], "consent-required": True}]}
    desk.serve(portal={}, details=details, euiccs=[EUICC, {"Slot": 2, "State": "inactive-slot"}], **{"only-way": ["activate-slot"]})
    result = subprocess.run([PYTHON, HERE / "library.py"], text=True, capture_output=True, timeout=30, env={
        **desk.env, "GI_TYPELIB_PATH": str(LIBRARY), "LD_LIBRARY_PATH": str(LIBRARY)})
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "ready True",
        "profile operational ['smdp.example.com'] True",
        "sync True True",
        "error WrongState",
        "option None",
        "async True",
        "finished True",
        "seen [('operation', 'set-nickname'), ('nickname', 'Neu'), ('operation', 'delete'), "
        "('removed', '8966050000000010001', True)]",
        "cancelled g-io-error-quark",
        "question Do you agree?",
        "stage withdrawn",
        "modems True",
        "slots [(1, True, 'euicc'), (2, False, 'card')]",
        "words MBIM eUICC cannot be used: no SIM as you gave it",
        "in use WrongState",
        "asks disconnect-consent This modem is the only way out, as the daemon says it.",
        "denied ConsentDenied",
        "activated True idle",
        "connections network True True True True",
        "code smdp.example.com AB-1 InvalidActivationCode True",
        "trust GSM Association - RSP2 Root CI1 True",
        "card smdp.example.com ['lpa.ds.example.com'] [{'rules': ['ppr2'], 'consent-required': True}] True",
        "offered Data 10 GB True True",
        "icon image/png 16 image/png",
        "discovered True True b.example",
        "reset InvalidArgument",
        "iccid WrongState",
        "sync /org/esimd1/deregistration False",
        "async /org/esimd1/deregistration False",
        "async error WrongState",
        "words Monday to Friday 09:00–18:00 I am logged in",
    ]
    assert result.stderr == ""
