"""Resume files, whole, half written and hostile."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId, RepositoryName
from pbins.paludis.plan import (
    Destination,
    FetchJob,
    IncompletePlan,
    InstallJob,
    JobState,
    Requirement,
    UninstallJob,
    UnknownPlanVersion,
    parse_plan,
)

TRANSCRIPTS = Path(__file__).parents[1] / "data" / "transcripts"


def recorded(name: str) -> str:
    return (TRANSCRIPTS / name / "resume-file").read_text()


def written(jobs: str = "", version: str = "30001", targets: str = 'c(count="0";)') -> str:
    """A resume file with these jobs, as cave would write it."""
    count = jobs.count("Job(")
    return (
        f"ResumeData@{version}(job_lists=JobLists(execute_job_list=JobList(items=c({jobs}"
        f'count="{count}";););pretend_job_list=JobList(items=c(count="0";);););'
        f'preserve_world="true";removed_if_dependent_names=c(count="0";);target_set="true";'
        f'targets={targets};world_specs=c(count="0";););'
    )


REMOVAL = (
    '1=UninstallJob(requirements=c(count="0";);ids_to_remove_specs=c(1="=a/b-1:0::installed";'
    '2="=a/c-2:0::installed";count="2";);state=null;was_target="false";);'
)


def test_the_first_steps_of_a_recorded_plan() -> None:
    plan = parse_plan(recorded("01-plan"))
    libfoo = PackageId.parse("dev-libs/libfoo-1.3:0::arbor")
    fetching = ("require_for_satisfied", "require_for_independent", "require_always", "fetching")
    assert plan.jobs[:2] == (
        FetchJob(libfoo, JobState.PENDING, was_target=False, requirements=()),
        InstallJob(
            origin=libfoo,
            destination=Destination.BINARY,
            destination_repository=RepositoryName("mybinaries"),
            replacing=(),
            state=JobState.PENDING,
            was_target=False,
            requirements=(Requirement(0, fetching),),
        ),
    )
    assert len(plan.jobs) == 10
    assert plan.targets == plan.world_specs == ("app-shells/hush",)
    assert (plan.target_is_set, plan.preserve_world) == (False, True)


def test_a_plan_knows_its_binaries_and_what_waits_for_what() -> None:
    plan = parse_plan(recorded("01-plan"))
    assert [str(job.origin) for job in plan.binaries()] == [
        "dev-libs/libfoo-1.3:0::arbor",
        "dev-libs/libbar-0.9-r1:0::arbor",
        "app-shells/hush-2.0:0::arbor",
    ]
    waits = [plan.waits_for(index) for index in range(10)]
    assert waits == [(), (0,), (1,), (2,), (), (1, 3, 4), (5,), (6,), (), (5, 7, 8)]


def test_states_and_what_is_replaced_are_read_after_a_failure() -> None:
    plan = parse_plan(recorded("07-build-fails-continue-if-independent"))
    assert [job.state.value for job in plan.jobs] == [
        "succeeded",
        "failed",
        "skipped",
        "skipped",
        "succeeded",
        "succeeded",
        "succeeded",
        "skipped",
    ]
    job = plan.jobs[5]
    assert isinstance(job, InstallJob)
    assert job.replacing == (PackageId.parse("dev-util/mker-3:0::mybinaries"),)


def test_removals_and_jobs_without_a_state() -> None:
    (job,) = parse_plan(written(REMOVAL)).jobs
    assert job == UninstallJob(
        (PackageId.parse("a/b-1:0::installed"), PackageId.parse("a/c-2:0::installed")),
        JobState.PENDING,
        was_target=False,
        requirements=(),
    )


def test_escapes_are_undone_and_lists_may_be_null() -> None:
    targets = r'c(1="a\\b\"c\;\(\)";count="1";)'
    assert parse_plan(written(targets=targets)).targets == ('a\\b"c;()',)
    assert parse_plan(written(targets="null")).targets == ()


@pytest.mark.parametrize(
    "text",
    [
        recorded("06-build-fails"),
        recorded("01-plan").rstrip("\n"),
        written(REMOVAL, targets="null"),
    ],
    ids=["failed", "planned", "removal"],
)
def test_a_plan_that_is_half_written_is_to_be_read_again(text: str) -> None:
    for end in range(len(text.rstrip("\n"))):
        with pytest.raises(IncompletePlan):
            parse_plan(text[:end])


@pytest.mark.parametrize("rest", ["", "(", "(job_lists=JobLists("])
def test_another_version_is_refused_by_name(rest: str) -> None:
    text = f"ResumeData@40002{rest}"
    if not rest:
        with pytest.raises(IncompletePlan):
            parse_plan(text)
        return
    with pytest.raises(UnknownPlanVersion, match="40002") as caught:
        parse_plan(text)
    assert caught.value.version == "40002"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[resume]\n", "does not belong here"),
        ("Cookies();", "is not a plan"),
        ("ResumeData@30001();", "has no job_lists"),
        (written() + "x", "follows the end"),
        (written("1=Job(state=null;);"), "has no was_target"),
        (written(REMOVAL.replace("null", "JobDreamingState()")), "no state that is known"),
        (written(REMOVAL.replace("Uninstall", "Dream")), "origin_id_spec"),
        (written(REMOVAL.replace('count="2"', 'count="3"')), "says it holds '3', not 2"),
        (written(REMOVAL.replace("1=UninstallJob", "7=UninstallJob")), "has no number 1"),
        (written(REMOVAL.replace("=a/b-1", "; rm -rf /")), "is not a package id"),
        (
            written(REMOVAL.replace('requirements=c(count="0";)', 'requirements="1"')),
            "has no requir",
        ),
        (recorded("01-plan").replace('job_number="0"', 'job_number="99"'), "has no job 99"),
        (recorded("01-plan").replace('job_number="0"', 'job_number="x"'), "names no job"),
        (recorded("01-plan").replace("create_binary", "create_cake"), "no destination"),
        ("ResumeData@30001(" + "a=b(" * 50, "objects within each other"),
    ],
)
def test_what_is_no_plan_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match="(?s)" + reason) as caught:
        parse_plan(text)
    assert not isinstance(caught.value, IncompletePlan)


@given(st.text(alphabet='ResumeData@30001JobLists(=;)"\\c123null\n ') | st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    with pytest.raises(ParseError):
        parse_plan(text)


@given(st.data())
def test_no_change_of_a_plan_raises_anything_else(data: st.DataObject) -> None:
    text = recorded("06-build-fails")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    changed = text[:start] + data.draw(st.text(max_size=30)) + text[end:]
    with suppress(ParseError):
        parse_plan(changed)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "ResumeData@30001(" + "a=b(" * 100_000,
        'ResumeData@30001(a="' + "\\" * 1_000_001,
        "ResumeData@30001(" + 'a="b";' * 200_000,
        "R" * 10_000_000,
        "ResumeData@" + "3" * 1_000_000,
    ],
    ids=["parentheses", "deep", "backslashes", "wide", "name", "version"],
)
def test_hostile_text_of_any_length_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_plan(text)
