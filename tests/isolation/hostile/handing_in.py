"""Handing in by the exchange's own service, with lies about who, when and what."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import os
import socket
import subprocess
import tarfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote, urlsplit

from .catalogue import Facts, Outcome, attempt, held, planted, succeeded

SERVICE = "Handing in, with lies"
NO_FILES = "The service decides, so it holds without walls too."
Chunks = Iterable[bytes]
NOTEBOOK = "load-and-count.ipynb"


def tar(*members: tarfile.TarInfo, content: bytes = b"") -> bytes:
    """Return a tar file with some members; those that are files have the content."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member in members:
            if member.isfile():
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content) if member.isfile() else None)
    return packed.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """Return an entry of a tar file."""
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mtime = kind, target, 1
    return made


#: What a grader runs when it grades the submission; it tells how far it got.
CELL = """\
try:
    print("the gradebook has", len(open({path!r}, "rb").read()), "bytes")
except OSError as error:
    print("refused:", error)
"""


def plain(facts: Facts) -> bytes:
    """Return a harmless tar; its one notebook reads the gradebook when somebody runs it."""
    source = CELL.format(path=str(facts.live_course / "gradebook.db"))
    cell = {"cell_type": "code", "id": "look", "metadata": {}, "source": source}
    cells = [cell | {"outputs": [], "execution_count": None}]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4}
    return tar(member(NOTEBOOK), content=json.dumps(whole | {"nbformat_minor": 5}).encode())


def service() -> tuple[str, int]:
    """Return where the exchange's service listens."""
    where = urlsplit(os.environ.get("ACADEMY_EXCHANGE_URL", ""))
    if not where.port:
        raise RuntimeError("the lab was not told where the exchange's service is")
    return where.hostname or "", where.port


