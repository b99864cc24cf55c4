"""The stand-in against what a real cave 3.0.1 printed: the same commands, in the same order.

Held to: the exit status exactly; every line of standard output; the order of the plan, of the
actions and of the summary; the resume file job by job. Left out of the comparison: times, pids,
hashes, sizes, terminal escapes, blank lines, and where the lines of one process fell among those
of another (a real cave runs several, each with its own buffer).
"""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from demo.cave.serialised import load
from tests.demo.conftest import Lab, Machine, Ran, publish

TRANSCRIPTS = Path(__file__).parents[1] / "data" / "transcripts"
BUILDER = [path.name for path in sorted(TRANSCRIPTS.iterdir()) if path.name < "3"]
CONSUMER = [path.name for path in sorted(TRANSCRIPTS.iterdir()) if path.name >= "3"]
RESUME_FILES = {
    "01-plan": "p",
    "06-build-fails": "f",
    "07-build-fails-continue-if-independent": "g",
}

TITLE = re.compile(r"\x1b\][^\x07]*\x07")
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
REPLACEMENTS = (
    (re.compile(r"--C\.\d+\.\d+\.\d+\.C"), "--C"),
    (re.compile(r":C\.\d+\.\d+\.\d+\.C"), ":C"),
    (re.compile(r"\b\d{10}\b"), "SECONDS"),
    (re.compile(r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d UTC \d{4}"), "DATE"),
    (re.compile(r"--\d{4}-\d\d-\d\d \d\d:\d\d:\d\d--"), "--DATE--"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"HEAD is now at .*"), "HEAD is now at COMMIT"),
    (re.compile(r"Length: \d+ \(\S+\)"), "Length: SIZE"),
    (re.compile(r"^[=<>^-]{3} \[", re.MULTILINE), "*** ["),
    (re.compile(r"^(-> .*(?:success|failed)) .*", re.MULTILINE), r"\1 COUNTS"),
    (re.compile(r"//var"), "/var"),
    (re.compile(r"'git\+file://[^']*'"), "'git+file://SOURCE'"),
)
NOISE = re.compile(r"\d+%\[|^-> .* active |^\d{4}-\d\d-\d\d .*saved \[|^Output from ")
ACTION = re.compile(r"^(\d+ of \d+.*: (Starting|Already)|Done|Failed) ")

SUMMARY = re.compile(r"^(failed|skipped|succeeded|pending): |^Summary:")
STDERR_NOISE = re.compile(r"^cave@|^  \.\.\. |^sh: 1: sydbox")
REFUSED = [
    "13-unknown-set",
    "14-usage-error",
    "15-two-sets-at-once",
    "30-consumer-first-sync-by-name",
]
RECORDED_PBINS = TRANSCRIPTS.parent / "repository"


def lines_of(text: str, *roots: Path) -> list[str]:
    for root in roots:
        text = text.replace(str(root), "")
    text = ESCAPE.sub("", TITLE.sub("", text)).replace("\r", "").replace("\b", "")
    for pattern, replacement in REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return [line for line in text.split("\n") if line.strip() and not NOISE.search(line)]


@pytest.fixture(scope="module")
def ran(lab: Lab) -> dict[str, Ran]:
    """Every transcript's command, run in order, with what was done to the lab in between."""
    found = {}
    for name in BUILDER:
        _prepare_builder(lab.builder, name)
        found[name] = _run(lab.builder, name)
        _after_builder(lab.builder, name)
    publish(lab)
    for name in CONSUMER:
        found[name] = _run_on_consumer(lab, name)
    return found


def _run(machine: Machine, name: str) -> Ran:
    return machine.run((TRANSCRIPTS / name / "command").read_text())


def _prepare_builder(builder: Machine, name: str) -> None:
    if name == "01-plan":
        (builder.binaries / "metadata/categories.conf").touch()


def _after_builder(builder: Machine, name: str) -> None:
    if name in RESUME_FILES:
        written = builder.root / "tmp" / f"{RESUME_FILES[name]}.plan"
        shutil.copy(written, builder.root / f"{name}.resume-file")


def _run_on_consumer(lab: Lab, name: str) -> Ran:
    consumer = lab.consumer
    if name.startswith("37"):
        conf = consumer.root / "etc/paludis/repositories/mybinaries.conf"
        text = conf.read_text()
        conf.write_text(text.replace("mybinaries.git", "nowhere.git"))
    served = lab.directory / "served"
    if not name.startswith(("33", "34", "35")):
        return _run(consumer, name)
    shutil.rmtree(served, ignore_errors=True)
    shutil.copytree(lab.builder.distfiles, served / "exherbo")
    manifest = consumer.binaries / "packages/dev-libs/libfoo/Manifest"
    libfoo = next((served / "exherbo").glob("*libfoo-1.3*"))
    (consumer.distfiles / libfoo.name).unlink(missing_ok=True)
    manifest.unlink(missing_ok=True)
    if name.startswith("33"):
        libfoo.write_bytes(libfoo.read_bytes()[:300])
    if name.startswith("34"):
        manifest.write_text(f"DIST {libfoo.name} 1234 SHA256 {'0' * 64}\n")
    if name.startswith("35"):
        for path in consumer.distfiles.iterdir():
            path.unlink()
    with lab.serve(served) as server:
        result = _run(consumer, name)
        server.shutdown()
    return result


@pytest.mark.parametrize("name", BUILDER + CONSUMER)
def test_exits_as_cave_did(ran: dict[str, Ran], name: str) -> None:
    assert ran[name].exit == int((TRANSCRIPTS / name / "exit").read_text())


def recorded(name: str) -> list[str]:
    return lines_of((TRANSCRIPTS / name / "stdout").read_text())


def printed(lab: Lab, ran: dict[str, Ran], name: str) -> list[str]:
    return lines_of(ran[name].stdout, lab.builder.root, lab.consumer.root)


@pytest.mark.parametrize("name", BUILDER + CONSUMER)
def test_prints_the_lines_that_cave_did(lab: Lab, ran: dict[str, Ran], name: str) -> None:
    wanted, given = Counter(recorded(name)), Counter(printed(lab, ran, name))
    assert (sorted((wanted - given).elements()), sorted((given - wanted).elements())) == ([], [])


@pytest.mark.parametrize("name", BUILDER + CONSUMER)
def test_shows_the_plan_in_the_order_that_cave_did(
    lab: Lab, ran: dict[str, Ran], name: str
) -> None:
    assert plan_part(printed(lab, ran, name)) == plan_part(recorded(name))


def plan_part(lines: list[str]) -> list[str]:
    """Up to the pretend actions: this part is one process's."""
    ends = [place for place, line in enumerate(lines) if line.startswith("Executing pretend")]
    return lines[: ends[0] + 1] if ends else []


@pytest.mark.parametrize("fetches", [True, False])
@pytest.mark.parametrize("name", BUILDER + CONSUMER)
def test_starts_and_ends_actions_in_the_order_that_cave_did(
    lab: Lab, ran: dict[str, Ran], name: str, *, fetches: bool
) -> None:
    """Fetches and installs each in their own order; the background fetcher races the builds."""

    def actions(lines: list[str]) -> list[str]:
        found = [line for line in lines if ACTION.match(line)]
        return [line for line in found if (" fetch " in line) is fetches]

    assert actions(printed(lab, ran, name)) == actions(recorded(name))


@pytest.mark.parametrize("name", BUILDER + CONSUMER)
def test_summarises_in_the_order_that_cave_did(lab: Lab, ran: dict[str, Ran], name: str) -> None:
    def summary(lines: list[str]) -> list[str]:
        return [line for line in lines if SUMMARY.match(line)]

    assert summary(printed(lab, ran, name)) == summary(recorded(name))


@pytest.mark.parametrize("name", ["00-blog-recipe-lacks-categories", *REFUSED])
def test_complains_in_the_words_of_cave(lab: Lab, ran: dict[str, Ran], name: str) -> None:
    stderr = (TRANSCRIPTS / name / "stderr").read_text()
    own = [line for line in stderr.splitlines() if not STDERR_NOISE.match(line) and line.strip()]
    given = [line for line in ran[name].stderr.splitlines() if line.strip()]
    assert [line for line in given if not STDERR_NOISE.match(line)] == own


@pytest.mark.parametrize("name", RESUME_FILES)
def test_writes_the_resume_file_that_cave_did(lab: Lab, name: str, ran: dict[str, Ran]) -> None:
    """Every job, requirement and state."""
    assert ran[name].exit is not None
    written = load((lab.builder.root / f"{name}.resume-file").read_text())
    assert written == load((TRANSCRIPTS / name / "resume-file").read_text())


def test_erases_the_resume_file_of_a_plan_that_worked(lab: Lab, ran: dict[str, Ran]) -> None:
    assert ran["01-plan"].exit == 0
    lab.builder.run("cave -c n resolve -1 -m binaries --resume-file /tmp/q.plan sys-libs/uni")
    assert (lab.builder.root / "tmp/q.plan").exists()
    assert lab.builder.run("cave -c n resume --resume-file /tmp/q.plan -J 0").exit == 0
    assert not (lab.builder.root / "tmp/q.plan").exists()


def test_makes_pbins_with_the_lines_that_cave_wrote(lab: Lab, ran: dict[str, Ran]) -> None:
    assert ran["17-one-binary-per-slot"].exit == 0
    for path in sorted(RECORDED_PBINS.rglob("*.pbin-1+exheres-0")):
        made = lab.builder.binaries / path.relative_to(RECORDED_PBINS)
        assert lines_of(made.read_text()) == lines_of(path.read_text())


def test_appends_new_categories_and_keeps_old_tarballs(lab: Lab, ran: dict[str, Ran]) -> None:
    assert ran["17-one-binary-per-slot"].exit == 0
    categories = (lab.builder.binaries / "metadata/categories.conf").read_text().split()
    assert sorted(categories) == sorted(set(categories))
    assert "dev-util" in categories
    recorded_names = (TRANSCRIPTS.parent / "distfiles.txt").read_text().split()[2::3]
    made = [path.name for path in lab.builder.distfiles.glob("*.tar.bz2")]
    assert Counter(map(stem, recorded_names)) <= Counter(map(stem, made))


def stem(tarball: str) -> str:
    return tarball.rpartition("--C.")[0]
