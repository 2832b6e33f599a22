from __future__ import annotations

import os
import sys

import pytest

from academy.isolation import support


@pytest.fixture(autouse=True)
def _ask_anew() -> None:
    support.why_not.cache_clear()


def test_another_user_than_root_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert support.why_not() == (
        "only root may give each learner an identity, and another user starts this",
    )
    support.why_not.cache_clear()


def test_another_system_than_linux_is_told_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")

    assert "only Linux" in support.why_not()[0]
    support.why_not.cache_clear()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can try the walls")
def test_a_machine_that_refuses_a_wall_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from academy.isolation import syscalls

    def refuse(flags: int) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(syscalls, "unshare", refuse)

    assert len(support.why_not()) == 4
    assert all(reason.startswith("this machine refuses") for reason in support.why_not())
    support.why_not.cache_clear()


def test_the_limits_are_told_in_a_sentence() -> None:
    assert support.limits_in_words().startswith("Limits: memory (")
