"""What submissions try while they are graded: nothing of it works, and the run goes on."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pytest

from attacks.breakouts import every
from attacks.breakouts.catalogue import breakouts
from attacks.breakouts.measured import measured
from attacks.breakouts.open import try_in_the_open
from attacks.breakouts.run import Ran, grade_class
from attacks.breakouts.scene import NEIGHBOURS_POINTS
from attacks.breakouts.table import PAGE, with_table

assert every  # its attempts are in the catalogue as soon as it is imported

pytestmark = pytest.mark.integration
#: One of each kind, for every day; `make torture` has all.
SOME = ("read-the-environment", "reach-an-abstract-socket", "fork-bomb", "link-to-the-solution")


def _grade(base: Path, names: Collection[str]) -> Ran:
    from academy.errors import AcademyError

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACADEMY_STATE", str(base / "state"))
        patch.setenv("PATH", "/usr/bin:/bin")
        try:
            return grade_class(base, [breakouts[name] for name in names])
        except AcademyError as error:
            if "--unsafe" in str(error):
                pytest.skip("this machine can make no sandboxes")
            raise


def _check(ran: Ran, names: Collection[str]) -> None:
    assert [name for name in names if ran.came[name].succeeds] == []
    assert ran.neighbour == NEIGHBOURS_POINTS
    assert ran.left == []
    assert ran.changed == []


def test_one_attempt_of_each_kind_fails_and_the_neighbour_is_graded(tmp_path: Path) -> None:
    _check(_grade(tmp_path, SOME), SOME)


def test_the_page_shows_what_was_measured_of_every_attempt() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert list(measured()) == list(breakouts), "run: python tests/attacks/breakouts/table.py"
    assert page == with_table(page), "run: python tests/attacks/breakouts/table.py --write"


@pytest.mark.torture
def test_in_the_open_they_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An attempt that fails even without a sandbox would prove nothing."""
    monkeypatch.setenv("ACADEMY_STATE", str(tmp_path / "state"))

    came = try_in_the_open(tmp_path)

    assert [f"{name}: {one.words}" for name, one in came.items() if not one.succeeds] == []


@pytest.fixture(scope="module")
def all_of_them(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return _grade(tmp_path_factory.mktemp("class"), breakouts)


@pytest.mark.torture
def test_no_attempt_succeeds_that_the_page_does_not_tell_of(all_of_them: Ran) -> None:
    found = {name for name, came in all_of_them.came.items() if came.succeeds}

    assert found == {name for name, came in measured().items() if came.succeeds}


@pytest.mark.torture
def test_the_neighbour_is_graded_and_nothing_is_left_or_changed(all_of_them: Ran) -> None:
    _check(all_of_them, ())
