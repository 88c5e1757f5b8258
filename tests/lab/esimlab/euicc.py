# SPDX-License-Identifier: LGPL-2.1-or-later
"""What an eUICC remembers: who it is, its profiles, its notifications; and the
rules by which a profile changes its state (SGP.22 v2.5, 5.7.16 to 5.7.19)."""

from __future__ import annotations

from . import ber
from .loading import Loader
from .notifications import NotificationStore
from .pki import Identity, Pki
from .profiles import Profile, isdp_aid
from .session import KeptKey, Root, Sessions

OK, NOT_FOUND, WRONG_STATE, POLICY, WRONG_REENABLING, CAT_BUSY = range(6)
NOTHING_DELETED = 1
RESET_OPERATIONAL, RESET_TEST, RESET_ADDRESS = range(3)


class Euicc:
    """Lives as long as the plastic; channels and faults are not its business.

    `roots` are the CIs that it knows, in the order in which it would rather use them."""

    def __init__(self, eid: str, roots: list[Root]):
        if not ber.eid_is_valid(eid):
            raise ValueError("an EID has 32 digits with the right check digits")
        self.eid = eid
        self.roots = roots
        self.profiles: list[Profile] = []
        self.notifications = NotificationStore()
        self.default_smdp = ""
        self.root_smds = "smds.lab.example"
        self.memory = 512 * 1024
        self.rat: list[dict] = [{"ppr": (1, 2), "owners": [], "consent": True}]  # see rat.py
        self.forbidden_ppr: list[str] = []
        self.loadable_classes = ["test", "operational"]
        self.load_failures: list[dict] = []
        self.tells_interruption = True  # a loading that was cut off leaves a result behind
        self.sessions = Sessions(eid, self.root)
        self._loader: Loader | None = None
        self.cat_busy = 0
        self.refresh_pending = False
        self.needs_reset = False
        self.refuse_iccid_delete = False
        self.last_operational: str | None = None
        self.visible: str | None = None  # the ICCID that the modem sees
        self._next_isdp = 0

    @classmethod
    def born(cls, pki: Pki, eid: str | None, roots: tuple[str, ...]) -> "Euicc":
        """Made by the EUM of `pki`, knowing these of its roots."""
        eid = eid or ber.make_eid(pki.eid_prefix, 20260001)
        return cls(eid, [Root(name, pki.roots[name].cert, pki.issue_euicc(eid, name)) for name in roots])

    # Who it is

    @property
    def identities(self) -> dict[str, Identity]:
        return {root.name: root.identity for root in self.roots if root.identity}

    @property
    def ci_key_ids(self) -> list[bytes]:
        return [root.key_id for root in self.roots]

    def root(self, key_id: bytes) -> Root | None:
        return next((root for root in self.roots if root.key_id == key_id), None)

    # Profiles

    def add(self, profile: Profile, notify: bool = False) -> Profile:
        """Put a profile on the card; `notify` raises its install notifications."""
        if any(p.iccid == profile.iccid for p in self.profiles):
            raise ValueError("a profile with this ICCID is on the card already")
        if profile.enabled and self.enabled is not None:
            raise ValueError("one profile can be enabled at a time")
        if profile.aid is None:
            profile.aid = isdp_aid(self._next_isdp)
            self._next_isdp += 1
        self.profiles.append(profile)
        if profile.enabled:
            self.visible = profile.iccid
        if notify:
            self._raise(profile, "install")
        return profile

    @property
    def enabled(self) -> Profile | None:
        return next((p for p in self.profiles if p.enabled), None)

    @property
    def free_memory(self) -> int:
        return self.memory - sum(p.size for p in self.profiles)

    def find(self, kind: int, value: bytes) -> Profile | None:
        return next((p for p in self.profiles if p.matches(kind, value)), None)

    def by_iccid(self, iccid: str | None) -> Profile | None:
        return next((p for p in self.profiles if p.iccid == iccid), None)

    def _raise(self, profile: Profile, event: str) -> None:
        self.notifications.raise_event(profile, event, self.identities[profile.root])

    # Changes of state

    def _busy(self, refresh: bool) -> bool:
        if self.cat_busy > 0:
            self.cat_busy -= 1
            return True
        return refresh and self.refresh_pending

    def _changed(self, refresh: bool) -> None:
        """With refresh, the modem sees the change once it has fetched the REFRESH."""
        if refresh:
            self.refresh_pending = True
            return
        self.needs_reset = True
        self._show()

    def _show(self) -> None:
        enabled = self.enabled
        self.visible = enabled.iccid if enabled else None

    # Loading a package

    @property
    def loading(self) -> bool:
        return self._loader is not None

    def load(self, segment: bytes) -> bytes | None:
        """One segment of a bound profile package; None where nothing was prepared for one."""
        if self._loader is None:
            session = self.sessions.current
            if session is None or session.package_cert is None:
                return None
            self._loader = Loader(self, session)
        answer = self._loader.feed(segment)
        if self._loader.over:
            self._loader = None
        return answer

    def interrupt_loading(self) -> None:
        """What was loaded so far is gone; with `tells_interruption` there is a result of it, else nothing."""
        if self._loader is not None and self.tells_interruption:
            self._loader.interrupt()
        self._loader = None

    def restarted(self) -> None:
        """A reset or a REFRESH went through."""
        self.interrupt_loading()
        self.sessions.forget()
        self.refresh_pending = False
        self.needs_reset = False
        self._show()

    def _switch_off(self, profile: Profile) -> None:
        profile.enabled = False
        if profile.profile_class == "operational":
            self.last_operational = profile.iccid
        self._raise(profile, "disable")

    def _may_follow(self, target: Profile, current: Profile | None) -> int:
        if current is None:
            return OK
        if current.profile_class == "test" and target.profile_class != "test":
            before = self.by_iccid(self.last_operational)
            return OK if before in (None, target) else WRONG_REENABLING
        if "ppr1" in current.ppr and target.profile_class != "test":
            return POLICY
        return OK

    def enable(self, kind: int, value: bytes, refresh: bool) -> int:
        target, current = self.find(kind, value), self.enabled
        if target is None:
            return NOT_FOUND
        if target.enabled:
            return WRONG_STATE
        verdict = self._may_follow(target, current)
        if verdict != OK:
            return verdict
        if self._busy(refresh):
            return CAT_BUSY
        if current is not None:
            self._switch_off(current)
        target.enabled = True
        self._raise(target, "enable")
        self._changed(refresh)
        return OK

    def disable(self, kind: int, value: bytes, refresh: bool) -> int:
        target = self.find(kind, value)
        if target is None:
            return NOT_FOUND
        if not target.enabled:
            return WRONG_STATE
        if "ppr1" in target.ppr:
            return POLICY
        if self._busy(refresh):
            return CAT_BUSY
        self._switch_off(target)
        if target.profile_class == "test":
            self._return_to_operational()
        self._changed(refresh)
        return OK

    def _return_to_operational(self) -> None:
        before = self.by_iccid(self.last_operational)
        if before is not None:
            before.enabled = True
            self._raise(before, "enable")

    def delete(self, kind: int, value: bytes) -> int:
        target = self.find(kind, value)
        if target is None or (kind == 0x5A and self.refuse_iccid_delete):
            return NOT_FOUND
        if target.enabled:
            return WRONG_STATE
        if "ppr2" in target.ppr:
            return POLICY
        self._remove(target)
        return OK

    def _remove(self, profile: Profile) -> None:
        self.profiles.remove(profile)
        self._raise(profile, "delete")

    def reset_memory(self, options: set[int]) -> int:
        """Policy rules do not hold here; provisioning profiles stay."""
        classes = {"operational"} if RESET_OPERATIONAL in options else set()
        if RESET_TEST in options:
            classes.add("test")
        doomed = [p for p in self.profiles if p.profile_class in classes]
        address = RESET_ADDRESS in options and bool(self.default_smdp)
        if not doomed and not address:
            return NOTHING_DELETED
        if self._busy(True):
            return CAT_BUSY
        if address:
            self.default_smdp = ""
        if any(p.enabled for p in doomed):
            self.refresh_pending = True
        for profile in doomed:
            self._remove(profile)
        return OK

    # To and from a file

    PLAIN = ("eid", "default_smdp", "root_smds", "memory", "cat_busy", "refresh_pending", "needs_reset",
             "refuse_iccid_delete", "last_operational", "visible", "forbidden_ppr", "loadable_classes",
             "tells_interruption", "_next_isdp")

    def state(self) -> dict:
        return {**{k: getattr(self, k) for k in self.PLAIN},
                "rat": [{**r, "ppr": list(r["ppr"]), "owners": [list(o) for o in r["owners"]]} for r in self.rat],
                "roots": [root.state() for root in self.roots],
                "kept_keys": [kept.state() for kept in self.sessions.kept_keys],
                "profiles": [p.state() for p in self.profiles],
                "notifications": self.notifications.state()}

    @classmethod
    def from_state(cls, state: dict) -> "Euicc":
        made = cls(state["eid"], [Root.from_state(root) for root in state["roots"]])
        for key in cls.PLAIN:
            setattr(made, key, state[key])
        made.rat = [dict(r) for r in state["rat"]]
        made.sessions.kept_keys = [KeptKey.from_state(kept) for kept in state["kept_keys"]]
        made.profiles = [Profile.from_state(p) for p in state["profiles"]]
        made.notifications = NotificationStore.from_state(state["notifications"])
        return made
