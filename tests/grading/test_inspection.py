from __future__ import annotations

import os
from pathlib import Path

import pytest

from academy.grading.inspection import UnreadableError, read_bounded, shown


def refused(path: Path, kilobytes: int = 10) -> str:
    with pytest.raises(UnreadableError) as caught:
        read_bounded(path, kilobytes)
    return str(caught.value)


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_bytes(b"x" * 10_000)

    assert read_bounded(tmp_path / "n.ipynb", 10) == b"x" * 10_000


def test_one_byte_more_than_the_limit_is_told_with_both_sizes(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_bytes(b"x" * 3_000_001)

    told = refused(tmp_path / "n.ipynb", 3_000)

    assert told.startswith("'n.ipynb' has 3.0 MB and at most 3 MB are graded;")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of another")
    (tmp_path / "n.ipynb").symlink_to(tmp_path / "secret")

    assert "'n.ipynb' is a link" in refused(tmp_path / "n.ipynb")


def test_a_folder_is_no_notebook(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").mkdir()

    assert "'n.ipynb' is a folder" in refused(tmp_path / "n.ipynb")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "n.ipynb")

    assert "'n.ipynb' is not a plain file" in refused(tmp_path / "n.ipynb")


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    assert "can't be read: No such file" in refused(tmp_path / "n.ipynb")


def test_a_name_is_shown_as_far_as_it_can_be() -> None:
    assert shown("a\nb\udc80\x1b[31m é.ipynb") == "a?b??[31m é.ipynb"