def send(
    facts: Facts,
    body: bytes | Chunks,
    *,
    path: str = "",
    headers: dict[str, str] | None = None,
    method: str = "POST",
) -> tuple[int, str]:
    """Hand something in; return the status and the words of the answer."""
    connection = http.client.HTTPConnection(*service(), timeout=30)
    token = os.environ["JUPYTERHUB_API_TOKEN"]
    every = {"Authorization": f"token {token}", "Content-Type": "application/x-tar"}
    try:
        connection.request(method, path or submissions(facts), body, every | (headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read(100_000).decode(errors="replace")
    finally:
        connection.close()


def submissions(facts: Facts, *, course: str = "", assignment: str = "") -> str:
    """Return the path at which submissions are handed in."""
    names = quote(course or facts.course, ""), quote(assignment or facts.assignment, "")
    return f"/courses/{names[0]}/assignments/{names[1]}/submissions"


def taken(answer: tuple[int, str]) -> Outcome:
    """Succeed when a submission was taken that should not be."""
    status, words = answer
    return succeeded(words[:200]) if status < 300 else held(f"{status} {words[:150]}")


def as_whom(facts: Facts, answer: tuple[int, str]) -> Outcome:
    """Succeed when a submission was taken as somebody else's."""
    status, words = answer
    if status >= 300:
        return held(f"{status} {words[:150]}")
    learner = json.loads(words)["learner"]
    return held("taken as our own") if learner == facts.me else succeeded(f"taken as {learner}'s")


@attempt(SERVICE, behind="succeeded", note="It is the honest way; this proves that it is open.")
def hand_in_honestly(facts: Facts) -> Outcome:
    """Hand a plain submission in under our own name."""
    return taken(send(facts, plain(facts)))


@attempt(SERVICE, open="held", note="What was handed in runs in a sandbox, with walls or without.")
def submitted_code_reads_the_gradebook(facts: Facts) -> Outcome:
    """Hand in a notebook that reads the gradebook when an instructor lets it be graded."""
    status, words = send(facts, plain(facts))
    return planted("handed in") if status < 300 else held(f"{status} {words[:150]}")


@attempt(SERVICE, open="held", note=NO_FILES)
def name_another_in_the_request(facts: Facts) -> Outcome:
    """Hand in with another's name in every header and parameter in which a service may look."""
    names = ("X-Forwarded-User", "X-Remote-User", "Remote-User", "X-JupyterHub-User", "X-User")
    headers = dict.fromkeys(names, facts.victim)
    headers["Cookie"] = f"username={facts.victim}; student_id={facts.victim}"
    query = f"{submissions(facts)}?learner={facts.victim}&student_id={facts.victim}"
    return as_whom(
        facts, send(facts, plain(facts), path=f"{query}&user={facts.victim}", headers=headers)
    )


@attempt(SERVICE, open="held", note=NO_FILES)
def name_another_in_the_tar(facts: Facts) -> Outcome:
    """Hand in a tar whose owner, folder and note say that it is another's."""
    entry = member(f"{facts.victim}+{facts.assignment}/load-and-count.ipynb")
    entry.uname = entry.gname = facts.victim
    entry.uid = entry.gid = facts.victim_uid
    return as_whom(facts, send(facts, tar(entry, content=b"written by the attacker")))


@attempt(SERVICE, open="held", note=NO_FILES)
def tell_nbgrader_another_name(facts: Facts) -> Outcome:
    """Submit with nbgrader's own command, told in four ways that we are another."""
    folder = facts.home / "assignments" / facts.course / facts.assignment
    folder.mkdir(parents=True, exist_ok=True)
    for name in (f"{facts.assignment}.ipynb", NOTEBOOK):
        (folder / name).write_text(
            '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
        )
    before = _handed_in(facts)
    names = ("JUPYTERHUB_USER", "USER", "LOGNAME", "LNAME", "USERNAME", "NB_USER")
    command = ["nbgrader", "submit", facts.assignment, f"--course={facts.course}"]
    done = subprocess.run(
        [*command, f"--CourseDirectory.student_id={facts.victim}"],
        env=dict(os.environ, **dict.fromkeys(names, facts.victim)),
        cwd=facts.home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = (done.stdout + done.stderr).strip()[-300:].replace("\n", " ")
    if _handed_in(facts) > before:
        return held("taken as our own")
    return succeeded(said) if done.returncode == 0 else held(said)


def _handed_in(facts: Facts) -> int:
    return len(_own_numbers(facts))


def _own_numbers(facts: Facts) -> set[int]:
    """Return the numbers of the submissions that the service lists as ours."""
    status, words = send(facts, b"", path="/submissions", method="GET")
    if status >= 300:
        raise OSError(f"our own submissions can't be listed: {status} {words[:100]}")
    return {one["receipt"]["number"] for one in json.loads(words)["submissions"]}


@attempt(SERVICE, open="held", note=NO_FILES)
def back_date(facts: Facts) -> Outcome:
    """Hand in with old times in the tar, in a note and in the headers."""
    note = member("timestamp.txt")
    headers = {"Date": "Tue, 02 Jan 2001 03:04:05 GMT", "X-Timestamp": "2001-01-02 03:04:05 UTC"}
    path = f"{submissions(facts)}?submitted_at=2001-01-02T03:04:05Z&timestamp=2001-01-02"
    body = tar(note, member(NOTEBOOK), content=b"2001-01-02 03:04:05.000000 UTC")
    status, words = send(facts, body, path=path, headers=headers)
    if status >= 300:
        return held(f"{status} {words[:150]}")
    moment = json.loads(words)["submitted_at"]
    return succeeded(moment) if moment.startswith("2001") else held(f"it was taken at {moment}")


@attempt(SERVICE, open="held", note=NO_FILES)
def hand_in_without_a_token(facts: Facts) -> Outcome:
    """Hand in with no token, and with one that was made up."""
    for word in ("", "token ", f"token {'0' * 32}", "Bearer null"):
        answer = send(facts, plain(facts), headers={"Authorization": word})
        if answer[0] < 300:
            return succeeded(f"taken with {word!r}")
    return held("none was taken")


@attempt(SERVICE, open="held", note=NO_FILES)
def hand_in_to_a_strange_course(facts: Facts) -> Outcome:
    """Hand in to a course that we don't take, and to one whose name leads elsewhere."""
    said = []
    for course in (facts.other_course, "../hub", "..", f"{facts.course}/../{facts.other_course}"):
        answer = send(facts, plain(facts), path=submissions(facts, course=course))
        if answer[0] < 300:
            return succeeded(answer[1][:200])
        said.append(str(answer[0]))
    return held(", ".join(said))


@attempt(SERVICE, open="held", note=NO_FILES)
def hand_in_a_strange_assignment(facts: Facts) -> Outcome:
    """Hand in an assignment that was not released, and names that lead elsewhere."""
    said = []
    for name in (
        "not-released",
        "../../outbound/x",
        "..",
        ".",
        "a" * 300,
        "x\n",
        f"{facts.assignment}+",
    ):
        answer = send(facts, plain(facts), path=submissions(facts, assignment=name))
        if answer[0] < 300:
            return succeeded(answer[1][:200])
        said.append(str(answer[0]))
    return held(", ".join(said))


def _trick(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> list[tarfile.TarInfo]:
    return [member(NOTEBOOK), member(name, kind, target)]


@attempt(SERVICE, open="held", note=NO_FILES)
def climb_out_of_a_tar(facts: Facts) -> Outcome:
    """Hand in a tar whose names climb out of its folder or begin at the root."""
    names = ("../outside", "a/../../outside", "/tmp/hostile", "./../x", "..", "a/./../../b")
    return _first_taken(facts, {name: tar(*_trick(name), content=b"x") for name in names})


@attempt(SERVICE, open="held", note=NO_FILES)
def link_in_a_tar(facts: Facts) -> Outcome:
    """Hand in a tar with symbolic and hard links to what the exchange may read."""
    target = f"{facts.state}/receipts/{facts.course}.jsonl"
    through = [member("d", tarfile.SYMTYPE, "/tmp"), member("d/hostile")]
    return _first_taken(
        facts,
        {
            "symbolic link": tar(*_trick("l.ipynb", tarfile.SYMTYPE, target)),
            "hard link": tar(*_trick("h.ipynb", tarfile.LNKTYPE, target)),
            "through a link": tar(*through, content=b"x"),
        },
    )


@attempt(SERVICE, open="held", note=NO_FILES)
def device_in_a_tar(facts: Facts) -> Outcome:
    """Hand in a tar with a device, a pipe and a sparse file."""
    kinds = {
        "device": tarfile.BLKTYPE, "character device": tarfile.CHRTYPE,
        "pipe": tarfile.FIFOTYPE, "sparse file": tarfile.GNUTYPE_SPARSE,
    }  # fmt: skip
    return _first_taken(facts, {name: tar(*_trick("n", kind)) for name, kind in kinds.items()})


def _first_taken(facts: Facts, bodies: dict[str, bytes]) -> Outcome:
    said = []
    for name, body in bodies.items():
        status, words = send(facts, body)
        if status < 300:
            return succeeded(f"{name!r} was taken: {words[:100]}")
        said.append(f"{name} {status}")
    return held("; ".join(said))


@attempt(SERVICE, open="held", note=NO_FILES)
def hand_in_too_much(facts: Facts) -> Outcome:
    """Hand in hundreds of megabytes without saying so at the beginning."""

    def chunks() -> Iterator[bytes]:
        entry = member(NOTEBOOK)
        entry.size = 400_000_000
        yield entry.tobuf()
        for _ in range(400):
            yield bytes(1_000_000)
        yield bytes(1024)

    return taken(send(facts, chunks(), headers={"Transfer-Encoding": "chunked"}))


@attempt(SERVICE, open="held", note=NO_FILES)
def announce_too_much(facts: Facts) -> Outcome:
    """Announce a terabyte and send little, so that room is kept for it."""
    return taken(send(facts, plain(facts), headers={"Content-Length": str(10**12)}))


@attempt(SERVICE, open="held", note=NO_FILES)
def hand_in_a_bomb(facts: Facts) -> Outcome:
    """Hand in a small packed file that unpacks to hundreds of megabytes."""
    packed = gzip.compress(tar(member(NOTEBOOK), content=bytes(200_000_000)), 1)
    found = []
    for headers in ({"Content-Encoding": "gzip"}, {}):
        answer = send(facts, packed, headers=headers)
        if answer[0] < 300:
            return succeeded(answer[1][:200])
        found.append(str(answer[0]))
    return held(", ".join(found))


@attempt(SERVICE, open="held", note=NO_FILES)
def hand_in_many_files(facts: Facts) -> Outcome:
    """Hand in tens of thousands of empty files, and folders a hundred deep."""
    many = tar(*(member(f"f{number}") for number in range(20_000)))
    deep = tar(member("/".join(["d"] * 100)), content=b"x")
    return _first_taken(facts, {"many": many, "deep": deep})


@attempt(SERVICE, open="held", note=NO_FILES)
def list_others_submissions(facts: Facts) -> Outcome:
    """Ask the service for another's submissions."""
    query = f"/submissions?learner={facts.victim}&student_id={facts.victim}&course={facts.course}"
    status, words = send(facts, b"", path=query, method="GET")
    return succeeded(words[:200]) if facts.victim in words else held(f"{status}, only our own")


@attempt(SERVICE, open="held", note=NO_FILES)
def fetch_others_feedback(facts: Facts) -> Outcome:
    """Ask the service for the feedback on every submission by its number."""
    own = _own_numbers(facts)
    for number in set(range(1, 60)) - own:
        path = f"/courses/{facts.course}/submissions/{number}/feedback/{facts.assignment}"
        status, words = send(facts, b"", path=path, method="GET")
        if status < 300:
            return succeeded(f"number {number}: {words[:100]}")
    return held(f"none of sixty numbers but our own {len(own)}")


@attempt(SERVICE, open="held", note=NO_FILES)
def hold_the_exchange(facts: Facts) -> Outcome:
    """Begin ninety submissions at once and never end them, so that nobody else gets in."""
    connections = []
    head = f"POST {submissions(facts)} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
    token = os.environ["JUPYTERHUB_API_TOKEN"]
    try:
        # The lab's own door lets a hundred through; past that only its owner is shut out.
        for _ in range(90):
            connection = socket.create_connection(service(), timeout=5)
            connections.append(connection)
            connection.sendall(f"{head}Authorization: token {token}\r\n\r\n".encode())
        time.sleep(1)
        with suppress(OSError):
            return held(f"{_handed_in(facts)} of our own are still listed meanwhile")
        return succeeded("the service answers nobody any more")
    finally:
        for connection in connections:
            connection.close()


@attempt(SERVICE, open="held", note=NO_FILES)
def hand_in_without_end(facts: Facts) -> Outcome:
    """Hand in over and over, a hundred times."""
    for number in range(100):
        status, words = send(facts, plain(facts))
        if status >= 300:
            return held(f"refused after {number}: {status} {words[:150]}")
    return succeeded("a hundred were taken")
