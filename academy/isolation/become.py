"""Take on an identity, for good: no capability, no new privileges, bounded, filtered."""

from __future__ import annotations

import os
import signal
from collections.abc import Collection, Sequence

from academy.isolation import cgroups, syscalls
from academy.isolation.filter import filter_system_calls
from academy.isolation.limits import Limits, set_resource_limits


def become(
    uid: int,
    gid: int,
    groups: Sequence[int] | None,
    limits: Limits,
    held: Collection[str],
) -> None:
    """Become somebody who can never become anybody else; end when the parent ends.

    Parameters
    ----------
    uid, gid
        The user and group id.
    groups
        Further group ids; ``None`` leaves them as they are, which a user namespace asks for.
    limits
        How much this process and each that it starts may use.
    held
        The limits that a cgroup enforces: ``memory``, ``pids``, ``cpu``.
    """
    syscalls.forget_keyring()
    set_resource_limits(limits, frozenset(cgroups.CONTROLLERS) - frozenset(held))
    syscalls.drop_capabilities()
    if groups is not None:
        os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    # Who keeps the user id, as in a user namespace, keeps the capabilities as well.
    syscalls.hold_no_capability()
    syscalls.never_gain_privileges()
    filter_system_calls()
    # After the change of identity, which takes it back. The parent's end is then ours.
    syscalls.end_with_parent(signal.SIGKILL)
