"""``academy data`` from the outside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from academy import paths
from academy.cli.data import app
from portals.server import PortalServer

NAME = "service-requests"
DATA = Path(__file__).parent / "data"
EMBEDDED = paths.embedded_datasets()
# The made-up export is far shorter than the embedded table.
REFRESH = ["refresh", NAME, "--from", str(DATA), "--taken", "2026-08-29", "--allow-shrink"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def run_as_a_person(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "academy", "data", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))


def test_list_names_the_table_and_its_day() -> None:
    result = run("list")
    assert result.exit_code == 0
    assert (
        "service-requests: 4,134 rows, 2012-05-18 to 2026-08-06, taken on 2026-08-29"
        in result.stdout
    )
    entries = {entry["name"]: entry for entry in json.loads(run("list", "--json").stdout)}
    assert (entries[NAME]["rows"], entries[NAME]["kind"]) == (4134, "embedded")
    assert list(entries) == sorted(entries)


def test_list_tells_of_a_broken_descriptor_and_goes_on(own_state: Path) -> None:
    folder = own_state / "datasets" / "broken"
    folder.mkdir(parents=True)
    (folder / "datapackage.json").write_text("{")
    text = run("list").stdout
    assert "broken: " in text
    assert "not valid JSON" in text
    assert "service-requests: 4,134 rows" in text


def test_show_prints_a_card() -> None:
    text = " ".join(run("show", NAME).stdout.split())
    for words in ("One row is", "4,134 rows", "block_address", "GARBAGE (2,243)", "(47 of the"):
        assert words in text, words
    data = json.loads(run("show", NAME, "--json").stdout)
    columns = {column["name"]: column for column in data["columns"]}
    assert columns["closed_at"]["missing"] == 82
    assert data["descriptor"]["portal"]["id"] == "7ixm-mnvx"


def test_refresh_then_list_verify_and_show_use_the_new_table() -> None:
    (summary,) = json.loads(run(*REFRESH, "--json").stdout)["renewed"]
    assert (summary["rows"], summary["dropped"]) == (36, 4)
    entries = {entry["name"]: entry for entry in json.loads(run("list", "--json").stdout)}
    assert (entries[NAME]["rows"], entries[NAME]["kind"]) == (36, "refreshed")
    assert run("verify", NAME).stdout == "service-requests: as described.\n"
    assert "36 rows, 4 left out" in run(*REFRESH).stdout


def test_refresh_from_a_live_portal(portal: PortalServer) -> None:
    result = run("refresh", NAME, "--portal", portal.url, "--allow-shrink")
    assert result.exit_code == 0
    assert "3 rows, 0 left out" in result.stdout


def test_verify_says_what_is_wrong_and_fails(own_state: Path) -> None:
    run(*REFRESH)
    path = own_state / "datasets" / NAME / f"{NAME}.csv"
    path.write_text(path.read_text().replace("IN PROGRESS", "IN PROGRES", 1))
    result = run("verify", NAME)
    assert result.exit_code == 1
    assert "service-requests: not as described." in result.stdout
    assert "row 24: status is none of its 3 categories (found 'IN PROGRES')." in result.stdout
    findings = json.loads(run("verify", NAME, "--json").stdout)[NAME]
    assert len(findings) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "service-request"], "Did you mean 'service-requests'?"),
        (["verify", "nothing"], "There is no dataset called 'nothing'"),
        (["refresh", NAME, "--from", "/nowhere"], "found: none"),
        (["refresh", NAME, "--taken", "2026-08-29"], "no export was given"),
        (["refresh", "../../etc", "--from", str(DATA)], "There is no dataset called"),
    ],
)
def test_mistakes_end_in_a_sentence(arguments: list[str], words: str) -> None:
    done = run_as_a_person(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith("academy: ")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refresh_of_everything_leaves_alone_what_no_live_portal_has(
    portal: PortalServer, own_checkout: Path
) -> None:
    shelf = own_checkout / "datasets"
    shutil.copytree(EMBEDDED / "parish-boundary", shelf / "parish-boundary")
    result = run("refresh", "--portal", portal.url)
    assert result.exit_code == 0
    assert "On no live portal, so they stay as they are: parish-boundary." in result.stdout
    assert "service-requests: 3 rows, 0 left out" in result.stdout


def test_a_dataset_that_fails_is_told_and_the_others_are_renewed(
    own_checkout: Path,
) -> None:
    shutil.copytree(EMBEDDED / "parish-boundary", own_checkout / "datasets" / "parish-boundary")
    result = run("refresh", "--from", str(DATA), "--taken", "2026-08-29", "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    assert [each["name"] for each in told["renewed"]] == [NAME]
    assert [each["name"] for each in told["failed"]] == ["parish-boundary"]
    assert "found: none" in told["failed"][0]["problems"][0]["problem"]
