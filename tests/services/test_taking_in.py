"""Repositories of others, taken in from their git with their past, and from other portals."""

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbins.models import (
    Change,
    Entry,
    Import,
    ImportState,
    Publication,
    PublicationKind,
    PublicationState,
    Repository,
)
from pbins.services import publishing
from pbins.services.credentials import portal_credential
from pbins.services.errors import Refused
from pbins.services.imports import ImportReport
from pbins.services.keeping import retained_of
from pbins.services.places import git_of, places
from pbins.services.publishing import settle_publications
from pbins.services.taking_in import (
    add_import,
    add_import_of_portal,
    take_in,
    take_in_unless_taken,
)
from pbins.storage.git import GitRepository
from pbins.storage.locks import alone
from tests.sshd import Sshd, sshd
from tests.stock import publish_version
from tests.upstream import DAY, FIRST, Upstream
from tests.web_server import serving

__all__ = ["sshd"]
HERE = ("https", "http", "git", "file")
HELLO, WORLD = "sys-test/hello", "sys-test/world"


@pytest.fixture
def upstream(tmp_path: Path) -> Upstream:
    """hello 1.0 came, was built again, then hello 2.0 and world came, and hello 1.0 went."""
    others = Upstream(tmp_path / "others")
    others.begin()
    others.add(HELLO, "1.0")
    others.commit("Add hello")
    others.add(HELLO, "1.0", build=2)
    others.commit("Rebuild hello")
    others.add(HELLO, "2.0", build=3)
    others.add(WORLD, "1", build=4)
    others.commit("Add a newer hello, and the world")
    others.file(HELLO, "1.0").unlink()
    (others.tree / "README").write_text("Binaries of others.\n")
    others.commit("Remove the old hello")
    return others


def wanted(repository: Repository, upstream: Upstream, *, tarballs: bool = True) -> Import:
    return add_import(
        repository=repository,
        address=upstream.url,
        tarballs=str(upstream.tarballs) if tarballs else "",
        schemes=HERE,
    )


def day(number: int) -> datetime:
    return datetime.fromtimestamp(FIRST + number * DAY, UTC)


def ledger(repository: Repository) -> list[tuple[str, str, str, datetime]]:
    changes = Change.objects.filter(repository=repository).order_by("pk")
    return [(change.kind, change.name, change.version, change.at) for change in changes]


def test_a_git_repository_comes_with_its_past_in_git_and_in_the_ledger(
    repository: Repository, upstream: Upstream
) -> None:
    report = take_in(wanted(repository, upstream))
    assert (report.found, report.published, report.problems) == (2, 2, ())
    theirs = upstream.git("rev-parse", "HEAD").strip()
    git, channel = git_of(repository), repository.channels.get()
    assert git.leads_to(theirs, channel.commit)
    assert ledger(repository) == [
        ("added", HELLO, "1.0", day(0)),
        ("replaced", HELLO, "1.0", day(1)),
        ("added", HELLO, "2.0", day(2)),
        ("added", WORLD, "1", day(2)),
        ("removed", HELLO, "1.0", day(3)),
    ]
    assert {entry.since for entry in Entry.objects.served()} == {day(2)}


def test_hosts_see_only_what_was_looked_at(repository: Repository, upstream: Upstream) -> None:
    take_in(wanted(repository, upstream))
    git = git_of(repository)
    files = git.files(git.head("master") or "")
    assert "README" not in files
    assert [path for path in files if ".pbin-" in path] == [
        f"packages/{HELLO}/hello-2.0.pbin-1+exheres-0",
        f"packages/{WORLD}/world-1.pbin-1+exheres-0",
    ]


def test_the_past_is_told_in_the_words_of_its_commits_and_is_not_rolled_back_to(
    repository: Repository, upstream: Upstream
) -> None:
    take_in(wanted(repository, upstream))
    past = Publication.objects.filter(kind=PublicationKind.HISTORY).order_by("pk")
    assert [one.message for one in past] == [
        "Add hello",
        "Rebuild hello",
        "Add a newer hello, and the world",
        "Remove the old hello",
    ]
    assert {one.state for one in past} == {PublicationState.PUBLISHED}
    assert {one.kind for one in retained_of(repository.channels.get())} == {"begin", "arrival"}
    newest = repository.publications.first()
    assert newest is not None
    assert newest.kind == PublicationKind.ARRIVAL


def test_what_lacks_its_tarball_comes_into_the_ledger_when_hosts_are_given_it(
    repository: Repository, upstream: Upstream
) -> None:
    take_in(wanted(repository, upstream, tarballs=False))
    assert not Entry.objects.served().exists()
    assert ledger(repository) == [
        ("added", HELLO, "1.0", day(0)),
        ("replaced", HELLO, "1.0", day(1)),
        ("removed", HELLO, "1.0", day(3)),
    ]
    take_in(wanted(repository, upstream))
    assert Entry.objects.served().count() == 2
    assert [row[:3] for row in ledger(repository)][3:] == [
        ("added", HELLO, "2.0"),
        ("added", WORLD, "1"),
    ]


