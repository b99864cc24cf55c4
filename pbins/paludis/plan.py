"""Resume files: the plan that cave writes and then keeps up to date (FACTS 4.6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pbins.paludis.errors import ParseError, shown
from pbins.paludis.names import PackageId, RepositoryName
from pbins.paludis.serialised import Incomplete, Object, parse_object

KNOWN_VERSION = "30001"
"""Of Paludis 3.0.1; another version of cave would refuse the file."""

VERSION = re.compile(r"ResumeData@([^(]{0,40})\(")


class IncompletePlan(ParseError):
    """The file is being rewritten at this moment: read it again."""


class UnknownPlanVersion(ParseError):
    """The file was written by another version of cave, named in `version`."""

    def __init__(self, version: str) -> None:
        self.version = version
        super().__init__(
            f"the plan was written by another cave, {shown(version)} instead of {KNOWN_VERSION}"
        )


class JobState(StrEnum):
    """How far a step of the plan has come."""

    PENDING = "pending"
    ACTIVE = "active"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


STATES = {f"Job{state.value.capitalize()}State": state for state in JobState}


class Destination(StrEnum):
    """What an installing job makes."""

    SLASH = "install_to_slash"
    CHROOT = "install_to_chroot"
    BINARY = "create_binary"
    CROSS = "cross_compile"


@dataclass(frozen=True, slots=True)
class Requirement:
    """Another job that matters to this one: its place in the plan from 0, and in which cases."""

    job: int
    required_if: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FetchJob:
    """Sources, or a tarball, to be fetched."""

    origin: PackageId
    state: JobState
    was_target: bool
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class InstallJob:
    """A package to be installed, or made into a binary."""

    origin: PackageId
    destination: Destination
    destination_repository: RepositoryName
    replacing: tuple[PackageId, ...]
    state: JobState
    was_target: bool
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class UninstallJob:
    """Packages to be removed."""

    removing: tuple[PackageId, ...]
    state: JobState
    was_target: bool
    requirements: tuple[Requirement, ...]


Job = FetchJob | InstallJob | UninstallJob


@dataclass(frozen=True, slots=True)
class Plan:
    """The jobs in the order of their execution, and what was asked for."""

    jobs: tuple[Job, ...]
    targets: tuple[str, ...]
    target_is_set: bool
    preserve_world: bool
    world_specs: tuple[str, ...]

    def binaries(self) -> Iterator[InstallJob]:
        """The jobs that make a pbin."""
        for job in self.jobs:
            if isinstance(job, InstallJob) and job.destination is Destination.BINARY:
                yield job

    def waits_for(self, index: int) -> tuple[int, ...]:
        """The places of the jobs that this one builds upon itself, not through others."""
        needed = (
            requirement.job
            for requirement in self.jobs[index].requirements
            if "require_for_satisfied" in requirement.required_if
        )
        return tuple(sorted(set(needed)))


def parse_plan(text: str) -> Plan:
    """Read a resume file.

    Raises IncompletePlan if it stops in the middle, UnknownPlanVersion if another cave wrote it,
    and ParseError if it is no resume file at all. Takes time proportional to its length.
    """
    if (version := VERSION.match(text)) and version[1] != KNOWN_VERSION:
        raise UnknownPlanVersion(version[1])
    try:
        root = parse_object(text)
    except Incomplete as error:
        raise IncompletePlan("the plan is only half written") from error
    if version is None:
        raise ParseError(f"{shown(text)} is not a plan")
    jobs = tuple(map(_job, root.object("job_lists").object("execute_job_list").listed("items")))
    _check_requirements(jobs)
    return Plan(
        jobs=jobs,
        targets=root.texts("targets"),
        target_is_set=root.flag("target_set"),
        preserve_world=root.flag("preserve_world"),
        world_specs=root.texts("world_specs"),
    )


def _job(value: object) -> Job:
    if not isinstance(value, Object):
        raise ParseError("a job of the plan is no object")
    state, was_target = _state(value), value.flag("was_target")
    requirements = tuple(map(_requirement, value.listed("requirements")))
    if value.name == "UninstallJob":
        return UninstallJob(_ids(value, "ids_to_remove_specs"), state, was_target, requirements)
    origin = PackageId.parse(value.text("origin_id_spec"))
    if value.name == "FetchJob":
        return FetchJob(origin, state, was_target, requirements)
    if value.name != "InstallJob":
        raise ParseError(f"{shown(value.name)} is no job that is known")
    return InstallJob(
        origin=origin,
        destination=_destination(value.text("destination_type")),
        destination_repository=RepositoryName(value.text("destination_repository_name")),
        replacing=_ids(value, "replacing_specs"),
        state=state,
        was_target=was_target,
        requirements=requirements,
    )


def _ids(value: Object, key: str) -> tuple[PackageId, ...]:
    return tuple(map(PackageId.parse, value.texts(key)))


def _state(value: Object) -> JobState:
    """A job that nothing has happened to yet may have no state at all."""
    if value.members.get("state", "") is None:
        return JobState.PENDING
    name = value.object("state").name
    if name not in STATES:
        raise ParseError(f"{shown(name)} is no state that is known")
    return STATES[name]


def _destination(text: str) -> Destination:
    try:
        return Destination(text)
    except ValueError as error:
        raise ParseError(f"{shown(text)} is no destination that is known") from error


def _requirement(value: object) -> Requirement:
    if not isinstance(value, Object) or not value.text("job_number").isdecimal():
        raise ParseError("a requirement of the plan names no job")
    number = value.text("job_number")
    if len(number) > 9:
        raise ParseError(f"the plan has no job {shown(number)}")
    return Requirement(int(number), tuple(value.text("required_if").split(",")))


def _check_requirements(jobs: tuple[Job, ...]) -> None:
    for job in jobs:
        for requirement in job.requirements:
            if requirement.job >= len(jobs):
                raise ParseError(f"the plan has no job {requirement.job}")
