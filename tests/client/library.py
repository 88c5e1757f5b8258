#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Uses the library as a panel would, through its GIR; each line that it prints is looked at by test_library.py."""
import gi

gi.require_version("Esim", "1")
from gi.repository import Esim, Gio, GLib  # noqa: E402

loop = GLib.MainLoop()
seen = []


def run_async(begin, finish):
    """Calls begin with a callback, runs the loop until it comes, and gives what finish makes of it."""
    box = []

    def done(source, result):
        box.append((source, result))
        loop.quit()

    begin(done)
    loop.run()
    return finish(*box[0])


def error_of(call):
    try:
        call()
    except GLib.Error as error:
        if error.matches(Esim.error_quark(), error.code):
            return Esim.error_get_name(Esim.Error(error.code))
        return error.domain
    return None


client = run_async(lambda done: Esim.Client.new(None, done), lambda _, result: Esim.Client.new_finish(result))
print("ready", run_async(lambda done: client.wait_ready(5000, None, done), lambda c, r: c.wait_ready_finish(r)))
client.connect("profile-removed", lambda _, p: seen.append(("removed", p.get_iccid(), p.is_gone())))
client.connect("operation-added", lambda _, o: seen.append(("operation", o.get_kind())))

profile = client.list_profiles(None)[0]
profile.connect("notify::nickname", lambda p, _: seen.append(("nickname", p.props.nickname)))
print("profile", profile.props.profile_class, profile.get_notification_addresses(), profile.can_disable())

operation = profile.set_nickname_sync("Neu", None, None)
print("sync", operation.wait_sync(None), operation.is_finished())
print("error", error_of(lambda: profile.enable_sync(None, None)))

operation = run_async(lambda done: profile.delete(None, None, done), lambda p, r: None if error_of(
    lambda: p.delete_finish(r)) == "InvalidArgument" else "deleted without the option")
print("option", operation)
options = GLib.Variant("a{sv}", {"contract-continues": GLib.Variant("b", True)})
operation = run_async(lambda done: profile.delete(options, None, done), lambda p, r: p.delete_finish(r))
print("async", run_async(lambda done: operation.wait(None, done), lambda o, r: o.wait_finish(r)))
print("finished", operation.wait_sync(None))
print("seen", seen)

cancellable = Gio.Cancellable()
slow = client.list_profiles(None)[0].enable_sync(None, None)
GLib.idle_add(cancellable.cancel)
print("cancelled", run_async(lambda done: slow.wait(cancellable, done), lambda o, r: error_of(
    lambda: o.wait_finish(r))))

deregistration = client.list_profiles(None)[0].deregister_sync(
    GLib.Variant("a{sv}", {"method": GLib.Variant("s", "local")}), None)
deregistration.connect("changed", lambda _: loop.quit())
while not deregistration.needs_input():
    loop.run()
question = deregistration.describe_sync(None).lookup_value("question", None)
print("question", Esim.words_question(question))
deregistration.withdraw_sync(None)
while not deregistration.is_over():
    loop.run()
print("stage", Esim.words_stage(deregistration.get_stage()))

# Modems, slots and connections: blocking, and not; and a question that an operation asks.
modems = client.list_modems_sync(None)
print("modems", run_async(lambda done: client.list_modems(None, done), lambda c, r: c.list_modems_finish(r)).equal(modems))
print("slots", [(s["slot"], s["active"], s["content"]) for s in modems.unpack()[0]["slots"]])
print("words", Esim.words_transport(modems.unpack()[0]["transport"]), Esim.words_slot_content("euicc"),
      Esim.words_modem_state("failed: sim-missing"), Esim.words_apn_source("option"))
print("in use", run_async(lambda done: client.list_euiccs()[0].activate_slot(None, None, done),
                          lambda e, r: error_of(lambda: e.activate_slot_finish(r))))
operation = client.list_euiccs()[1].activate_slot_sync(None, None)
operation.connect("changed", lambda _: loop.quit())
while not operation.needs_input():
    loop.run()
question = operation.describe_sync(None).lookup_value("question", None)
print("asks", question.unpack()["type"], Esim.words_question(question))
operation.answer_sync(question.unpack()["id"], GLib.Variant("a{sv}", {"consent": GLib.Variant("b", False)}), None)
print("denied", error_of(lambda: operation.wait_sync(None)))
options = GLib.Variant("a{sv}", {"allow-disconnect": GLib.Variant("b", True)})
operation = run_async(lambda done: client.list_euiccs()[1].activate_slot(options, None, done),
                      lambda e, r: e.activate_slot_finish(r))
