"""A build from the queue to its publication, on a stand-in builder over real SSH."""

from collections.abc import Callable, Mapping
from hashlib import sha256, sha512
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from pbins.models import (
    ChangeKind,
    Entry,
    Host,
    PackageSet,
    Repository,
    Run,
    RunState,
)
from pbins.paludis.environment import Suspect, find_suspects
from pbins.paludis.manifest import parse_manifest
from pbins.services.allowing import allow
from pbins.services.layouts import distdir_on, distfiles_url
from pbins.services.logs import log_size, read_log
from pbins.services.places import git_of, places
from pbins.services.queueing import BuildChoices, queue_build
from pbins.storage.git import GitRepository
from tests.fleets import Lab, drive, host_log, step_states
from tests.releases import commit_message


def build(repository: Repository, *specs: str, choices: BuildChoices | None = None) -> Run:
    return queue_build(repository=repository, specs=specs, choices=choices, asked_by=None)


def published_files(repository: Repository) -> Mapping[str, bytes]:
    """What a host that syncs now is given."""
    git = git_of(repository)
    return git.files(git.head("master") or "")


def served(repository: Repository) -> list[str]:
    return [f"{entry.name}-{entry.version}" for entry in Entry.objects.served()]


def test_what_was_built_is_published_with_all_that_hosts_need(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "app-shells/conch"))
    assert (run.state, run.reason, run.exit_status) == (RunState.SUCCEEDED, "2 published.", 0)
    assert served(repository) == ["app-shells/conch-4.2", "sys-libs/inkwell-6.4"]
    files = published_files(repository)
    assert files["metadata/categories.conf"] == b"app-shells\nsys-libs\n"
    assert files["metadata/mirrors.conf"].decode().split() == ["pbins", distfiles_url(repository)]
    for entry in Entry.objects.with_files():
        assert files[entry.pbin.path] == entry.pbin.text.encode()
        (listed,) = parse_manifest(files[f"packages/{entry.name}/Manifest"].decode())
        content = (places().distfiles("pbins") / listed.name).read_bytes()
        assert (listed.size, dict(listed.hashes)) == (
            len(content),
            {"SHA256": sha256(content).hexdigest(), "SHA512": sha512(content).hexdigest()},
        )
        on_builder = Path(distdir_on(builder, repository)) / listed.name
        assert on_builder.read_bytes() == content


def test_the_ledger_tells_what_came_and_from_which_run(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "app-shells/conch"))
    publication = run.publications.get()
    assert [(change.kind, change.name, change.version) for change in publication.changes.all()] == [
        (ChangeKind.ADDED, "sys-libs/inkwell", "6.4"),
        (ChangeKind.ADDED, "app-shells/conch", "4.2"),
    ]
    channel = repository.channels.get()
    assert channel.commit == publication.commit == git_of(repository).head("master")
    assert f"Built by run {run.pk}." in publication.message
    assert f"Built on {builder}." in publication.message
    assert publication.sources.keys() == {"arbor"}
    assert f"Source: arbor {publication.sources['arbor']}" in publication.message


def test_who_clones_the_repository_learns_the_run_and_who_asked_but_no_name_of_a_host(
    builder: Host, repository: Repository
) -> None:
    otto = User.objects.create_user("otto")
    queued = build(repository, "app-shells/conch")
    queued.asked_by = otto
    queued.save(update_fields=("asked_by",))
    run = drive(queued)
    publication = run.publications.get()
    said = commit_message(publication)
    assert f"Built by run {run.pk}." in said
    assert "- sys-libs/inkwell-6.4" in said
    assert builder.name not in said
    assert "Asked for by otto." in said
    assert f"Built on {builder}. Asked for by otto." in publication.message


def test_every_step_is_shown_and_the_log_is_the_hosts_own_byte_for_byte(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "app-shells/conch"))
    made = [name for action, name, _ in step_states(run) if action == "create_binary"]
    assert made.index("sys-libs/inkwell-6.4") < made.index("app-shells/conch-4.2")
    assert {state for _, _, state in step_states(run)} == {"succeeded"}
    log = read_log(run, 0, log_size(run))
    assert log == host_log(run)
    assert b"\x1b[31mred warning\x1b[0m" in log
    for step in run.steps.filter(action="create_binary"):
        assert step.log_offset is not None
        assert step.name.encode() in log[step.log_offset :].splitlines()[0]
        assert step.started_at is not None
        assert step.finished_at is not None


def test_two_hundred_thousand_lines_arrive_without_one_lost_or_doubled(
    builder: Host, repository: Repository
) -> None:
    run = drive(queue_build(repository=repository, specs=["app-doc/chatty"], asked_by=None))
    assert run.state == RunState.SUCCEEDED, run.reason
    log = read_log(run, 0, log_size(run))
    assert log == host_log(run)
    assert log.count(b"\n") > 200_000


