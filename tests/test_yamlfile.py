from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from academy.errors import AcademyError, FindingsError
from academy.yamlfile import load_yaml


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    size: int


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    parts: list[Inner] = []


def load(tmp_path: Path, text: str | bytes) -> Outer:
    file = tmp_path / "thing.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_yaml(file, Outer, shown_as="thing.yaml")


def test_a_good_file(tmp_path: Path) -> None:
    assert load(tmp_path, "name: x\nparts:\n  - size: 2\n").parts[0].size == 2


def test_every_mistake_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(FindingsError) as caught:
        load(tmp_path, "parts:\n  - size: 1\n  - size: big\n  - sise: 3\n    size: 4\n")

    told = [str(finding) for finding in caught.value.findings]
    assert told == [
        "thing.yaml, line 1: 'name' is missing.",
        "thing.yaml, line 3: 'parts.1.size': Input should be a valid integer (found 'big')",
        "thing.yaml, line 4: There is no setting 'parts.2.sise'; check its spelling.",
    ]


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match=r"line 2: The key 'name' stands here a second time"):
        load(tmp_path, "name: x\nname: y\n")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"name: [\n", "not valid YAML"),
        (b"name: \xff\n", "not UTF-8"),
        (b"name: a\x00b\n", "not valid YAML"),
        (b"name: *nothing\n", "not valid YAML"),
        (b"name: 2027-02-30T18:00:00-06:00\n", "a date or a time that does not exist"),
        (b"name: !!python/object/apply:os.getcwd []\n", "YAML"),
    ],
)
def test_what_is_no_yaml_is_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(AcademyError, match=words):
        load(tmp_path, content)
