"""The operator's settings: ``hub_config/hub.yaml`` as a model that describes each key."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from pathlib import Path

from pydantic import Field, model_validator

from academy import paths
from academy.hub.sections import (
    AccountSettings,
    ExchangeSettings,
    IsolationSettings,
    NetworkSettings,
    Section,
    ServerSettings,
    SiteSettings,
)
from academy.yamlfile import load_yaml

__all__ = [
    "AccountSettings",
    "ExchangeSettings",
    "HubSettings",
    "IsolationSettings",
    "NetworkSettings",
    "ServerSettings",
    "SiteSettings",
    "address",
    "load_settings",
    "public_address",
    "settings_file",
    "settings_schema",
]

SETTINGS_VARIABLE = "ACADEMY_SETTINGS"


class HubSettings(Section):
    """Everything that an operator chooses."""

    site: SiteSettings = Field(SiteSettings(), description="What the pages call the Academy.")
    network: NetworkSettings = Field(NetworkSettings(), description="Where the Academy listens.")
    accounts: AccountSettings = Field(
        AccountSettings(), description="Who may come in, and who has a role."
    )
    servers: ServerSettings = Field(ServerSettings(), description="Learners' servers.")
    exchange: ExchangeSettings = Field(
        ExchangeSettings(), description="How much learners may hand in."
    )
    isolation: IsolationSettings = Field(
        IsolationSettings(),
        description="The walls between learners, and how much of the machine each of them may use.",
    )

    @model_validator(mode="after")
    def _stays_at_home_without_walls(self) -> HubSettings:
        if self.isolation.mode == "off" and not self.network.is_loopback:
            raise ValueError(
                f"'network: address' is {self.network.address}, and 'isolation: mode' is off: "
                "without walls between the learners only a loopback address such as 127.0.0.1 "
                "is accepted"
            )
        return self

    @property
    def staff(self) -> frozenset[str]:
        """Every name that was given a role: these accounts are claimed, never signed up."""
        instructors = (name for group in self.accounts.instructors.values() for name in group)
        return frozenset([*self.accounts.administrators, *instructors])


def address(settings: HubSettings, port: int) -> str:
    """Return the Academy's address on a port, with a slash at the end."""
    network = settings.network
    host = f"[{network.address}]" if ":" in network.address else network.address
    return f"http://{host}:{port}{network.base_url}"


def public_address(settings: HubSettings, port: int) -> str:
    """Return the address that people type: where it listens, or the host that was named."""
    origin = settings.network.origin
    return f"{origin}{settings.network.base_url}" if origin else address(settings, port)


def settings_file() -> Path:
    """Return the operator's file: ``$ACADEMY_SETTINGS``, else ``hub_config/hub.yaml``."""
    configured = os.environ.get(SETTINGS_VARIABLE)
    shipped = paths.checkout() / "hub_config" / "hub.yaml"
    return Path(configured).absolute() if configured else shipped


def load_settings(
    path: Path | None = None, *, course_ids: Collection[str] | None = None
) -> HubSettings:
    """Read the operator's settings.

    Parameters
    ----------
    path
        The file; ``hub_config/hub.yaml`` by default.
    course_ids
        The courses that exist, to refuse instructors of others. Not checked when left out.

    Raises
    ------
    AcademyError, FindingsError
        When the file is missing, is not YAML, or has mistakes: all of them, each with its line.
    """
    file = path or settings_file()
    shown = file.relative_to(paths.checkout()) if file.is_relative_to(paths.checkout()) else file
    return load_yaml(file, HubSettings, shown_as=str(shown), context={"course_ids": course_ids})


def settings_schema() -> str:
    """Return the JSON schema of the settings as text, for editors."""
    schema = HubSettings.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2) + "\n"
