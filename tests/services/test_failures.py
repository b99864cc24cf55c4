"""A build that failed says why, keeps what explains it, and names what last was good."""

from pathlib import Path

import pytest

from pbins.models import Host, Repository, Run, RunState, StepState
from pbins.paludis.culprit import FailureClass
from pbins.paludis.outcome import Outcome, Verdict
from pbins.services import failures, kept_files
from pbins.services.connection import connected
from pbins.services.failures import LastGood, failures_of, investigate
from pbins.services.kept_files import kept_file
from pbins.services.layouts import configuration_on, git_url
from pbins.services.logs import log_of, read_log
from pbins.services.queueing import queue_build, queue_sync
from pbins.transport.address import Address
from pbins.transport.errors import ConnectionLost
from tests.fleets import Lab, drive

BUILD = "var/tmp/paludis/build/dev-util-broken-1"


def build(repository: Repository, *specs: str) -> Run:
    return queue_build(repository=repository, specs=specs, asked_by=None)


def on_host(host: Host, path: str, content: bytes) -> Path:
    """A file that stands on the host."""
    target = Path(host.prefix) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return target


def test_a_failure_is_told_with_the_lines_that_matter(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "dev-util/broken"))
    assert (run.state, run.failure) == (RunState.FAILED, "compile")
    (failure,) = failures_of(run)
    assert failure.step.note == "broken.c:1:1: error: expected declaration"
    assert (failure.culprit.kind, failure.culprit.phase) == (FailureClass.COMPILE, "compile")
    texts = [line.text for line in failure.culprit.lines]
    assert "broken.c:1:1: error: expected declaration" in texts
    assert "!!! emake failed" in texts
    for line in failure.culprit.lines:
        assert read_log(run, line.offset, 1000).startswith(line.text.encode())


def test_what_was_good_has_no_failure(builder: Host, repository: Repository) -> None:
    run = drive(build(repository, "sys-libs/inkwell"))
    assert (run.state, run.failure, failures_of(run)) == (RunState.SUCCEEDED, "", [])
    assert not run.files.exists()


def test_the_actions_own_log_and_config_log_are_kept(builder: Host, repository: Repository) -> None:
    on_host(builder, f"{BUILD}/work/broken/config.log", b"conftest.c:1: error\n" * 3)
    on_host(builder, f"{BUILD}/work/broken/other.log", b"of no use\n")
    run = drive(build(repository, "dev-util/broken"))
    files = {file.name: file for file in run.files.all()}
    (own,) = [name for name in files if name.endswith(".out")]
    assert "install-dev-util_broken-1" in own
    assert b"emake failed" in kept_file(files[own]).read()
    config = files["dev-util-broken-1/work/broken/config.log"]
    assert config.origin == f"{builder.prefix}/{BUILD}/work/broken/config.log"
    assert (config.size, kept_file(config).read()) == (60, b"conftest.c:1: error\n" * 3)
    assert len(files) == 2


def looked_into(run: Run, *logs: str, outcome: Outcome = Outcome.FAILED) -> set[str]:
    """The names of what is kept when cave has named these logs."""
    with connected(run.host) as transport:
        investigate(run, transport, Verdict(outcome, "it failed", logs), 1)
    return set(run.files.values_list("name", flat=True))


@pytest.fixture
def failed(builder: Host, repository: Repository) -> Run:
    """A run with a step that has failed; nothing was kept of it."""
    run = Run.objects.create(
        kind="build", host=builder, repository=repository, state=RunState.EXECUTING
    )
    run.steps.create(
        number=1, action="create_binary", name="dev-util/broken", version="1",
        origin="arbor", state=StepState.FAILED, log_offset=0,
    )  # fmt: skip
    log_of(run).append(b"=== Starting src_configure\nconfigure: error: no compiler\n")
    return run


@pytest.mark.parametrize(
    "path",
    [
        "/etc/shadow",
        "{logs}/../../../secret",
        "{logs}/deeper/x.out",
        "{logs}/link",
        "{logs}/absent",
    ],
)
def test_no_package_gets_another_file_shown_by_naming_it(failed: Run, path: str) -> None:
    secret = on_host(failed.host, "secret", b"root:secret\n")
    logs = Path(failed.host.prefix) / "var/log/paludis"
    on_host(failed.host, "var/log/paludis/deeper/x.out", b"x\n")
    (logs / "link").symlink_to(secret)
    assert looked_into(failed, path.format(logs=logs)) == set()


