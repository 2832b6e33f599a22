"""The reference page names every command, option, file and property that there is."""

from __future__ import annotations

import typer.main

from academy import paths
from academy.cli.data import app
from academy.datasets.compiler import TidyModule
from academy.datasets.descriptor import Descriptor
from academy.datasets.portal.soda import TOKEN_VARIABLE
from academy.datasets.schema import Field, Resource

PAGE = (paths.checkout() / "docs" / "reference" / "datasets.md").read_text()


def test_every_command_and_option_is_told() -> None:
    group = typer.main.get_group(app)
    assert set(group.commands) == {
        "list",
        "show",
        "verify",
        "refresh",
        "quality",
        "export-dcat",
    }
    for name, command in group.commands.items():
        assert f"`academy data {name}" in PAGE
        options = [text for each in command.params for text in each.opts if text.startswith("--")]
        assert options, name
        for option in options:
            assert f"`{option}" in PAGE, option


def test_our_own_properties_are_told() -> None:
    own = {"one_row", "portal", "taken", "period", "how_it_was_cut", "not_included"}
    own |= {"known_faults", "dropped_rows", "made_from", "taken_not_before", "source_rows"}
    for name in own:
        assert f"`{Descriptor.model_fields[name].alias}`" in PAGE
    for name in ("rows", "geometry", "period_column", "sampling", "copies"):
        assert f"`{Resource.model_fields[name].alias}`" in PAGE
    for name in ("unit", "timezone", "portal_column", "references"):
        assert f"`{Field.model_fields[name].alias}`" in PAGE
    assert f"${TOKEN_VARIABLE}" in PAGE


def test_what_a_tidy_module_needs_is_told() -> None:
    needed = [*TidyModule.__annotations__, "tidy", "measure_shown_faults"]
    needed += ["PIECE_ROWS", "PIECE_KEY"]
    assert all(f"`{name}`" in PAGE for name in needed)
