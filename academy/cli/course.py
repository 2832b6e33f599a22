"""``academy course``: list, new, check, publish, export."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from academy import paths
from academy.errors import AcademyError, Finding

if TYPE_CHECKING:
    from academy.courses.course import Course

app = typer.Typer(help="Make, check, publish and grade courses.", no_args_is_help=True)

AS_JSON = typer.Option(False, "--json", help="Print JSON for a script.")
NEW_FOLDER = typer.Option(
    None,
    "--folder",
    help="Make it in this folder (the checkout's courses/) and not as a live course.",
)
OUTPUT = typer.Option(Path(), "--output", "-o", help="Folder for the patches.")


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _print_findings(findings: list[Finding], *, err: bool = True) -> None:
    for finding in findings:
        typer.echo(f"- {finding}", err=err)


@app.command("list")
def list_courses(as_json: bool = AS_JSON) -> None:
    """List the courses: the live ones, and shipped ones that are not live yet."""
    from academy.courses.course import load_readable_courses
    from academy.courses.live import load_live_courses

    live, findings = load_live_courses()
    known = {course.id for course in live}
    shipped, more = load_readable_courses(paths.shipped_courses())
    findings += more
    rows = [_row(course, is_live=True) for course in live]
    rows += [_row(course, is_live=False) for course in shipped if course.id not in known]
    if as_json:
        _print_json({"courses": rows, "findings": [finding.as_dict() for finding in findings]})
        return
    for row in rows:
        typer.echo(
            f"{row['id']:<24} {row['title']} ({row['track']}, {_count(row['lessons'], 'lesson')}, "
            f"{_count(row['assignments'], 'assignment')}; {row['standing']})"
        )
    _print_findings(findings)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _row(course: Course, *, is_live: bool) -> dict[str, Any]:
    from academy.courses.release import is_published

    standing = "published" if is_live and is_published(course.id) else "live, not published"
    return {
        "id": course.id,
        "title": course.title,
        "track": course.track,
        "enrol": course.enrol,
        "lessons": len(course.lessons),
        "assignments": len(course.assignments),
        "standing": standing if is_live else "shipped, not live",
        "folder": str(course.folder),
    }


@app.command()
def new(
    course_id: str = typer.Argument(..., metavar="ID", help="The new course's id: a-z, 0-9, -."),
    title: str = typer.Option("", help="Its title; made from the id by default."),
    folder: Path | None = NEW_FOLDER,
) -> None:
    """Make a new course: one lesson and one assignment that pass every check."""
    from academy.courses.new import new_course

    made = new_course(course_id, title=title, folder=folder)
    if folder is None:
        _give_to_the_course(course_id)
    typer.echo(f"Made {made}. Learners see nothing of it yet.")
    target = course_id if folder is None else str(made)
    typer.echo(f"Edit it in JupyterLab, then run `academy course check {target}`.")


def _give_to_the_course(course_id: str) -> None:
    """Where courses have identities of their own, give a new one what is its own.

    A state directory that no hub has served yet has no identities; the hub's start sees to it.
    """
    from academy.hub import walls
    from academy.hub.course_upkeep import give_folders
    from academy.hub.settings import load_settings

    if walls.standing(load_settings()).is_on and walls.identities().path.exists():
        give_folders(course_id)


@app.command()
def check(
    target: str = typer.Argument(
        "", metavar="[ID|FOLDER]", help="A course's id or folder; every course by default."
    ),
    run: bool = typer.Option(
        True, "--run/--no-run", help="Run the notebooks, the answers and the wrong answers too."
    ),
    again: bool = typer.Option(
        False, "--again", help="Run also what was well before and has not changed since."
    ),
    as_json: bool = AS_JSON,
) -> None:
    """Check a course: exit code 0 when nothing is to mend, 1 with a sentence for each thing."""
    checked: dict[str, list[Finding]] = {}
    for one in _folders(target):
        checked |= _checked_as_the_course(one, run=run, again=again) or _checked(
            one, run=run, again=again
        )
    findings = [finding for found in checked.values() for finding in found]
    if as_json:
        _print_json({folder: [one.as_dict() for one in found] for folder, found in checked.items()})
    else:
        for folder, found in checked.items():
            count = f"{len(found)} to mend" if found else "nothing to mend"
            typer.echo(f"{folder}: {count}")
            _print_findings(found, err=False)
    if findings:
        raise typer.Exit(1)


def _checked_as_the_course(folder: Path, *, run: bool, again: bool) -> dict[str, list[Finding]]:
    """Check a live course that has an identity of its own as that; empty for any other."""
    from academy.cli.as_course import is_another, output_as_course

    # An instructor's own lab runs what the instructor wrote.
    if os.geteuid() != 0 or not is_another(folder.name):
        return {}
    if folder.resolve().parent != paths.live_courses().resolve():
        return {}
    flags = ["--json", *([] if run else ["--no-run"]), *(["--again"] if again else [])]
    said = output_as_course(folder.name, "course", "check", folder.name, *flags)
    told: dict[str, list[dict[str, str]]] = json.loads(said)
    return {name: [Finding(**one) for one in found] for name, found in told.items()}


def _checked(folder: Path, *, run: bool, again: bool) -> dict[str, list[Finding]]:
    """Check a folder; on a terminal a line says which notebook is at work."""
    from rich.console import Console

    from academy.courses.rules import check_folder

    with Console(stderr=True).status("Checking ...") as status:
        found = check_folder(
            folder,
            run=run,
            again=again,
            progress=lambda name: status.update(f"Checking {name} ..."),
        )
    return {str(folder): found}


def _folders(target: str) -> list[Path]:
    """The folders that a person means: a path, a course's id, or nothing for all."""
    from academy.courses.course import course_folders

    if target and ("/" in target or Path(target, "course.yaml").is_file()):
        return [Path(target).absolute()]
    shipped = {folder.name: folder for folder in course_folders(paths.shipped_courses())}
    live = {folder.name: folder for folder in course_folders(paths.live_courses())}
    folders = shipped | live
    if not target:
        return [folders[name] for name in sorted(folders)]
    if target not in folders:
        raise AcademyError(
            f"There is no course '{target}', and no folder of that name holds a course.yaml.",
            kept="Nothing was changed.",
            next_step=f"The courses are: {', '.join(sorted(folders)) or 'none'}.",
        )
    return [folders[target]]


