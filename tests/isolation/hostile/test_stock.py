"""What a plain nbgrader exchange lets a learner do: each claim is seen to work there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client import BlockingKernelClient

from isolation.hostile.exchange import attempt
from isolation.hostile.network import hear_a_kernel
from isolation.hostile.stock import StockExchange, as_person, open_folder, people
from running import free_port

# It says nothing of the Academy: what it shows is how the stock tool is.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.torture,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as several system users"),
]
ATTEMPTS = [name for name, one in attempt.attempts.items() if one.stock]
IN_TIME, TOO_LATE = "2026-01-02 03:04:05.000000 UTC", "2096-01-02 03:04:05.000000 UTC"


@pytest.fixture
def stock() -> Iterator[StockExchange]:
    made = StockExchange(open_folder())
    try:
        yield made.make()
    finally:
        shutil.rmtree(made.folder)


@pytest.fixture(scope="module")
def shared() -> Iterator[StockExchange]:
    made = StockExchange(open_folder())
    try:
        yield made.make()
    finally:
        shutil.rmtree(made.folder)


@pytest.mark.parametrize("name", ATTEMPTS)
def test_the_attempts_of_the_catalogue(shared: StockExchange, name: str) -> None:
    one = attempt.attempts[name]

    outcome = shared.attempt(one)

    assert outcome.result == one.stock, outcome.evidence


def test_another_name_is_collected_as_theirs_with_a_warning(stock: StockExchange) -> None:
    stock.forge(stock.attacker, stock.victim.name, TOO_LATE, "written by the attacker")

    said = stock.collect()

    assert stock.collected(stock.victim.name)[0] == "written by the attacker"
    assert f"claims to be submitted by {stock.victim.name}" in said
    assert "cheating attempt?" in said


def test_the_newest_time_wins_and_is_read_from_the_folders_name(stock: StockExchange) -> None:
    late = stock.attacker
    stock.forge(late, late.name, TOO_LATE, "written after the deadline")

    stock.collect()

    assert stock.collected(stock.attacker.name) == ("written after the deadline", TOO_LATE)


def test_a_time_in_the_past_makes_late_work_early(stock: StockExchange) -> None:
    late = stock.latecomer
    stock.forge(late, late.name, IN_TIME, "written today")

    said = stock.collect()

    assert stock.collected(late.name) == ("written today", IN_TIME)
    assert "cheating attempt?" not in said


def test_a_learner_renames_the_whole_course(stock: StockExchange) -> None:
    folder = stock.exchange / "start-here"

    as_person(stock.attacker, lambda: folder.rename(folder.with_name("gone")) and None)

    assert not folder.exists()
    with pytest.raises(AssertionError, match="Course not found"):
        stock.collect()


def test_another_user_hears_a_kernel_over_tcp_without_its_key(tmp_path: Path) -> None:
    """The stock way: five TCP ports on loopback, and a key that only protects what is sent."""
    secret = "the sum is 1234567890"
    ports = {f"{name}_port": free_port() for name in ("shell", "iopub", "stdin", "control", "hb")}
    connection = {
        "transport": "tcp", "ip": "127.0.0.1", "key": "a-key-that-nobody-else-knows",
        "signature_scheme": "hmac-sha256", "kernel_name": "", **ports,
    }  # fmt: skip
    file = tmp_path / "kernel.json"
    file.write_text(json.dumps(connection))
    kernel = subprocess.Popen([sys.executable, "-m", "ipykernel_launcher", "-f", str(file)])
    client = BlockingKernelClient(connection_file=str(file))
    client.load_connection_file()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=90)
        client.execute(
            f"import time\nfor _ in range(200):\n    print({secret!r})\n    time.sleep(0.1)"
        )
        heard = as_person(
            people()[2], lambda: hear_a_kernel(ports["iopub_port"], 4).decode("latin1")
        )
    finally:
        client.stop_channels()
        kernel.kill()
        kernel.wait()

    assert secret in heard
