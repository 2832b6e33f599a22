"""Kernels of one nursery have nothing in common that must be their own."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from academy.forkserver import nursery, warm
from forkserver.conftest import Nursery, some_nursery
from forkserver.kernels import descriptors, is_in_memory, running, together

NUMBERS = [20, pytest.param(200, marks=pytest.mark.torture)]

#: Draws from every source of chance, and looks at what could be seen of others.
LOOK = """
import gc, glob, hashlib, json, multiprocessing, os, pickle, random, secrets, ssl, sys, tempfile
import uuid
import numpy
import pandas

def inherited():
    links = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            link = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            continue
        if link.startswith(("socket:", "pipe:", "/memfd:")):
            links[name] = link
    return links

def states():
    gc.unfreeze()
    for one in gc.get_objects():
        if isinstance(one, random.Random) and not isinstance(one, random.SystemRandom):
            yield one.getstate()
        elif isinstance(one, numpy.random.RandomState):
            yield one.get_state()
        elif isinstance(one, numpy.random.BitGenerator):
            yield one.state

mine = "MINE"
with open("mine.txt", "x") as file:
    file.write(mine)
kernel = get_ipython().kernel
chance = {
    "random": random.random(),
    "numpy": numpy.random.random(),
    "numpy's new generator": numpy.random.default_rng().random(),
    "numpy's old generator": numpy.random.RandomState().random_sample(),
    "pandas": pandas.Series(range(10 ** 6)).sample(5).tolist(),
    "urandom": os.urandom(16).hex(),
    "getrandom": os.getrandom(16).hex(),
    "uuid1": str(uuid.uuid1()),
    "uuid4": str(uuid.uuid4()),
    "secrets": secrets.token_hex(),
    "ssl": ssl.RAND_bytes(16).hex(),
    "temporary name": next(tempfile._get_candidate_names()),
    "temporary file": tempfile.mkstemp()[1],
    "temporary folder": tempfile.mkdtemp(),
    "multiprocessing's key": bytes(multiprocessing.current_process().authkey).hex(),
    "session": kernel.session.session,
    "message": kernel.session.msg_id,
    "key": kernel.session.key.decode(),
}
print(json.dumps({
    "process": os.getpid(),
    "chance": chance,
    "generators": [hashlib.sha256(pickle.dumps(one)).hexdigest() for one in states()],
    "descriptors": inherited(),
    "environment": dict(os.environ),
    "others": [name for name in globals() if name.startswith("of_")],
    "files": sorted(glob.glob("*")),
    "caches": {
        "history": str(get_ipython().history_manager.hist_file),
        "jedi": sys.modules["jedi.settings"].cache_directory,
        "matplotlib": sys.modules["matplotlib"].get_cachedir(),
        "matplotlib's settings": sys.modules["matplotlib"].get_configdir(),
        "parso": str(sys.modules["parso.cache"]._default_cache_path),
        "styles": sys.modules["matplotlib.style"].USER_LIBRARY_PATHS[0],
        "user packages": sys.modules["site"].USER_BASE,
    },
}))
"""
#: Says where a word stands in memory that Python knows of.
WHERE = """
import gc, json, sys
gc.unfreeze()
word = "FIRST" + "SECOND"
loaded = {name: one for name, one in list(sys.modules.items()) if hasattr(one, "__dict__")}
modules = {id(vars(one)): name for name, one in loaded.items()}
found = []
for holder in gc.get_objects():
    if holder is globals():
        continue
    for held in gc.get_referents(holder):
        if isinstance(held, bytes):
            held = held.decode("latin-1")
        if isinstance(held, str) and word in held:
            owners = [modules[id(one)] for one in gc.get_referrers(holder) if id(one) in modules]
            place = [modules.get(id(holder)), *owners] + [str(type(holder))]
            found += [] if "__main__" in place else [f"{held[:100]!r} in {place}"]
print(json.dumps(found))
"""
#: Everything that Python knows of and that could be a key or an id.
WORDS = r"""
import branca.colormap, gc, json, re
gc.unfreeze()
found = set()
scales = set()
for holder in gc.get_objects():
    if isinstance(holder, branca.colormap.ColorMap):
        scales.add(holder._id)
    for held in gc.get_referents(holder):
        if isinstance(held, bytes):
            held = held.decode("latin-1")
        if isinstance(held, int) and held.bit_length() > 60:
            held = str(held)
        if isinstance(held, str) and re.fullmatch("[A-Za-z0-9_+/=-]{10,200}", held):
            found.add(held)
