"""`python -m pbins.paludis`, as people and scripts use it."""

import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbins.paludis.__main__ import main
from pbins.paludis.as_json import as_json
from pbins.paludis.names import PackageId
from pbins.paludis.versions import Version
from tests.paludis.repositories import DATA

SERVED = DATA / "repository/packages/net-www/served/served-10.4.1.pbin-1+exheres-0"
ROOT = Path(__file__).parents[2]

Lines = list[dict[str, object]]


def test_it_runs_without_django(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['django'] = None\n"
        "from pbins.paludis.__main__ import main\n"
        f"sys.exit(main(['pbin', {str(SERVED)!r}]))"
    )
    ran = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"],
        capture_output=True,
        cwd=tmp_path,
        check=True,
    )
    assert json.loads(ran.stdout)["verdict"] == "clean"


def answers(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Lines]:
    status = main(list(arguments))
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_pbin_tells_every_field_the_tree_the_options_and_the_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, (answer,) = answers(capsys, "pbin", str(SERVED))
    assert (status, answer["file"], answer["verdict"], answer["problems"]) == (
        *(0, str(SERVED), "clean", []),
    )
    fields = answer["fields"]
    assert isinstance(fields, list)
    assert len(fields) == 37
    assert fields[3] == ["EAPI", "pbin-1+exheres-0"]
    dependencies = answer["dependencies"]
    assert isinstance(dependencies, dict)
    assert dependencies["packages"] == ["app-shells/hush", "dev-libs/libfoo", "dev-util/mker"]
    options = answer["options"]
    assert isinstance(options, list)
    assert {one["name"]: one["enabled"] for one in options} == {
        "doc": False,
        "linguas:de": False,
        "linguas:en": True,
        "linguas:pt_BR": False,
    }


def test_a_bad_pbin_is_an_answer_and_does_not_hide_the_next(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "bad").write_text('A="b"\nid\n')
    (tmp_path / "active").write_text('A="`id`"\n')
    paths = [str(tmp_path / "bad"), str(tmp_path / "active"), str(SERVED)]
    status, (bad, active, good) = answers(capsys, "pbin", *paths)
    assert status == 1
    assert (bad["line"], bad["error"]) == (2, "not a NAME=\"value\": 'id'")
    assert active["verdict"] == "unclean"
    assert active["problems"] == [
        {"class": "Problem", "line": 1, "reason": "A would run a command: '`id`'"}
    ]
    assert good["verdict"] == "clean"


def test_versions_are_sorted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("10\n\n9\n 1_rc1 \n1\n"))
    assert main(["versions"]) == 0
    assert capsys.readouterr().out.split() == ["1_rc1", "1", "9", "10"]


@pytest.mark.parametrize(
    ("one", "other", "sign"), [("1", "1-r0", "="), ("1", "1.0", "<"), ("scm", "9", ">")]
)
def test_versions_are_compared(
    capsys: pytest.CaptureFixture[str], one: str, other: str, sign: str
) -> None:
    assert main(["versions", "--compare", one, other]) == 0
    assert capsys.readouterr().out == f"{sign}\n"


def test_what_is_no_version_is_said_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["versions", "--compare", "b", "1"]) == 1
    output = capsys.readouterr()
    assert (output.out, output.err) == ("", "'b' is not a version\n")


def test_specs_are_trees_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "build: a/b[>=1] || ( c/d !e/f )\n( g/h\n\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    status, (first, second, empty) = answers(capsys, "specs")
    assert status == 1
    assert first["packages"] == ["a/b", "c/d"]
    assert first["text"] == "build: a/b[>=1] || ( c/d !e/f )"
    needs = first["needs"]
    assert isinstance(needs, list)
    assert needs[2] == {
        "class": "Need",
        "spec": "e/f",
        "labels": ["build"],
        "conditions": [],
        "blocker": "!",
        "choice": 1,
    }
    assert second["error"] == "a group is not closed: a ) is missing"
    assert empty["needs"] == []


def test_layout_tells_what_a_directory_holds(capsys: pytest.CaptureFixture[str]) -> None:
    status, (answer,) = answers(capsys, "layout", str(DATA / "repository"))
    assert (status, answer["name"], answer["masters"]) == (0, "mybinaries", ["arbor"])
    assert len(answer["pbins"]) == 7  # type: ignore[arg-type]


def test_layout_fails_on_problems(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, (answer,) = answers(capsys, "layout", str(tmp_path))
    assert (status, answer["name"]) == (1, None)
    assert len(answer["problems"]) == 3  # type: ignore[arg-type]


def test_what_can_not_be_read_is_said_on_standard_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for arguments in (["layout", str(tmp_path / "x")], ["pbin", str(tmp_path / "x")]):
        assert main(arguments) == 2
        assert str(tmp_path / "x") in capsys.readouterr().err


def test_a_tarball_is_taken_apart(capsys: pytest.CaptureFixture[str]) -> None:
    name = "r--a--b--c-1.2-r3--C.1.2.3.C.tar.bz2"
    status, (good, bad) = answers(capsys, "tarball", name, "x")
    assert status == 1
    assert good == {
        "file": name,
        "repository": "r",
        "category": "a",
        "package": "b--c",
        "version": "1.2-r3",
        "cookie": "C.1.2.3.C",
    }
    assert bad["error"] == "'x' is not the name of a tarball"


def test_a_plan_is_its_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    status, (answer,) = answers(capsys, "plan", str(DATA / "transcripts/01-plan/resume-file"))
    plan = answer["plan"]
    assert status == 0
    assert isinstance(plan, dict)
    assert plan["jobs"][1]["destination"] == "create_binary"


@pytest.mark.parametrize(
    ("name", "options", "outcome"),
    [
        ("02-execute-package", ["--purpose", "execute"], "succeeded"),
        ("03-execute-with-markers", [], "succeeded"),
        ("06-build-fails", [], "failed"),
        ("37-consumer-sync-fails", ["--purpose", "sync"], "partial"),
    ],
)
def test_a_transcript_is_its_events_and_the_verdict(
    capsys: pytest.CaptureFixture[str], name: str, options: list[str], outcome: str
) -> None:
    recorded = DATA / "transcripts" / name
    exit_status = (recorded / "exit").read_text().strip()
    arguments = ["transcript", str(recorded / "stdout"), "--exit", exit_status, *options]
    status, lines = answers(capsys, *arguments)
    *events, last = lines
    verdict = last["verdict"]
    assert status == 0
    assert all(list(answer) == ["event"] for answer in events)
    assert isinstance(verdict, dict)
    assert verdict["outcome"] == outcome


def test_json_holds_texts_for_what_has_one_and_refuses_the_rest() -> None:
    value = {
        "ids": (PackageId.parse("a/b-1:0::r"), None, 1.5, True),
        "versions": frozenset({Version("2"), Version("1")}),
        "when": datetime(2026, 1, 1, tzinfo=UTC),
    }
    assert as_json(value) == {
        "ids": ["a/b-1:0::r", None, 1.5, True],
        "versions": ["1", "2"],
        "when": "2026-01-01T00:00:00+00:00",
    }
    with pytest.raises(TypeError, match="object has no place in JSON"):
        as_json(object())
