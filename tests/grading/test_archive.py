"""What a stranger may send: nothing but plain files and folders gets in."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from academy.grading.archive import content_hash, unpack
from academy.grading.limits import SUBMISSION_ENTRIES
from academy.grading.parcel import Parcel, pack
from academy.grading.refusal import RefusedError


def tar(*members: tuple[str, bytes | str], kind: bytes = tarfile.REGTYPE, **more: object) -> bytes:
    """A tar of members; text is where a link leads."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname, content = kind, content, b""
            member.size = len(content)
            for trait, value in more.items():
                setattr(member, trait, value)
            made.addfile(member, io.BytesIO(content))
    return file.getvalue()


def unpacked(content: bytes, target: Path, most_bytes: int = 1_000_000) -> None:
    unpack(iter([content[i : i + 700] for i in range(0, len(content), 700)]), target,
           most_bytes=most_bytes)  # fmt: skip


def everything(_place: str, _names: list[str]) -> Iterator[str]:
    return iter(())


def test_what_is_packed_arrives_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "counting.ipynb").write_bytes(os.urandom(100_000))
    (folder / "deep" / "er" / "Ünï code.txt").write_text("words")
    (folder / "empty").touch()
    (folder / ("a" * 80)).mkdir()
    (folder / ("a" * 80) / ("b" * 80)).write_text("a name that needs more room")
    parcel = pack(folder, everything)

    whole = b"".join(parcel.chunks())
    result = unpack(iter([whole]), tmp_path / "there", most_bytes=1_000_000)

    assert len(whole) == parcel.length
    assert (result.files, result.size) == (4, parcel.size)
    assert content_hash(tmp_path / "there") == content_hash(folder)
    modes = {path.stat().st_mode & 0o7777 for path in (tmp_path / "there").rglob("*")}
    assert modes == {0o640, 0o2750}


def test_the_hash_is_what_a_person_can_find_by_hand(tmp_path: Path) -> None:
    unpacked(tar(("b", b"2"), ("a/c", b"1"), ("a.txt", b"3")), tmp_path / "there")

    command = "find . -type f -printf '%P\\0' | sort -z | xargs -0 sha256sum | sha256sum"
    by_hand = subprocess.run(
        command, shell=True, cwd=tmp_path / "there", env={**os.environ, "LC_ALL": "C"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert by_hand.stdout.split()[0] == content_hash(tmp_path / "there")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (tar(("../outside", b"x")), "leads elsewhere"),
        (tar(("a/../../outside", b"x")), "leads elsewhere"),
        (tar(("/outside", b"x")), "leads elsewhere"),
        (tar(("a//b", b"x")), "leads elsewhere"),
        (tar(("./a", b"x")), "leads elsewhere"),
        (tar(("a\nb", b"x")), "leads elsewhere"),
        (tar(("/".join("abcdefghijkl"), b"x")), "lies too deep"),
        (tar(("link", "/etc/passwd"), kind=tarfile.SYMTYPE), "links and devices"),
        (tar(("a", b"x"), ("hard", "a"), kind=tarfile.LNKTYPE), "links and devices"),
        (tar(("device", "x"), kind=tarfile.CHRTYPE), "links and devices"),
        (tar(("pipe", "x"), kind=tarfile.FIFOTYPE), "links and devices"),
        (tar(("pax", "x"), kind=tarfile.XHDTYPE), "links and devices"),
        (tar(("sparse", "x"), kind=tarfile.GNUTYPE_SPARSE), "links and devices"),
        (tar(("long", "x"), kind=tarfile.GNUTYPE_LONGNAME), "links and devices"),
        (tar(("a", b"x"), ("a", b"y")), "there twice"),
        (tar(("a", b"x"), ("a/b", b"y")), "there twice"),
        (tar(("a", b"x" * 5000))[:2000], "not whole"),
        (tar(("a", b"x"))[:512], "not whole"),
        (b"", "not whole"),
        (b"no tar at all" * 100, "no plain tar"),
        (tar(("a", b"x" * 600_000), ("b", b"x" * 600_000)), "at most 1 MB"),
        (tar(*((f"{n}", b"") for n in range(SUBMISSION_ENTRIES + 1))), "more than 1,000 files"),
    ],
)
def test_what_is_not_plain_or_too_much_is_refused_in_words(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    (tmp_path / "inner").mkdir()

    with pytest.raises(RefusedError, match=sentence) as refused:
        unpacked(content, tmp_path / "inner" / "there")

    assert "your work is in your folder as you left it" in str(refused.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["inner"]


def test_a_size_below_nothing_is_refused(tmp_path: Path) -> None:
    """It sends Python's own reader round in circles for ever."""
    header = bytearray(tar(("a", b""))[:512])
    header[124:136] = b"\xff" * 12
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()

    with pytest.raises(RefusedError, match="no plain tar"):
        unpacked(bytes(header) + bytes(1024), tmp_path / "there")


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/etc/passwd")])
def test_a_folder_with_anything_but_files_has_no_hash(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "odd")

    assert content_hash(tmp_path) is None


def test_packing_follows_links_to_files_only_and_says_what_it_left_out(tmp_path: Path) -> None:
    folder, data = tmp_path / "work", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    (data / "table.csv").write_text("a,b")
    (folder / "table.csv").symlink_to(data / "table.csv")
    (folder / "loop").symlink_to(folder)
    (folder / "nowhere").symlink_to("/no/such/file")
    os.mkfifo(folder / "pipe")

    parcel = pack(folder, lambda _place, names: [name for name in names if name == "secret"])

    assert [(name, size) for name, _, size in parcel.entries] == [("table.csv", 3)]
    assert set(parcel.left_out) == {"loop/", "nowhere", "pipe"}


def test_a_file_that_shrinks_while_it_is_sent_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("short")

    with pytest.raises(RefusedError, match="'a' became shorter"):
        list(Parcel((("a", tmp_path / "a", 10),)).chunks())


def test_a_name_that_no_plain_tar_can_hold_is_told(tmp_path: Path) -> None:
    (tmp_path / ("n" * 150)).touch()

    with pytest.raises(RefusedError, match="Give it a shorter, plain name"):
        list(pack(tmp_path, everything).chunks())
