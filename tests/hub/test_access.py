"""Who may do what, as far as it can be seen without a hub."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from academy.hub import access
from academy.hub.settings import ExchangeSettings, HubSettings

SCOPE = "access:services!service=exchange"


def test_every_user_and_every_server_may_hand_in_and_little_more(hub_state: Path) -> None:
    (user,) = [role for role in access.roles(HubSettings(), ()) if role["name"] == "user"]

    assert user["scopes"] == ["self", SCOPE]
    assert set(access.SERVER_SCOPES) == {
        "users:activity!user",
        "access:servers!server",
        "read:users:groups!user",
        SCOPE,
    }


def test_no_course_may_hand_in_for_anybody(hub_state: Path) -> None:
    roles = access.roles(HubSettings(), ["start-here"])

    holders = {role["name"] for role in roles if SCOPE in role["scopes"]}
    assert holders == {"user"}
    assert not any("services" in role for role in roles if role["name"] == "user")


def test_the_exchange_has_no_address_at_the_proxy_and_no_rights(hub_state: Path) -> None:
    limits = ExchangeSettings(submission_mb=3, free_mb=7)

    service = access.exchange(HubSettings(exchange=limits), 4711)

    assert not {"url", "admin", "api_token", "oauth_client_id"} & set(service)
    assert service["environment"]["ACADEMY_EXCHANGE_PORT"] == "4711"
    told = json.loads(service["environment"]["ACADEMY_EXCHANGE_LIMITS"])
    assert (told["submission_bytes"], told["free_bytes"]) == (3_000_000, 7_000_000)
    named = [
        role for role in access.roles(HubSettings(), ()) if "exchange" in role.get("services", ())
    ]
    assert named == []


def test_a_formgrader_takes_no_module_from_its_course(hub_state: Path, tmp_path: Path) -> None:
    (tmp_path / "jupyterhub").mkdir()
    (tmp_path / "jupyterhub" / "__init__.py").write_text("print('from the course')")

    service = access.formgrader("tiny", tmp_path, {}, 4711)

    where = service["command"].index("-m")
    command = [*service["command"][:where], "-c", "import jupyterhub"]
    done = subprocess.run(command, cwd=service["cwd"], capture_output=True, text=True, check=True)
    assert done.stdout == ""
