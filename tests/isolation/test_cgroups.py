from __future__ import annotations

from pathlib import Path

from academy.isolation.cgroups import Controller, Group, settings, usable
from academy.isolation.limits import MIB, Limits


def test_version_1_and_2_name_the_same_limits_differently(tmp_path: Path) -> None:
    limits = Limits(memory_bytes=64 * MIB, processes=20, cpus=1.5)

    found = {
        (name, version): settings(Controller(name, version, tmp_path), limits)
        for name in ("memory", "pids", "cpu")
        for version in (1, 2)
    }

    assert found["memory", 1]["memory.limit_in_bytes"] == str(64 * MIB)
    assert found["memory", 2] == {"memory.max": str(64 * MIB), "memory.swap.max": "0"}
    assert found["pids", 1] == found["pids", 2] == {"pids.max": "20"}
    assert found["cpu", 1] == {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "150000"}
    assert found["cpu", 2] == {"cpu.max": "150000 100000"}


def test_no_limit_of_processor_time_writes_nothing(tmp_path: Path) -> None:
    assert settings(Controller("cpu", 2, tmp_path), Limits(cpus=0)) == {}


def test_each_controller_is_looked_for_by_itself(tmp_path: Path) -> None:
    """A machine with version 2, where an operator delegated two of three controllers."""
    (tmp_path / "cgroup.controllers").write_text("memory pids\n")
    for folder in (tmp_path, tmp_path / "academy"):
        folder.mkdir(exist_ok=True)
        (folder / "cgroup.subtree_control").write_text("")

    found = usable(tmp_path)

    assert [(one.name, one.version) for one in found] == [("memory", 2), ("pids", 2)]


def test_a_machine_without_control_groups_has_none(tmp_path: Path) -> None:
    assert usable(tmp_path) == []


def test_a_group_that_cannot_be_made_is_not_counted_on(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    group = Group("1-1", [Controller("pids", 2, blocked), Controller("memory", 2, tmp_path)])
    (tmp_path / "1-1").mkdir()

    group.make(Limits())

    assert group.holds == {"memory"}
    assert (tmp_path / "1-1" / "memory.max").read_text() == str(Limits().memory_bytes)
