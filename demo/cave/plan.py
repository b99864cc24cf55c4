"""The jobs of a resolution and the resume file that holds them (FACTS 4.6)."""

from dataclasses import dataclass, field
from pathlib import Path

from demo.cave.decisions import INSTALL_TO_SLASH, Change, Resolution, Resolvent
from demo.cave.errors import CaveError
from demo.cave.serialised import Node, dump, listed, load

CLASS = "ResumeData@30001"
ALL = "require_for_satisfied,require_for_independent,require_always"
DIRECT = "require_for_satisfied,require_for_independent"
INDEPENDENT = "require_for_independent"

PENDING, ACTIVE, SUCCEEDED, FAILED, SKIPPED = "Pending", "Active", "Succeeded", "Failed", "Skipped"


@dataclass(slots=True)
class Job:
    """A fetch, or (with a destination) an install; requirements are (job number, conditions)."""

    origin: str
    requirements: list[tuple[int, str]]
    target: bool
    destination: str = ""
    destination_type: str = ""
    replacing: list[str] = field(default_factory=list)
    state: str = PENDING

    @property
    def is_fetch(self) -> bool:
        return not self.destination


@dataclass(slots=True)
class Plan:
    jobs: list[Job]
    pretends: list[tuple[str, str, str]]  # origin, destination type, destination repository
    targets: list[str]
    preserve_world: bool
    target_is_set: bool

    def write(self, path: Path) -> None:
        """Not atomic, as the real one is not."""
        path.write_text(dump(_plan_node(self)), encoding="utf-8")


def make_plan(
    resolution: Resolution, targets: list[str], *, preserve_world: bool, target_is_set: bool
) -> Plan:
    pretends = [
        (
            each.origin.spec,
            each.resolvent.destination,
            _destination(each, resolution),
        )
        for each in resolution.changes
    ]
    return Plan(_jobs(resolution), pretends, targets, preserve_world, target_is_set)


def _destination(change: Change, resolution: Resolution) -> str:
    if change.resolvent.destination == INSTALL_TO_SLASH:
        return "installed"
    return resolution.destination


def _jobs(resolution: Resolution) -> list[Job]:
    install_numbers = {each.resolvent: 2 * n + 1 for n, each in enumerate(resolution.changes)}
    by_key = {each.resolvent: each for each in resolution.changes}
    jobs: list[Job] = []
    for change in resolution.changes:
        direct = _direct_numbers(change, by_key, install_numbers)
        deep = [install_numbers[key] for key in _recursive(change.resolvent, by_key)]
        jobs += _pair(change, resolution, len(jobs), direct, deep)
    return jobs


def _pair(
    change: Change, resolution: Resolution, number: int, direct: list[int], deep: list[int]
) -> list[Job]:
    """The fetch and the install of one change; a binary just made can't be fetched before."""
    origin = change.origin.spec
    fetch_requirements: list[tuple[int, str]] = []
    install_requirements = [(number, f"{ALL},fetching")]
    if change.via_binary:
        origin = f"{origin.rpartition('::')[0]}::{resolution.destination}"
        for each in direct:
            fetch_requirements.append((each, f"{DIRECT},fetching"))
            fetch_requirements.append((each, "require_always,fetching"))
        fetch_requirements += [(each, f"{INDEPENDENT},fetching") for each in deep]
    else:
        install_requirements += [(each, DIRECT) for each in direct]
    install_requirements += [(each, INDEPENDENT) for each in deep]
    destination_type = change.resolvent.destination
    return [
        Job(origin, fetch_requirements, change.target),
        Job(
            origin,
            install_requirements,
            change.target,
            _destination(change, resolution),
            destination_type,
            [each.spec for each in change.replacing],
        ),
    ]


def _direct(change: Change, by_key: dict[Resolvent, Change]) -> list[Resolvent]:
    twin = change.resolvent.elsewhere()
    if change.via_binary:
        return [twin]
    return [key for key in change.requires if key in by_key]


def _direct_numbers(
    change: Change, by_key: dict[Resolvent, Change], numbers: dict[Resolvent, int]
) -> list[int]:
    return sorted(numbers[key] for key in _direct(change, by_key))


def _recursive(key: Resolvent, by_key: dict[Resolvent, Change]) -> list[Resolvent]:
    """Everything below, depth first, each once."""
    found: list[Resolvent] = []

    def visit(each: Resolvent) -> None:
        for required in sorted(_direct(by_key[each], by_key)):
            if required not in found and required != key:
                found.append(required)
                visit(required)

    visit(key)
    return found


def _plan_node(plan: Plan) -> Node:
    executes = Node("JobList", {"items": listed([_job_node(job) for job in plan.jobs])})
    pretends = [
        Node(
            "PretendJob",
            {
                "origin_id_spec": origin,
                "destination_type": destination_type,
                "destination_repository_name": repository,
            },
        )
        for origin, destination_type, repository in plan.pretends
    ]
    lists = Node(
        "JobLists",
        {
            "execute_job_list": executes,
            "pretend_job_list": Node("JobList", {"items": listed(pretends)}),
        },
    )
    return Node(
        CLASS,
        {
            "job_lists": lists,
            "preserve_world": _truth(plan.preserve_world),
            "removed_if_dependent_names": listed(()),
            "target_set": _truth(plan.target_is_set),
            "targets": listed(plan.targets),
            "world_specs": listed(sorted(plan.targets)),
        },
    )


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _job_node(job: Job) -> Node:
    requirements = [
        Node("JobRequirement", {"job_number": str(number), "required_if": conditions})
        for number, conditions in job.requirements
    ]
    fields: dict[str, str | Node] = {
        "requirements": listed(requirements),
        "origin_id_spec": job.origin,
    }
    if not job.is_fetch:
        fields |= {
            "destination_repository_name": job.destination,
            "destination_type": job.destination_type,
            "replacing_specs": listed(job.replacing),
        }
    fields |= {"state": Node(f"Job{job.state}State", {}), "was_target": _truth(job.target)}
    return Node("FetchJob" if job.is_fetch else "InstallJob", fields)


def read_plan(path: Path) -> Plan:
    """Raises CaveError for a file that is not a resume file of this version."""
    try:
        node = load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaveError(
            f"Can't read resume file '{path}': {error}", "paludis::cave::BadResumeFile"
        ) from error
    if node.name != CLASS:
        raise CaveError(
            f"Resume file '{path}' was not generated by this version",
            "paludis::cave::BadResumeFile",
        )
    lists = node.node("job_lists")
    pretends = [
        (
            each.text("origin_id_spec"),
            each.text("destination_type"),
            each.text("destination_repository_name"),
        )
        for each in lists.node("pretend_job_list").nodes("items")
    ]
    return Plan(
        [_read_job(each) for each in lists.node("execute_job_list").nodes("items")],
        pretends,
        node.texts("targets"),
        node.text("preserve_world") == "true",
        node.text("target_set") == "true",
    )


def _read_job(node: Node) -> Job:
    requirements = [
        (int(each.text("job_number")), each.text("required_if"))
        for each in node.nodes("requirements")
    ]
    job = Job(node.text("origin_id_spec"), requirements, node.text("was_target") == "true")
    job.state = node.node("state").name.removeprefix("Job").removesuffix("State")
    if node.name == "InstallJob":
        job.destination = node.text("destination_repository_name")
        job.destination_type = node.text("destination_type")
        job.replacing = node.texts("replacing_specs")
    return job