def test_an_import_again_brings_what_is_new_and_nothing_twice(
    repository: Repository, upstream: Upstream
) -> None:
    take_in(wanted(repository, upstream))
    take_in(wanted(repository, upstream))
    assert Change.objects.count() == 5
    upstream.add(WORLD, "2", build=9)
    upstream.commit("Another world")
    take_in(wanted(repository, upstream))
    assert ledger(repository)[5:] == [("added", WORLD, "2", day(4))]
    assert Publication.objects.filter(kind=PublicationKind.ARRIVAL).count() == 2


def test_what_the_channel_holds_already_stays(repository: Repository, upstream: Upstream) -> None:
    ours = publish_version(repository.channels.get(), "sys-test/ours")
    take_in(wanted(repository, upstream))
    assert ours.pk in Entry.objects.served().values_list("pbin", flat=True)
    assert Entry.objects.served().count() == 3


@pytest.mark.parametrize("moved", [False, True])
def test_a_crash_before_the_ledger_is_written_leaves_all_of_the_past_or_nothing(
    repository: Repository,
    upstream: Upstream,
    monkeypatch: pytest.MonkeyPatch,
    moved: bool,
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        where: object = publishing if moved else GitRepository
        patch.setattr(where, "_record" if moved else "move", crash)
        with pytest.raises(KeyboardInterrupt):
            take_in(wanted(repository, upstream))
    settle_publications(repository)
    assert len(ledger(repository)) == (5 if moved else 0)
    assert not Publication.objects.filter(state=PublicationState.PREPARED).exists()
    take_in(wanted(repository, upstream))
    assert len(ledger(repository)) == 5


def test_one_that_is_refused_keeps_no_other_from_coming(
    repository: Repository, upstream: Upstream
) -> None:
    broken = next(upstream.tarballs.glob("*hello-2.0*"))
    broken.write_bytes(broken.read_bytes()[:-9])
    upstream.file(WORLD, "3").write_bytes(b"\xff")
    upstream.commit("Something odd")
    taking = wanted(repository, upstream)
    report = take_in(taking)
    assert (report.found, report.published, report.withheld) == (3, 1, 1)
    assert len(taking.problems) == 2
    assert "not UTF-8" in taking.problems[0]
    assert "not a whole tarball" in taking.problems[1]
    assert (taking.state, taking.wanted, taking.taken) == (ImportState.DONE, 2, 2)


def test_tarballs_of_a_directory_are_the_same_files(
    repository: Repository, upstream: Upstream, data_dir: Path
) -> None:
    take_in(wanted(repository, upstream))
    for path in (data_dir / "distfiles/pbins").glob("*.tar.bz2"):
        assert path.samefile(upstream.tarballs / path.name)


@pytest.mark.parametrize(
    ("address", "branch", "tarballs", "why"),
    [
        ("/srv/git", "", "", "begin with https://"),
        ("file:///srv/git", "", "", "begin with https://"),
        ("ext::sh -c true", "", "", "write it as ssh://"),
        ("--upload-pack=x", "", "", "begin with"),
        ("https://me:secret@example.org/x.git", "", "", "leave the password out"),
        ("https://example.org/x.git", "--all", "", "not the name of a channel"),
        ("https://example.org/x.git", "", "/etc", "begins with https:// or http://"),
        ("https://example.org/x.git", "", "file:///etc", "begins with https:// or http://"),
    ],
)
def test_addresses_that_could_mean_something_else_are_refused(
    repository: Repository, address: str, branch: str, tarballs: str, why: str
) -> None:
    with pytest.raises(Refused, match=why) as caught:
        add_import(repository=repository, address=address, branch=branch, tarballs=tarballs)
    assert "secret" not in str(caught.value)
    assert not Import.objects.exists()


def test_what_can_not_be_had_is_told_and_changes_nothing(
    repository: Repository, upstream: Upstream, data_dir: Path
) -> None:
    before = repository.channels.get().commit
    taking = add_import(
        repository=repository, address=upstream.url, branch="elsewhere", schemes=HERE
    )
    with pytest.raises(Refused, match="has no branch elsewhere"):
        take_in(taking)
    assert taking.state == ImportState.FAILED
    gone = add_import(repository=repository, address=f"{upstream.url}x", schemes=HERE)
    with pytest.raises(Refused, match="ls-remote failed"):
        take_in(gone)
    assert repository.channels.get().commit == before
    assert not list((data_dir / "incoming").glob("import-*.git"))


def test_what_another_process_takes_in_is_waited_for_and_told(
    repository: Repository, upstream: Upstream
) -> None:
    taking, said = wanted(repository, upstream), []
    with ExitStack() as other:
        other.enter_context(alone(places().import_lock(taking.pk)))
        take_in_unless_taken(taking)

        def ends(text: str) -> None:
            said.append(text)
            values = {"found": 2, "published": 1, "withheld": 1, "problems": ["One."]}
            Import.objects.filter(pk=taking.pk).update(state=ImportState.DONE, **values)
            other.close()

        report = take_in(taking, say=ends)
    assert report == ImportReport(found=2, published=1, withheld=1, problems=("One.",))
    assert said == [
        f"Another process is at import {taking.pk} into pbins already; its end is waited for."
    ]
    assert not Entry.objects.exists()


def test_what_another_process_failed_at_is_refused_for_the_same_reason(
    repository: Repository, upstream: Upstream
) -> None:
    taking = wanted(repository, upstream)
    Import.objects.update(state=ImportState.FAILED, reason="The host is away.")
    with pytest.raises(Refused, match="The host is away"):
        take_in(taking)


def test_another_portal_is_its_git_and_its_distfiles(repository: Repository) -> None:
    taking = add_import_of_portal(
        repository=repository, address="https://bins.example.org/", name="others"
    )
    assert taking.address == "https://bins.example.org/git/others.git"
    assert taking.tarballs == "https://bins.example.org/distfiles/others/"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            b'{"feeds": [{"kind": "everything", "of": []}, {"kind": "repository", "of": ["one"]}]}',
            r"^pbins is not a repository of that portal \(it has: one\)\. .*--theirs NAME",
        ),
        (b'{"feeds": []}', r"\(it has none\)"),
        (b'{"feeds": [{"kind": "repository", "of": ["pbins"]}]}', r"not found\.$"),
        (b"It is a page.", r"not found\. .*--theirs NAME"),
        (None, r"not found\. .*--theirs NAME"),
    ],
)
def test_a_name_that_another_portal_does_not_know_is_told_with_those_that_it_has(
    repository: Repository, told: bytes | None, words: str
) -> None:
    with serving() as server:
        if told is not None:
            server.files["/feeds/json"] = told
        taking = add_import_of_portal(repository=repository, address=server.url)
        with pytest.raises(Refused, match=words):
            take_in(taking)
    assert Import.objects.get().state == ImportState.FAILED