print(json.dumps(sorted(found - scales)))
"""


def looks(count: int, homes: Path) -> Iterator[dict[str, Any]]:
    """Start so many kernels at once, each somebody else's, and let each look around."""
    codes, starts = [], []
    for number in range(count):
        home = homes / f"home-{number}"
        home.mkdir()
        token = f"token-of-{number}-{os.urandom(8).hex()}"
        codes.append(LOOK.replace("mine", f"of_{number}").replace("MINE", token))
        variables = {**os.environ, "HOME": str(home), "TOKEN": token}
        # The kernel sets what kind of terminal it is.
        variables.pop("TERM", None)
        starts.append({"cwd": str(home), "env": variables})
    for number, said in enumerate(together(codes, starts)):
        yield {"number": number, "start": starts[number], **json.loads(said)}


@pytest.mark.parametrize("count", NUMBERS)
def test_kernels_that_are_forked_at_once_share_nothing(
    forking: Nursery, person: Path, count: int
) -> None:
    before = set(descriptors(forking.pid).values())
    found = list(looks(count, person))
    assert len({one["process"] for one in found}) == count

    _draw_different_numbers(found)
    _see_no_descriptor_of_others(found, before)
    for one in found:
        number, home = one["number"], one["start"]["env"]["HOME"]
        assert one["others"] == [f"of_{number}"]
        assert one["files"] == [f"of_{number}.txt"]
        asked = one["start"]["env"]
        assert {name: one["environment"].get(name) for name in asked} == asked
        elsewhere = {name: path for name, path in one["caches"].items() if home not in path}
        assert elsewhere == {}


def _draw_different_numbers(found: list[dict[str, Any]]) -> None:
    for source in found[0]["chance"]:
        drawn = Counter(str(one["chance"][source]) for one in found)
        assert drawn.most_common(1)[0][1] == 1, f"{source}: two kernels drew the same"
    states = Counter(state for one in found for state in one["generators"])
    assert states
    assert states.most_common(1)[0][1] == 1, "a generator of random numbers was not renewed"


def _see_no_descriptor_of_others(found: list[dict[str, Any]], of_nursery: set[str]) -> None:
    """What a kernel's standard streams lead to is its owner's, and so the same for all."""
    streams = {str(number) for number in range(3)}
    own = [
        {link for name, link in one["descriptors"].items() if name not in streams} for one in found
    ]
    counted = Counter(link for links in own for link in links if not link.startswith("/memfd:"))
    shared = {link for link, times in counted.items() if times > 1}
    standard = {link for one in found for link in map(one["descriptors"].get, streams) if link}
    assert shared <= standard
    assert not (set().union(*own) - standard) & of_nursery
    assert not [link for links in own for link in links if "academy" in link]


@pytest.fixture
def marked(person: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Nursery]]:
    """A nursery whose home, caches, state and path have a word in them that nobody else has."""
    word = f"quagmire{os.urandom(4).hex()}"
    plain = warm.environment

    def environment(folder: Path) -> dict[str, str]:
        home = folder / word
        home.mkdir()
        return {
            **plain(home),
            "ACADEMY_STATE": str(home / "state"),
            "MPLCONFIGDIR": str(home / "matplotlib"),
            "XDG_CACHE_HOME": str(home / "caches"),
            "TEMPLATES_OWN": word,
        }

    monkeypatch.setattr(warm, "environment", environment)
    with some_nursery() as one:
        monkeypatch.setenv(nursery.VARIABLE, one.address)
        yield word, one


def test_no_path_of_the_template_is_left_in_a_kernel(marked: tuple[str, Nursery]) -> None:
    word, _ = marked
    code = WHERE.replace("FIRST", word[:6]).replace("SECOND", word[6:])
    with running() as kernel:
        assert word not in kernel.run("import os; print(dict(os.environ), os.getcwd())")
        assert json.loads(kernel.run(code)) == []


def test_nothing_random_is_drawn_before_the_fork(
    forking: Nursery, marked: tuple[str, Nursery], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What two kernels of one nursery know, and a kernel of another nursery does not.

    A key or an id that a library makes when it is imported would be everybody's. Left out are the
    names that branca gives to its ready-made colour scales, which say in a page which scale is
    meant and nothing else.
    """
    code = WORDS
    with running() as third:
        elsewhere = set(json.loads(third.run(code)))
    monkeypatch.setenv(nursery.VARIABLE, forking.address)
    with running() as one, running() as another:
        first, second = set(json.loads(one.run(code))), set(json.loads(another.run(code)))

    assert len(elsewhere) > 10_000
    folder = Path(forking.address).parent.name
    assert [word for word in (first & second) - elsewhere if folder not in word] == []


def test_a_kernels_secret_is_in_no_other_memory(
    forking: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words are put together here, so that no code that is run contains them."""
    secret = os.urandom(16).hex()
    with running() as before:
        with running(env={**os.environ, "TOKEN": secret}) as owner, running() as after:
            assert owner.value("__import__('os').environ['TOKEN']") == secret
            assert is_in_memory(owner.pid, secret), "this test can find it where it is"
            for other in (forking.pid, before.pid, after.pid):
                assert not is_in_memory(other, secret)
        assert not is_in_memory(forking.pid, secret)