def test_tarballs_come_first_then_the_commit_then_the_channel(
    builder: Host, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(name: str, act: Callable[..., object]) -> Callable[..., object]:
        def watching(*args: object, **options: object) -> object:
            tarballs = len(list(places().distfiles("pbins").glob("*.tar.bz2")))
            entries = Entry.objects.count()
            seen.append((name, tarballs, entries))
            return act(*args, **options)

        return watching

    for name in ("commit", "move"):
        monkeypatch.setattr(GitRepository, name, watched(name, getattr(GitRepository, name)))
    drive(build(repository, "app-shells/conch"))
    assert seen == [("commit", 2, 0), ("move", 2, 0)]


def test_a_rebuild_replaces(builder: Host, repository: Repository) -> None:
    drive(build(repository, "sys-libs/inkwell"))
    before = Entry.objects.with_files().get()
    run = drive(build(repository, "sys-libs/inkwell"))
    after = Entry.objects.with_files().get()
    assert [change.kind for change in run.publications.get().changes.all()] == ["replaced"]
    assert before.pbin != after.pbin
    tarballs = {path.name for path in places().distfiles("pbins").iterdir()}
    assert before.pbin.tarball is not None
    assert after.pbin.tarball is not None
    assert tarballs == {before.pbin.tarball.name, after.pbin.tarball.name}
    manifest = published_files(repository)["packages/sys-libs/inkwell/Manifest"].decode()
    assert [entry.name for entry in parse_manifest(manifest)] == [after.pbin.tarball.name]


def test_what_is_good_is_published_and_what_failed_is_named(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "sys-libs/inkwell", "dev-util/needs-broken"))
    assert run.state == RunState.PARTIAL
    assert served(repository) == ["sys-libs/inkwell-6.4"]
    assert "1 published" in run.reason
    assert "dev-util/broken-1 (create binary failed)" in run.reason
    assert "dev-util/needs-broken-1 (not made)" in run.reason
    states = {name: state for action, name, state in step_states(run) if action == "create_binary"}
    assert states["dev-util/broken-1"] == "failed"
    assert states["dev-util/needs-broken-1"] == "skipped"


def test_where_nothing_was_made_nothing_is_published(builder: Host, repository: Repository) -> None:
    run = drive(build(repository, "dev-util/broken"))
    assert run.state == RunState.FAILED
    assert "dev-util/broken-1 (create binary failed)" in run.reason
    assert not run.publications.exists()


def test_a_set_that_is_there_already_is_nothing_to_do(
    builder: Host, repository: Repository
) -> None:
    tools = PackageSet.objects.create(name="tools", specs="sys-libs/inkwell\n")
    first = drive(queue_build(repository=repository, package_set=tools, asked_by=None))
    assert first.state == RunState.SUCCEEDED
    again = drive(queue_build(repository=repository, package_set=tools, asked_by=None))
    assert (again.state, again.verdict) == (RunState.SUCCEEDED, "nothing_to_do")
    assert "Nothing to do" in again.reason
    assert not again.publications.exists()


def test_what_cave_can_not_resolve_fails_with_its_reason(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "sys-libs/no-such-thing"))
    assert run.state == RunState.FAILED
    assert "sys-libs/no-such-thing" in run.reason
    assert read_log(run, 0, log_size(run)) == host_log(run)


def test_a_builder_that_is_not_provisioned_says_what_to_run(
    lab: Lab, repository: Repository
) -> None:
    repository.builders.add(lab.inventory("forge", is_builder=True))
    run = drive(build(repository, "sys-libs/inkwell"))
    assert run.state == RunState.FAILED
    assert "repository provision pbins" in run.reason


def test_a_master_that_is_missing_is_named(lab: Lab, builder: Host, repository: Repository) -> None:
    Repository.objects.filter(pk=repository.pk).update(masters="arbor desktop")
    run = drive(build(repository, "sys-libs/inkwell"))
    assert run.state == RunState.FAILED
    assert "desktop is not configured on this host" in run.reason
    assert "Configure and sync it there first" in run.reason


def test_a_secret_on_the_builder_stops_that_pbin_and_no_other(
    builder: Host, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when somebody has put a token into the builder's bashrc."""
    seen: list[int] = []

    def leaky(environment: bytes) -> tuple[Suspect, ...]:
        seen.append(len(environment))
        return find_suspects(environment + (b"\nA_TOKEN=abcdefghijkl\n" if len(seen) == 1 else b""))

    monkeypatch.setattr("pbins.services.admitting.find_suspects", leaky)
    run = drive(build(repository, "app-shells/conch"))
    assert run.state == RunState.PARTIAL
    (withheld,) = Entry.objects.exclude(withheld="")
    assert "A_TOKEN=ab… (12 characters)" in withheld.withheld
    assert len(served(repository)) == 1
    allow(entry=withheld, asked_by=None)
    assert len(served(repository)) == 2
