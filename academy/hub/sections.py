"""The sections of ``hub_config/hub.yaml``, each a model that describes its keys."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from academy.grading.admission import ExchangeLimits
from academy.hub import hosts, names


def _check_name(value: object) -> object:
    if not isinstance(value, str) or not names.is_well_formed(value):
        raise ValueError(f"{value!r} can't be a user name, which is {names.IN_WORDS}.")
    if value in names.reserved_names(()):
        raise ValueError(f"'{value}' is a reserved name; choose another.")
    return value


def _off_is_a_word(value: object) -> object:
    """YAML reads a bare ``off`` as false."""
    return "off" if value is False else value


UserName = Annotated[str, BeforeValidator(_check_name)]


class Section(BaseModel):
    """A part of the settings; a key that it does not know is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class SiteSettings(Section):
    """What the pages call the Academy."""

    name: str = Field("Citizen Data Academy", description="The name on every page.", min_length=1)
    place: str = Field(
        "Baton Rouge", description="The city or parish that the pages speak of.", min_length=1
    )


class NetworkSettings(Section):
    """Where the Academy listens."""

    address: str = Field(
        "127.0.0.1",
        description="The address to listen on, e.g. 0.0.0.0 for all. Without walls between the "
        "learners (`isolation`) only a loopback address (127.0.0.0/8 or ::1) is accepted.",
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
    public_host: Annotated[str, AfterValidator(hosts.check_origin)] = Field(
        "",
        description="What people type, when a web server in front of the Academy speaks https for "
        "it, e.g. `https://academy.example.org`. Empty: the address and port above.",
    )
    subdomain_host: Annotated[str, AfterValidator(hosts.check_origin)] = Field(
        "",
        description="The same, and each learner's lab gets a host name of its own below it, e.g. "
        "`https://academy.example.org` and `https://ana.academy.example.org`, so that browsers "
        "keep learners' pages apart. All names below the host must lead to the Academy.",
    )
    trusted_proxies: Annotated[list[str], AfterValidator(hosts.check_addresses)] = Field(
        [],
        json_schema_extra={"items": {"type": "string", "format": "ip"}},
        description="IP addresses of web servers in front of the Academy. What they say about "
        "where a request comes from (`X-Forwarded-For`) is believed; without them all visitors "
        "behind such a server count as one.",
    )

    @model_validator(mode="after")
    def _one_host(self) -> NetworkSettings:
        if self.public_host and self.subdomain_host:
            raise ValueError("give 'public_host' or 'subdomain_host', not both")
        return self

    @property
    def origin(self) -> str:
        """The scheme, host and port that people type, where the operator named them."""
        return self.subdomain_host or self.public_host

    @field_validator("address")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError("must be an IP address such as 127.0.0.1 or 0.0.0.0") from None
        return value

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.address).is_loopback


class AccountSettings(Section):
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
        5,
        ge=1,
        le=100,
        description="Failed tries to log in before a name has to wait, from one address; ten times "
        "as many from all together.",
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
    logged_in_days: int = Field(
        14, ge=1, le=90, description="How many days a browser stays logged in."
    )
    tries_at_once: int = Field(
        120,
        ge=10,
        le=100_000,
        description="How many sign-ups, log-ins, one-time links and changes of a password may come "
        "from one address at once. A class at a library shares one; each person needs about three.",
    )
    tries_per_minute: int = Field(
        12,
        ge=1,
        le=10_000,
        description="How many of them one address gets back in a minute, after it has used up "
        "those at once.",
    )
    tries_in_all: int = Field(
        240,
        ge=10,
        le=100_000,
        description="How many of them may come in a minute from all addresses together. Each "
        "keeps a processor busy for about a quarter of a second.",
    )

    @model_validator(mode="after")
    def _one_address_fits_all(self) -> AccountSettings:
        if self.tries_at_once > self.tries_in_all:
            raise ValueError(
                f"'tries_at_once' ({self.tries_at_once}) is more than 'tries_in_all' "
                f"({self.tries_in_all}) lets in; lower it, or raise 'tries_in_all'"
            )
        return self

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


class ServerSettings(Section):
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
    forkserver: Annotated[Literal["auto", "off"], BeforeValidator(_off_is_a_word)] = Field(
        "auto",
        description="Whether servers and kernels are forked from a process that has imported "
        "everything (`auto`: where there are walls between learners), or each starts anew (`off`).",
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


class IsolationSettings(Section):
    """The walls between learners, and how much of the machine each of them may use."""

    mode: Annotated[Literal["auto", "required", "off"], BeforeValidator(_off_is_a_word)] = Field(
        "auto",
        description="`auto`: learners are walled off from each other where the machine can do it "
        "(Linux, started by root); where it can't, the Academy says why and listens on loopback "
        "only. `required`: it does not start without walls. `off`: no walls, loopback only.",
    )
    memory_mb: int = Field(
        2048, ge=256, le=1_048_576, description="Memory of one learner's server and kernels, in MB."
    )
    processes: int = Field(
        300, ge=50, le=100_000, description="Processes and threads of one learner together."
    )
    cpus: float = Field(
        0,
        ge=0,
        le=1024,
        description="Processors' worth of time that one learner may use, e.g. 1.5; 0 for no limit.",
    )
    open_files: int = Field(
        4096, ge=256, le=1_048_576, description="Open files of each process of a learner."
    )
    file_mb: int = Field(
        1024, ge=16, le=1_048_576, description="The longest file that a learner can write, in MB."
    )
    tmp_mb: int = Field(
        512,
        ge=16,
        le=1_048_576,
        description="Room in a learner's private /tmp, in MB; it counts as memory.",
    )


class ExchangeSettings(Section):
    """How much learners may hand in. Every submission is kept for good."""

    submission_mb: int = Field(
        100,
        ge=1,
        le=1_000,
        description="The largest submission that is taken in, in MB. Larger ones are refused, and "
        "the learner is told why.",
    )
    submissions_a_day: int = Field(
        50,
        ge=1,
        le=10_000,
        description="How often a learner may hand in one assignment within 24 hours.",
    )
    learner_mb_a_day: int = Field(
        500,
        ge=1,
        le=100_000,
        description="How much one learner may hand in to one course within 24 hours, in MB.",
    )
    free_mb: int = Field(
        500,
        ge=0,
        le=10_000_000,
        description="How much of the disk submissions leave free, in MB. When there is less, none "
        "are taken in until there is more.",
    )

    @model_validator(mode="after")
    def _one_submission_fits_a_day(self) -> ExchangeSettings:
        if self.submission_mb > self.learner_mb_a_day:
            raise ValueError(
                f"'submission_mb' ({self.submission_mb}) is more than 'learner_mb_a_day' "
                f"({self.learner_mb_a_day}) lets in; lower it, or raise 'learner_mb_a_day'"
            )
        return self

    def limits(self) -> ExchangeLimits:
        """Return them in the exchange's own units."""
        return ExchangeLimits(
            submission_bytes=self.submission_mb * 1_000_000,
            submissions_a_day=self.submissions_a_day,
            bytes_a_day=self.learner_mb_a_day * 1_000_000,
            free_bytes=self.free_mb * 1_000_000,
        )