def test_tarballs_come_from_the_web_in_spite_of_a_cut(
    repository: Repository, upstream: Upstream
) -> None:
    with serving() as server:
        for path in upstream.tarballs.iterdir():
            server.files[f"/dist/{path.name}"] = path.read_bytes()
        server.cut_after = [40]
        taking = wanted(repository, upstream)
        taking.tarballs = f"{server.url}/dist/"
        taking.save()
        report = take_in(taking)
    assert (report.published, report.withheld, report.problems) == (2, 0, ())
    assert ("bytes=40-" in {asked for _, _, asked in server.asked}) is True


def test_without_its_web_server_a_repository_is_taken_in_and_withheld(
    repository: Repository, upstream: Upstream
) -> None:
    with serving() as server:
        gone = server.url
    taking = wanted(repository, upstream)
    taking.tarballs = f"{gone}/dist/"
    taking.save()
    report = take_in(taking)
    assert (report.published, report.withheld) == (0, 2)
    assert all("did not come" in problem for problem in report.problems)


@pytest.mark.sshd
def test_by_ssh_it_comes_from_the_host_whose_key_was_compared(
    repository: Repository, upstream: Upstream, sshd: Sshd
) -> None:
    place = sshd.address
    address = f"ssh://{place.user}@{place.host}:{place.port}{upstream.tree}"
    with pytest.raises(Refused, match="shows the key SHA256:") as caught:
        add_import(repository=repository, address=address, fingerprint="SHA256:another")
    assert sshd.host_key.fingerprint in str(caught.value)
    with (sshd.directory / "authorized_keys").open("a") as keys:
        keys.write(f"{portal_credential().public_key}\n")
    fingerprint = sshd.host_key.fingerprint
    taking = add_import(
        repository=repository, address=address, branch="main", fingerprint=fingerprint
    )
    assert take_in(taking).found == 2
    assert taking.commit == upstream.git("rev-parse", "HEAD").strip()
    another = f"{str(sshd.host_keys[1])[:-4]}AAAA"
    Import.objects.filter(pk=taking.pk).update(host_key=another, state=ImportState.QUEUED)
    taking.refresh_from_db()
    with pytest.raises(Refused, match=r"[Hh]ost key"):
        take_in(taking)
