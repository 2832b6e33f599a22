"""Write the generated pages of docs/reference anew: python tests/docs/regenerate.py."""

from __future__ import annotations

from academy import paths
from academy.cli import manual
from academy.datasets.dictionary import dictionary_page

PAGES = {
    "settings.md": manual.settings_page,
    "commands.md": manual.commands_page,
    "data-dictionary.md": dictionary_page,
}


def main() -> None:
    """Write every page; one that is current stays untouched."""
    for name, page in PAGES.items():
        file = paths.checkout() / "docs" / "reference" / name
        if not file.exists() or file.read_text(encoding="utf-8") != page():
            paths.write_atomically(file, page())
            print(f"Wrote {file.relative_to(paths.checkout())}")


if __name__ == "__main__":
    main()
