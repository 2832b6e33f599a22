"""Errors that tell a person what was expected, what was found, where, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in words for the person who can mend it.

    Parameters
    ----------
    problem
        One sentence: what was found and, where that helps, what was expected.
    where
        File, and line or cell, e.g. ``hub_config/hub.yaml, line 12``. May be empty.
    next_step
        One sentence: what to do about it. May be empty.
    """

    problem: str
    where: str = ""
    next_step: str = ""

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.problem}" if self.where else self.problem]
        if self.next_step:
            parts.append(self.next_step)
        return " ".join(parts)

    def as_dict(self) -> dict[str, str]:
        """Return the finding as plain text fields, for ``--json``."""
        return asdict(self)


class AcademyError(Exception):
    """An error that a person can act on; the command line prints it without a traceback.

    Parameters
    ----------
    problem
        One sentence: what was expected and what was found.
    where
        File, line or cell. May be empty.
    kept
        What happened to the person's work ("Nothing was changed."). May be empty.
    next_step
        What to do next. May be empty.
    """

    exit_code = 1

    def __init__(
        self, problem: str, *, where: str = "", kept: str = "", next_step: str = ""
    ) -> None:
        self.finding = Finding(problem, where, next_step)
        self.kept = kept
        super().__init__(str(self))

    def __str__(self) -> str:
        parts = [str(Finding(self.finding.problem, self.finding.where)), self.kept]
        return " ".join(part for part in (*parts, self.finding.next_step) if part)

    @property
    def findings(self) -> Sequence[Finding]:
        """Everything that is wrong; one entry here, more in subclasses."""
        return (self.finding,)


class FindingsError(AcademyError):
    """Several things are wrong and all of them are told at once.

    Parameters
    ----------
    headline
        One sentence that names the thing that was refused.
    findings
        At least one finding.
    kept
        What happened to the person's work. May be empty.
    """

    def __init__(self, headline: str, findings: Iterable[Finding], *, kept: str = "") -> None:
        self._findings = tuple(findings)
        self.headline = headline
        super().__init__(headline, kept=kept)

    def __str__(self) -> str:
        lines = [self.headline, *(f"  - {finding}" for finding in self._findings), self.kept]
        return "\n".join(line for line in lines if line)

    @property
    def findings(self) -> Sequence[Finding]:
        """Everything that is wrong, in the order in which it was found."""
        return self._findings