def test_no_package_gets_another_file_shown_by_a_link(failed: Run) -> None:
    secret = on_host(failed.host, "secret/config.log", b"root:secret\n")
    directory = on_host(failed.host, f"{BUILD}/work/Makefile", b"").parent
    (directory / "config.log").symlink_to(secret)
    (directory / "sub").symlink_to(secret.parent)
    odd = on_host(failed.host, f"{BUILD}/work/a b;$(touch x)\n/etc/config.log", b"odd name\n")
    assert odd.exists()
    assert looked_into(failed) == set()


@pytest.mark.parametrize("said_as", ["within", "whole"])
def test_config_log_is_found_where_the_host_has_packages_built(failed: Run, said_as: str) -> None:
    before = failed.host.prefix if said_as == "whole" else ""
    on_host(failed.host, "etc/paludis/repository_defaults.conf", b"builddir = ${ROOT}/elsewhere\n")
    conf = f"format = e\n  builddir = {before}/fast/build  \n".encode()
    on_host(failed.host, "etc/paludis/repositories/another.conf", conf)
    on_host(failed.host, "fast/build/dev-util-broken-1/work/config.log", b"conftest.c:1: error\n")
    assert looked_into(failed) == {"dev-util-broken-1/work/config.log"}


def test_of_a_large_file_the_end_is_kept(failed: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_files, "MOST_BYTES", 10)
    on_host(failed.host, f"{BUILD}/config.log", b"0123456789the end of")
    assert looked_into(failed) == {"dev-util-broken-1/config.log"}
    assert kept_file(failed.files.get()).read() == b"the end of"


def test_asked_twice_it_is_kept_once(failed: Run) -> None:
    on_host(failed.host, f"{BUILD}/config.log", b"one\n")
    looked_into(failed)
    on_host(failed.host, f"{BUILD}/config.log", b"one two\n")
    looked_into(failed)
    assert kept_file(failed.files.get()).read() == b"one two\n"


def test_a_lost_connection_changes_nothing_about_the_run(
    builder: Host, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise ConnectionLost(Address("forge"), "the cable was pulled")

    monkeypatch.setattr(failures, "keep_own_log", lost)
    run = drive(build(repository, "sys-libs/inkwell", "dev-util/broken"))
    assert (run.state, run.failure) == (RunState.PARTIAL, "compile")
    assert any("could be kept" in event.text for event in run.events.all())


def test_the_last_good_version_is_named_with_its_run(
    lab: Lab, builder: Host, repository: Repository
) -> None:
    good = drive(build(repository, "sys-libs/inkwell"))
    run = drive(build(repository, "dev-util/broken"))
    (failure,) = failures_of(run)
    assert failure.last_good is None
    run.steps.update(name="sys-libs/inkwell", version="7")
    assert failures_of(run)[0].last_good == LastGood("6.4", good.pk)
    good.steps.all().delete()
    assert failures_of(run)[0].last_good == LastGood("6.4", good.pk)
    good.publications.update(run=None)
    assert failures_of(run)[0].last_good == LastGood("6.4", None)


def test_a_step_in_whose_middle_cave_was_killed_has_failed_too(failed: Run) -> None:
    failed.steps.update(state=StepState.ACTIVE)
    assert failures_of(failed) == []
    Run.objects.filter(pk=failed.pk).update(state=RunState.LOST, exit_status=137)
    failed.refresh_from_db()
    (failure,) = failures_of(failed)
    assert failure.culprit.kind is FailureClass.OUT_OF_MEMORY


def test_a_sync_that_fails_is_guessed_at_and_keeps_its_log(
    consumers: list[Host], repository: Repository
) -> None:
    away = Path(configuration_on(consumers[0], repository))
    away.write_text(away.read_text().replace(git_url(repository), "http://127.0.0.1:1/pbins.git"))
    rollout = queue_sync(repository=repository, hosts=consumers[:1], asked_by=None)
    run = drive(rollout.runs.get())
    assert (run.state, run.failure) == (RunState.FAILED, "network")
    (kept,) = run.files.all()
    assert kept.name.endswith("-sync-pbins.out")
    assert b"127.0.0.1" in kept_file(kept).read()


def test_what_nobody_can_provide_is_no_class_of_failure(
    consumers: list[Host], repository: Repository
) -> None:
    rollout = queue_sync(
        repository=repository, hosts=consumers[:1], install=["cat/absent"], asked_by=None
    )
    run = drive(rollout.runs.get())
    assert (run.state, run.failure) == (RunState.FAILED, "")