@app.command()
def publish(
    course_id: str = typer.Argument(..., metavar="ID", help="The course's id."),
    author: str = typer.Option("", help="Your name, for the commit of the edits."),
    as_json: bool = AS_JSON,
) -> None:
    """Commit the edits in a live course and give its lessons to the learners."""
    from academy.cli.as_course import as_course
    from academy.courses.release import publish_lessons

    flags = [*([f"--author={author}"] if author else []), *(["--json"] if as_json else [])]
    as_course(course_id, "course", "publish", course_id, *flags)
    done = publish_lessons(course_id, author=author)
    if as_json:
        _print_json(
            {
                "course": done.course_id,
                "commit": done.commit,
                "changed": done.changed,
                "edits": done.edits,
            }
        )
        return
    if not done.changed:
        typer.echo(f"Learners of {course_id} already have the newest lessons.")
    for name in done.changed:
        if not name.startswith("."):
            typer.echo(f"Published: {name}")


def _exported_as_the_course(course_id: str, output: Path) -> list[Path]:
    """Let the course write the patches in its own home, and copy them from there.

    Root runs no git in a folder that instructors write.
    """
    from academy.cli.as_course import output_as_course
    from academy.hub.walls import service_home

    folder = service_home(course_id) / "patches"
    said = output_as_course(
        course_id, "course", "export", course_id, "--output", str(folder), "--json"
    )
    output.mkdir(parents=True, exist_ok=True)
    patches = []
    for name in sorted(Path(one).name for one in json.loads(said)):
        paths.write_atomically(output / name, paths.read_plain(folder / name))
        patches.append(output / name)
    return patches


@app.command()
def export(
    course_id: str = typer.Argument(..., metavar="ID", help="The course's id."),
    output: Path = OUTPUT,
    as_json: bool = AS_JSON,
) -> None:
    """Write a live course's changes as patches, ready for `git am` in the checkout."""
    from academy.cli.as_course import is_another
    from academy.courses.export import export_course

    if os.geteuid() == 0 and is_another(course_id):
        patches = _exported_as_the_course(course_id, output)
    else:
        patches = export_course(course_id, output)
    if as_json:
        _print_json([str(patch) for patch in patches])
        return
    if not patches:
        typer.echo(f"The live course {course_id} and the shipped one do not differ.")
    for patch in patches:
        typer.echo(f"Wrote {patch}. In the checkout: git am {patch.name}")
