"""What is carried into a sandbox, and what is not."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from academy.errors import AcademyError
from academy.forkserver import bundle


def tar(*entries: tarfile.TarInfo) -> int:
    """Return a memory file such as a liar would hand over."""
    number = os.memfd_create("tar")
    with os.fdopen(os.dup(number), "wb") as file, tarfile.open(fileobj=file, mode="w") as made:
        for entry in entries:
            made.addfile(entry, io.BytesIO(bytes(entry.size)))
    os.lseek(number, 0, os.SEEK_SET)
    return number


def entry(
    name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 0
) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, target, size
    return made


def test_plain_files_and_folders_arrive_as_they_are(tmp_path: Path) -> None:
    source, target = tmp_path / "from", tmp_path / "to"
    (source / "a" / "empty").mkdir(parents=True)
    (source / "a" / "naïve name.txt").write_bytes(bytes(range(256)))
    (source / "many").write_bytes(b"x" * 3_000_000)
    os.utime(source / "many", (5, 5))
    target.mkdir()

    bundle.unpack(bundle.pack(source), target)

    found = sorted(str(path.relative_to(target)) for path in target.rglob("*"))
    assert found == ["a", "a/empty", "a/naïve name.txt", "many"]
    assert (target / "a" / "naïve name.txt").read_bytes() == bytes(range(256))
    assert (target / "many").stat().st_size == 3_000_000
    assert (target / "many").stat().st_mtime == 5


def test_links_pipes_and_what_is_not_wanted_stay_behind(tmp_path: Path) -> None:
    source, target = tmp_path / "from", tmp_path / "to"
    source.mkdir()
    target.mkdir()
    (tmp_path / "secret").write_text("x")
    (source / "link").symlink_to(tmp_path / "secret")
    (source / "up").symlink_to(tmp_path)
    os.mkfifo(source / "pipe")
    (source / "tests.ipynb").write_text("x")
    (source / "kept").write_text("x")

    bundle.unpack(bundle.pack(source, lambda name: not name.endswith(".ipynb")), target)

    assert [one.name for one in target.iterdir()] == ["kept"]


def test_no_folder_is_an_empty_bundle(tmp_path: Path) -> None:
    bundle.unpack(bundle.pack(None), tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "bad",
    [
        entry("/etc/passwd"),
        entry("../outside"),
        entry("a/../../outside"),
        entry("link", tarfile.SYMTYPE, "/etc"),
        entry("hard", tarfile.LNKTYPE, "kept"),
        entry("pipe", tarfile.FIFOTYPE),
        entry("device", tarfile.CHRTYPE),
        entry("/".join("d" * 40)),
    ],
    ids=lambda one: one.name[:12],
)
def test_what_a_liar_packs_is_refused(tmp_path: Path, bad: tarfile.TarInfo) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()

    with pytest.raises(AcademyError):
        bundle.unpack(tar(entry("kept"), bad), inside)

    assert [one.name for one in tmp_path.iterdir()] == ["inside"]
    assert [one.name for one in inside.iterdir()] == ["kept"]


def test_too_many_files_are_an_error_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_ENTRIES", 3)
    for number in range(4):
        (tmp_path / str(number)).touch()

    with pytest.raises(AcademyError, match="at most 3 files") as error:
        bundle.pack(tmp_path)

    assert "It was not run" in str(error.value)


def test_too_many_bytes_are_an_error_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "MOST_BYTES", 10)
    (tmp_path / "a").write_bytes(b"x" * 11)

    with pytest.raises(AcademyError, match="and this is more"):
        bundle.pack(tmp_path)