print("activated", operation.wait_sync(None), client.list_euiccs()[1].get_state())
profile = client.list_profiles(None)[0]
profile.connect("notify::connections", lambda p, _: seen.append(("connections", len(p.props.connections))))
profile.disable_sync(None, None).wait_sync(None)
del seen[:]
options = GLib.Variant("a{sv}", {"allow-disconnect": GLib.Variant("b", True), "create-connection": GLib.Variant("b", True)})
operation = profile.enable_sync(options, None)
operation.wait_sync(None)
made = operation.describe_sync(None).unpack()["result"]
found = profile.list_connections_sync(None)
print("connections", made["apn-source"], profile.get_connections() == [made["connection"]], ("connections", 1) in seen,
      found.unpack()[0]["uuid"] == made["connection"], run_async(
          lambda done: profile.list_connections(None, done), lambda p, r: p.list_connections_finish(r)).equal(found))

# A profile that comes: what a code says, the roots, the question, the octets, the icon.
parts = client.parse_activation_code_sync("LPA:1$smdp.example.com$AB-1", None).unpack()
print("code", parts["smdp-address"], parts["matching-id"], error_of(lambda: client.parse_activation_code_sync("x", None)),
      run_async(lambda done: client.parse_activation_code("LPA:1$x$", None, done),
                lambda c, r: c.parse_activation_code_finish(r)).unpack()["matching-id"] == "")
roots = client.list_trust_sync(None)
print("trust", roots.unpack()[0]["name"], run_async(lambda done: client.list_trust(None, done),
                                                    lambda c, r: c.list_trust_finish(r)).equal(roots))
euicc = client.list_euiccs()[0]
euicc.refresh_sync(GLib.Variant("a{sv}", {"details": GLib.Variant("b", True)}), None).wait_sync(None)
print("card", euicc.get_default_smdp_address(), euicc.props.root_smds_addresses, euicc.dup_policy_rules().unpack(),
      euicc.props.policy_rules.equal(euicc.dup_policy_rules()))
operation = run_async(lambda done: euicc.download("LPA:1$smdp.example.com$AB-1", None, None, done),
                      lambda e, r: e.download_finish(r))
octets = []
operation.connect("notify::bytes-done", lambda o, _: octets.append((o.get_bytes_done(), o.get_bytes_total())))
operation.connect("changed", lambda _: loop.quit())
while not operation.needs_input():
    loop.run()
question = operation.describe_sync(None).unpack()["question"]
operation.answer_sync(question["id"], GLib.Variant("a{sv}", {"consent": GLib.Variant("b", True)}), None)
print("offered", question["metadata"]["name"], operation.wait_sync(None), (14000, 14000) in octets)
came = client.get_object(operation.describe_sync(None).unpack()["result"]["profile"])
icon, kind = came.get_icon_sync(None)
print("icon", kind, len(icon.get_data()), run_async(lambda done: came.get_icon(None, done),
                                                    lambda p, r: p.get_icon_finish(r))[1])
print("discovered", euicc.discover_sync(None, None).wait_sync(None),
      euicc.set_default_smdp_address_sync("b.example", None, None).wait_sync(None), euicc.get_default_smdp_address())
print("reset", error_of(lambda: euicc.reset_memory_sync(["test"], None, None)))

# Without a profile: blocking, and not.
gone = "8966050000000077777"
print("iccid", error_of(lambda: client.deregister_iccid_sync("8966050000000020002", None, None)))
deregistration = client.deregister_iccid_sync(gone, GLib.Variant("a{sv}", {"reason": GLib.Variant("s", "other")}), None)
print("sync", deregistration.get_path().rsplit("/", 1)[0], deregistration.is_over())
deregistration = run_async(lambda done: client.deregister_iccid(gone, None, None, done),
                           lambda c, r: c.deregister_iccid_finish(r))
print("async", deregistration.get_path().rsplit("/", 1)[0], deregistration.is_over())
print("async error", run_async(lambda done: client.deregister_iccid("8966050000000020002", None, None, done),
                               lambda c, r: error_of(lambda: c.deregister_iccid_finish(r))))
print("words", Esim.words_hours("mon-fri 09:00-18:00"), Esim.words_outcome("done"))
