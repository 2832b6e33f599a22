"""The operator's settings: ``hub_config/hub.yaml`` as a model that describes each key."""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from academy import paths
from academy.hub import names
from academy.yamlfile import load_yaml


def _check_name(value: object) -> object:
    if not isinstance(value, str) or not names.is_well_formed(value):
        raise ValueError(f"{value!r} can't be a user name, which is {names.IN_WORDS}.")
    if value in names.reserved_names(()):
        raise ValueError(f"'{value}' is a reserved name; choose another.")
    return value


SETTINGS_VARIABLE = "ACADEMY_SETTINGS"


def _off_is_a_word(value: object) -> object:
    """YAML reads a bare ``off`` as false."""
    return "off" if value is False else value


UserName = Annotated[str, BeforeValidator(_check_name)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SiteSettings(_Section):
    """What the pages call the Academy."""

    name: str = Field("Citizen Data Academy", description="The name on every page.", min_length=1)
    place: str = Field(
        "Baton Rouge", description="The city or parish that the pages speak of.", min_length=1
    )


class NetworkSettings(_Section):
    """Where the Academy listens."""

    address: str = Field(
        "127.0.0.1",
        description="The address to listen on. Learners share one operating-system user, so only "
        "loopback addresses (127.0.0.0/8 or ::1) are accepted.",
    )
    port: int = Field(
        8000,
        ge=1,
        le=65535,
        description="The port to listen on; `make serve PORT=8123` overrides it.",
    )
    base_url: str = Field(
        "/",
        pattern=r"^/([A-Za-z0-9_-]+/)*$",
        description="The path under which the Academy lives, with a slash at both ends.",
    )

    @field_validator("address")
    @classmethod
    def _is_loopback(cls, value: str) -> str:
        try:
            loopback = ipaddress.ip_address(value).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise ValueError(
                "must be a loopback address such as 127.0.0.1, because all learners' servers run "
                "as one operating-system user"
            )
        return value


class AccountSettings(_Section):
    """Who may come in, and who has a role."""

    signup: Annotated[Literal["open", "approval", "off"], BeforeValidator(_off_is_a_word)] = Field(
        "open",
        description="`open`: residents make an account and begin; `approval`: an administrator "
        "lets each one in; `off`: no sign-up, accounts come by one-time link.",
    )
    administrators: list[UserName] = Field(
        ["director"],
        min_length=1,
        description="User names of administrators. Each sets a password by a one-time link "
        "(`academy hub invite NAME`); nobody can sign up with these names.",
    )
    instructors: dict[str, list[UserName]] = Field(
        {},
        description="For each course id, the user names of its instructors. They edit the live "
        "course, grade it and see its learners' work. They come in by one-time link as well.",
    )
    minimum_password_length: int = Field(
        10, ge=8, le=64, description="The fewest characters that a password may have."
    )
    failed_logins: int = Field(
        5, ge=1, le=100, description="Failed tries to log in before a name has to wait."
    )
    wait_seconds: int = Field(
        300,
        ge=1,
        le=86_400,
        description="How long a name waits after too many failed tries, in seconds.",
    )
    invitation_hours: int = Field(
        72,
        ge=1,
        le=8_760,
        description="How long a one-time link to set a password works, in hours.",
    )

    @field_validator("instructors")
    @classmethod
    def _courses_exist(
        cls, value: dict[str, list[str]], info: ValidationInfo
    ) -> dict[str, list[str]]:
        known: Collection[str] | None = (info.context or {}).get("course_ids")
        unknown = [] if known is None else sorted(set(value) - set(known))
        if unknown:
            raise ValueError(
                f"there is no course {', '.join(unknown)}; courses are: "
                f"{', '.join(sorted(known or []))}"
            )
        return value


class ServerSettings(_Section):
    """Learners' servers."""

    idle_minutes: int = Field(
        60,
        ge=0,
        le=10_080,
        description="A server that was not used for so many minutes is stopped (work is saved); "
        "0 keeps servers until the Academy stops.",
    )
    longest_hours: int = Field(
        0,
        ge=0,
        le=720,
        description="A server is stopped after so many hours even when it is in use; "
        "0 for no limit.",
    )
    most: int = Field(
        60, ge=0, le=10_000, description="The most servers that may run at once; 0 for no limit."
    )
    start_seconds: int = Field(
        90, ge=5, le=900, description="How long a server may take to start, in seconds."
    )

    @model_validator(mode="after")
    def _idle_fits_longest(self) -> ServerSettings:
        if self.longest_hours and self.idle_minutes > self.longest_hours * 60:
            raise ValueError(
                f"'idle_minutes' ({self.idle_minutes}) is longer than 'longest_hours' "
                f"({self.longest_hours}) allows, so it would never count. Lower it, or set "
                "'longest_hours' to 0."
            )
        return self


class HubSettings(_Section):
    """Everything that an operator chooses."""

    site: SiteSettings = Field(SiteSettings(), description="What the pages call the Academy.")
    network: NetworkSettings = Field(NetworkSettings(), description="Where the Academy listens.")
    accounts: AccountSettings = Field(
        AccountSettings(), description="Who may come in, and who has a role."
    )
    servers: ServerSettings = Field(ServerSettings(), description="Learners' servers.")

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
