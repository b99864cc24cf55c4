"""What builders could build, asked of the stand-in's own cave."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pbins.jobs.sources import read_sources
from pbins.models import Host, HostState, RunKind, SourceRepository, SourceVersion
from pbins.services.connection import connected
from pbins.services.remote import HostTrouble
from pbins.services.source_versions import builders_due, read_source_versions
from pbins.transport.contract import Completed
from tests.factories import make_host, make_repository, make_run

pytestmark = pytest.mark.django_db

ENDED = b"\x010\n"


class Answers:
    """A host whose cave says what a test wants it to."""

    def __init__(self, *, unmasked: bytes, masked: bytes = b"" + ENDED) -> None:
        self.unmasked, self.masked = unmasked, masked

    def run(self, command: str, *, stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        if "print-repositories" in command:
            assert "--format e" in command
            return Completed(0, b"arbor\npbins\n", b"")
        assert "::arbor" in command
        return Completed(0, self.masked if "-M any" in command else self.unmasked, b"it hurts")


def read(host: Host, unmasked: str, masked: str = "") -> str:
    answers = Answers(unmasked=unmasked.encode() + ENDED, masked=masked.encode() + ENDED)
    return str(read_source_versions(host=host, transport=answers))  # type: ignore[arg-type]


def stored() -> set[tuple[str, bool, bool]]:
    return {(str(row), row.is_masked, row.is_scm) for row in SourceVersion.objects.all()}


@pytest.fixture
def host() -> Host:
    make_repository("pbins")
    return make_host(is_builder=True)


def test_a_real_builder_is_asked_for_everything_but_our_own_repositories(builder: Host) -> None:
    with connected(builder) as transport:
        read_source_versions(host=builder, transport=transport)
    source = SourceRepository.objects.get()
    assert (source.name, source.host) == ("arbor", builder)
    assert source.versions_count == source.versions.count() > 0


def test_masked_and_scm_versions_are_told_apart(host: Host) -> None:
    said = read(host, "a/b-1.2:0::arbor\na/b-scm:0::arbor\n", "a/b-2:0::arbor\n")
    assert said == "arbor: 3 versions"
    assert stored() == {
        ("a/b-1.2::arbor", False, False),
        ("a/b-scm::arbor", False, True),
        ("a/b-2::arbor", True, False),
    }


def test_what_is_gone_from_the_source_is_forgotten_and_the_rest_left_alone(host: Host) -> None:
    read(host, "a/b-1.2:0::arbor\na/b-1.1:0::arbor\n", "a/b-2:0::arbor\n")
    kept = SourceVersion.objects.get(version="1.2").pk
    read(host, "a/b-1.2:0::arbor\na/b-2:0::arbor\n")
    assert stored() == {("a/b-1.2::arbor", False, False), ("a/b-2::arbor", False, False)}
    assert SourceVersion.objects.get(version="1.2").pk == kept


def test_a_repository_that_the_builder_no_longer_has_is_forgotten(host: Host) -> None:
    for name, teller in (("games", host), ("media", make_host("other", is_builder=True))):
        SourceRepository.objects.create(name=name, host=teller, read_at=timezone.now())
    read(host, "a/b-1.2:0::arbor\n")
    assert [source.name for source in SourceRepository.objects.all()] == ["arbor", "media"]


@pytest.mark.parametrize(
    "answer", [b"a/b-1.3:0::arbor\n", b"a/b-1.3:0::arbor\n\x011\n", b"", b"nonsense\n" + ENDED]
)
def test_an_answer_that_is_not_whole_takes_nothing_away(host: Host, answer: bytes) -> None:
    read(host, "a/b-1.2:0::arbor\n")
    answers = Answers(unmasked=answer)
    done = read_source_versions(host=host, transport=answers)  # type: ignore[arg-type]
    assert "arbor was not read" in str(done)
    assert stored() == {("a/b-1.2::arbor", False, False)}


def test_a_list_of_repositories_that_makes_no_sense_is_told(host: Host) -> None:
    answers = Answers(unmasked=ENDED)
    answers.run = lambda *_, **__: Completed(0, b"no such thing\n", b"")  # type: ignore[method-assign]
    with pytest.raises(HostTrouble, match="can't be read"):
        read_source_versions(host=host, transport=answers)  # type: ignore[arg-type]


def test_builders_are_asked_once_a_day_and_after_each_run_that_may_have_synced(host: Host) -> None:
    now = timezone.now()
    host.state = HostState.READY
    host.save()
    assert builders_due() == [host]
    Host.objects.update(sources_read_at=now)
    assert builders_due() == []
    make_run(RunKind.SYNC, host=host).__class__.objects.update(finished_at=now + timedelta(1))
    assert builders_due() == []
    run = make_run(RunKind.BUILD, host=host)
    run.finished_at = now + timedelta(seconds=1)
    run.save()
    assert builders_due() == [host]
    run.delete()
    Host.objects.update(sources_read_at=now - timedelta(days=2))
    assert builders_due() == [host]
    Host.objects.update(state=HostState.UNREACHABLE)
    assert builders_due() == []


def test_the_job_asks_every_builder_though_one_is_away(builder: Host) -> None:
    away = make_host("away", is_builder=True)
    away.state, away.address = HostState.READY, "127.0.0.1"
    away.port = 1
    away.save()
    read_sources()
    assert SourceRepository.objects.get().host == builder
    assert builders_due() == []
