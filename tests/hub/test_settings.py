from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from academy import paths
from academy.errors import AcademyError, FindingsError
from academy.hub.settings import HubSettings, load_settings, settings_file, settings_schema


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "hub.yaml"
    file.write_text(text)
    return file


def test_the_shipped_file_is_accepted() -> None:
    shipped = sorted(folder.name for folder in paths.shipped_courses().iterdir() if folder.is_dir())

    settings = load_settings(course_ids=shipped)

    assert settings.accounts.administrators
    assert settings.network.address == "127.0.0.1"


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, "")) == HubSettings()


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "site:\n"
        "  nme: Academy\n"
        "network:\n"
        "  port: '80'\n"
        "accounts:\n"
        "  administrators: [root, 'a*']\n"
        "  instructors: {no-such-course: [teacher]}\n"
        "servers:\n"
        "  idle_minutes: 90\n"
        "  longest_hours: 1\n"
        "colour: blue\n",
    )

    with pytest.raises(FindingsError) as caught:
        load_settings(file, course_ids=["start-here"])

    message = str(caught.value)
    for line, word in [
        (2, "site.nme"),
        (4, "integer"),
        (6, "'root' is a reserved name"),
        (6, "'a*' can't be a user name"),
        (7, "no course no-such-course"),
        (8, "'idle_minutes' (90) is longer than"),
        (11, "'colour'"),
    ]:
        assert any(f"line {line}:" in row and word in row for row in message.splitlines()), word
    assert len(caught.value.findings) == 7
    assert "nothing was changed" in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "network:\n  address: 0.0.0.0\nisolation:\n  mode: off\n",
            "only a loopback address such as 127.0.0.1",
        ),
        ("network:\n  address: example.org\n", "must be an IP address"),
        ("network:\n  base_url: academy\n", "base_url"),
        ("network:\n  port: 70000\n", "65535"),
        ("accounts:\n  signup: everyone\n", "'open', 'approval' or 'off'"),
        ("accounts:\n  administrators: []\n", "at least 1"),
        ("accounts:\n  signup: on\n", "signup"),
        ("servers:\n  idle_minutes: 5\n  idle_minutes: 6\n", "a second time"),
        ("servers: [1, 2]\n", "servers"),
        ("- a\n- b\n", "hub.yaml"),
    ],
)
def test_a_wrong_value_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(FindingsError, match=r"hub\.yaml") as caught:
        load_settings(write(tmp_path, text))

    assert words in str(caught.value)


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(AcademyError, match=r"line 3.*not valid YAML"):
        load_settings(write(tmp_path, "site:\n  name: [\n"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(AcademyError, match=r"nowhere\.yaml.*not there"):
        load_settings(tmp_path / "nowhere.yaml")


def test_one_loading_does_not_leak_into_the_next(tmp_path: Path) -> None:
    first = load_settings(write(tmp_path, ""))
    first.accounts.administrators.append("intruder")

    assert load_settings(write(tmp_path, "")).accounts.administrators == ["director"]


def test_another_file_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, "site:\n  name: Night School\n")
    monkeypatch.setenv("ACADEMY_SETTINGS", str(file))

    assert settings_file() == file
    assert load_settings().site.name == "Night School"


def test_the_schema_for_editors_is_current() -> None:
    kept = (paths.checkout() / "hub_config" / "hub.schema.json").read_text()

    assert kept == settings_schema(), "run: academy hub schema > hub_config/hub.schema.json"


def keys(schema: dict[str, object], prefix: str = "") -> dict[str, str]:
    """Every key of the schema with its description."""
    definitions = json.loads(settings_schema())["$defs"]
    found: dict[str, str] = {}
    for name, part in schema["properties"].items():  # type: ignore[attr-defined]
        found[prefix + name] = part.get("description", "")
        if "$ref" in part:
            section = definitions[part["$ref"].rsplit("/", 1)[1]]
            found[prefix + name] = section["description"]
            found |= keys(section, f"{prefix}{name}.")
    return found


def test_every_key_is_described_and_stands_in_the_manual() -> None:
    manual = (paths.checkout() / "docs" / "reference" / "settings.md").read_text()

    described = keys(json.loads(settings_schema()))

    assert len(described) > 15
    for key, description in described.items():
        assert description.endswith("."), f"{key} has no sentence of description"
        assert f"`{key}`" in manual, f"{key} is not in docs/reference/settings.md"


def test_the_shipped_file_names_its_schema_keys_only() -> None:
    shipped = yaml.safe_load((paths.checkout() / "hub_config" / "hub.yaml").read_text())

    assert set(shipped) <= set(HubSettings.model_fields)
