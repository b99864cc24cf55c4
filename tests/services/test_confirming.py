"""What cave will not do unpermitted: asked, decided, and what deciding changes on the builder."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User

from pbins.models import Confirmation, Decision, Entry, Host, Repository, Run, RunState
from pbins.services.confirming import allowing_in_words, answer, decide, decide_all, decider_of
from pbins.services.errors import Refused
from pbins.services.following import Watch
from pbins.services.logs import log_size, read_log
from pbins.services.queueing import queue_build
from pbins.services.runs import advance
from tests.fleets import drive, host_log


def build(repository: Repository, *specs: str, plan_only: bool = False) -> Run:
    return queue_build(repository=repository, specs=specs, plan_only=plan_only, asked_by=None)


def served(repository: Repository) -> list[str]:
    return [f"{entry.name}-{entry.version}" for entry in Entry.objects.served()]


def asked(repository: Repository, spec: str) -> tuple[Run, Confirmation]:
    run = drive(build(repository, spec))
    assert run.state == RunState.CONFIRMING
    assert run.reason
    return run, run.confirmations.get()


def test_what_needs_permission_waits_for_a_person_and_goes_on_when_allowed(
    builder: Host, repository: Repository
) -> None:
    run, confirmation = asked(repository, "dev-libs/jigsaw[<2]")
    assert confirmation.kind == "not_best"
    assert advance(run, Watch()) is None
    decided = decide(confirmation=confirmation, allow=True, asked_by=None)
    assert (decided.state, decided.attempt) == (RunState.QUEUED, 2)
    run = drive(run)
    assert run.state == RunState.SUCCEEDED, run.reason
    assert served(repository) == ["dev-libs/jigsaw-1.9.4"]
    assert b"--permit-old-version" in read_log(run, 0, log_size(run))
    assert read_log(run, 0, log_size(run)) == host_log(run)


def test_what_is_denied_is_not_done(builder: Host, repository: Repository) -> None:
    run, confirmation = asked(repository, "dev-libs/jigsaw[<2]")
    decide(confirmation=confirmation, allow=False, asked_by=None)
    run = drive(run)
    assert run.state == RunState.CANCELLED
    assert "Denied" in run.reason
    assert served(repository) == []
    with pytest.raises(Refused, match="decided already"):
        decide(confirmation=confirmation, allow=True, asked_by=None)


def test_two_people_can_not_decide_the_same_thing(builder: Host, repository: Repository) -> None:
    _run, confirmation = asked(repository, "dev-libs/jigsaw[<2]")
    seen_by_another = Confirmation.objects.select_related("run").get(pk=confirmation.pk)
    decide(confirmation=confirmation, allow=False, asked_by=None)
    with pytest.raises(Refused, match="decided already"):
        decide(confirmation=seen_by_another, allow=True, asked_by=None)


def conf(builder: Host, name: str) -> Path:
    return Path(builder.prefix) / "etc/paludis" / name


def test_a_mask_is_lifted_by_a_line_on_the_builder(builder: Host, repository: Repository) -> None:
    run, confirmation = asked(repository, "dev-util/pi-only")
    assert (confirmation.kind, confirmation.permit) == ("masked", "platforms.conf")
    assert allowing_in_words(confirmation) == (
        "adds “dev-util/pi-only:0 ~armv8” to /etc/paludis/platforms.conf on forge"
    )
    before = conf(builder, "platforms.conf").read_text()
    decide(confirmation=confirmation, allow=True, asked_by=None)
    run = drive(run)
    assert run.state == RunState.FAILED, run.reason  # the repository's own platforms have none
    after = conf(builder, "platforms.conf").read_text()
    added = after.removeprefix(before).splitlines()
    assert added[0].startswith(f"# allowed in run {run.pk} of the portal at ")
    assert added[1:] == ["dev-util/pi-only:0 ~armv8"]
    log = read_log(run, 0, log_size(run))
    assert b"\n+dev-util/pi-only:0 ~armv8\n" in log
    assert log == host_log(run)


def test_what_stands_in_the_file_already_is_not_written_again(
    builder: Host, repository: Repository
) -> None:
    for _ in range(2):
        run = drive(build(repository, "dev-util/choosy"))
        if run.state == RunState.CONFIRMING:
            answer(confirmation=run.confirmations.get(), on={"engines:steam"}, asked_by=None)
            run = drive(run)
        assert run.state == RunState.SUCCEEDED, run.reason
    lines = conf(builder, "options.conf").read_text().splitlines()
    assert lines.count("dev-util/choosy:0 engines: steam -diesel") == 1


def test_options_that_nobody_decided_are_a_question(builder: Host, repository: Repository) -> None:
    run, question = asked(repository, "dev-util/choosy")
    assert "engines:steam" in question.detail
    with pytest.raises(Refused, match="choose which options are on"):
        decide(confirmation=question, allow=True, asked_by=None)
    with pytest.raises(Refused, match=r"doc: not asked about\. Choose among engines:"):
        answer(confirmation=question, on={"doc"}, asked_by=None)
    answer(confirmation=question, on={"engines:diesel"}, asked_by=None)
    run = drive(run)
    assert run.state == RunState.SUCCEEDED, run.reason
    assert Entry.objects.with_files().get().pbin.text.count('OPTIONS="engines:diesel "') == 1


def test_an_answer_that_does_not_help_is_not_asked_again(
    builder: Host, repository: Repository
) -> None:
    run, question = asked(repository, "dev-util/choosy")
    answer(confirmation=question, on={"engines:diesel"}, asked_by=None)
    Confirmation.objects.update(line="dev-util/other engines: diesel")
    run = drive(run)
    assert run.state == RunState.FAILED
    assert "cave still wants to be permitted" in run.reason
    assert served(repository) == []


def test_configuration_that_breaks_cave_is_put_back(builder: Host, repository: Repository) -> None:
    run, question = asked(repository, "dev-util/choosy")
    answer(confirmation=question, on={"engines:diesel"}, asked_by=None)
    Confirmation.objects.update(line="this/is no spec[")
    Confirmation.objects.update(line="not-a-spec at all")
    path = conf(builder, "options.conf")
    before = path.read_text() if path.exists() else None
    run = drive(run)
    assert run.state == RunState.FAILED
    assert "the files were put back" in run.reason
    assert (path.read_text() if path.exists() else None) == before


def test_a_policy_allows_beforehand_and_says_that_it_did(
    builder: Host, repository: Repository
) -> None:
    Repository.objects.filter(pk=repository.pk).update(allowed_beforehand=["not_best"])
    run = drive(build(repository, "dev-libs/jigsaw[<2]"))
    if run.state == RunState.QUEUED:
        run = drive(run)
    assert run.state == RunState.SUCCEEDED, run.reason
    confirmation = run.confirmations.get()
    assert (confirmation.decision, confirmation.by_policy) == (Decision.ALLOWED, True)
    assert decider_of(confirmation) == "the policy of pbins"
    assert run.attempt == 2
    assert "--permit-old-version dev-libs/jigsaw:0" in run.plan_command
    assert served(repository) == ["dev-libs/jigsaw-1.9.4"]


def test_a_policy_allows_nothing_else(builder: Host, repository: Repository) -> None:
    Repository.objects.filter(pk=repository.pk).update(allowed_beforehand=["downgrade"])
    asked(repository, "dev-libs/jigsaw[<2]")


def test_all_are_decided_at_once_by_who_has_seen_how_many(
    builder: Host, repository: Repository, django_user_model: type[User]
) -> None:
    otto = django_user_model.objects.create_user("otto")
    run = drive(build(repository, "dev-libs/jigsaw[<2]", "dev-util/pi-only"))
    assert run.confirmations.count() == 2
    with pytest.raises(Refused, match="2 confirmations are open, not 1"):
        decide_all(run=run, allow=True, count=1, asked_by=otto)
    run = decide_all(run=run, allow=True, count=2, asked_by=otto)
    assert run.state == RunState.QUEUED
    assert {decider_of(one) for one in run.confirmations.all()} == {"otto"}


def test_one_that_is_denied_ends_the_run_for_all(builder: Host, repository: Repository) -> None:
    run = drive(build(repository, "dev-libs/jigsaw[<2]", "dev-util/pi-only"))
    run = decide_all(run=run, allow=False, count=2, asked_by=None)
    assert run.state == RunState.CANCELLED
