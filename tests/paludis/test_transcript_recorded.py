"""What a real cave printed, and what a person would say about it.

tests/data/expected holds a file per transcript: the events, first those of its standard output,
then those of its standard error, and in the last line what cave was started for and the verdict.
"""

import json
from pathlib import Path

import pytest

from pbins.paludis.as_json import Json, as_json
from pbins.paludis.events import Event
from pbins.paludis.outcome import Outcome, Purpose, Verdict, judge
from pbins.paludis.transcript import TranscriptParser, read_transcript

DATA = Path(__file__).parents[1] / "data"
TRANSCRIPTS = sorted((DATA / "transcripts").iterdir())
STREAMS = ("stdout", "stderr")


def events_of(transcript: Path) -> list[tuple[str, Event]]:
    return [
        (stream, event)
        for stream in STREAMS
        for event in read_transcript((transcript / stream).read_bytes())
    ]


def expected_of(transcript: Path) -> list[dict[str, Json]]:
    text = (DATA / "expected" / f"{transcript.name}.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def purpose_of(transcript: Path) -> Purpose:
    return Purpose(str(expected_of(transcript)[-1]["purpose"]))


def exit_status_of(transcript: Path) -> int:
    return int((transcript / "exit").read_text())


def as_objects(events: list[tuple[str, Event]]) -> list[dict[str, Json]]:
    objects = []
    for stream, event in events:
        value = as_json(event)
        assert isinstance(value, dict)
        objects.append({"stream": stream, **value})
    return objects


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.name)
def test_the_events_are_those_that_a_person_would_give(transcript: Path) -> None:
    assert as_objects(events_of(transcript)) == expected_of(transcript)[:-1]


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.name)
def test_the_verdict_is_the_one_that_a_person_would_give(transcript: Path) -> None:
    purpose = purpose_of(transcript)
    verdict = judge(
        (event for _, event in events_of(transcript)), exit_status_of(transcript), purpose
    )
    value = as_json(verdict)
    assert isinstance(value, dict)
    assert {"purpose": purpose.value, **value} == expected_of(transcript)[-1]


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.name)
def test_the_verdict_does_not_depend_on_which_stream_comes_first_in_one_log(
    transcript: Path,
) -> None:
    stdout, stderr = ((transcript / stream).read_bytes() for stream in STREAMS)
    purpose, exit_status = purpose_of(transcript), exit_status_of(transcript)

    def verdict(log: bytes) -> Verdict:
        return judge(read_transcript(log), exit_status, purpose)

    assert verdict(stdout + b"\n" + stderr) == verdict(stderr + b"\n" + stdout)


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_the_size_of_the_chunks_does_not_matter(transcript: Path, size: int) -> None:
    content = (transcript / "stdout").read_bytes() + (transcript / "stderr").read_bytes()
    parser = TranscriptParser()
    events: list[Event] = []
    for start in range(0, len(content), size):
        events += parser.feed(content[start : start + size])
    assert [*events, *parser.close()] == read_transcript(content)


@pytest.mark.parametrize(
    "transcript",
    [path for path in TRANSCRIPTS if purpose_of(path) is Purpose.EXECUTE],
    ids=lambda path: path.name,
)
def test_a_log_that_was_cut_off_is_never_taken_for_a_success(transcript: Path) -> None:
    content = (transcript / "stdout").read_bytes()
    for cut in range(0, len(content) // 2, 97):
        verdict = judge(read_transcript(content[:cut]), None, Purpose.EXECUTE)
        assert verdict.outcome is not Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("02-execute-package", Outcome.SUCCEEDED),
        ("05-world-again-nothing-to-do", Outcome.NOTHING_TO_DO),
        ("06-build-fails", Outcome.FAILED),
        ("07-build-fails-continue-if-independent", Outcome.PARTIAL),
        ("09-unknown-package", Outcome.REFUSED),
        ("10-masked-by-platform", Outcome.BLOCKED),
        ("12-required-confirmations", Outcome.BLOCKED),
        ("31-consumer-sync", Outcome.SUCCEEDED),
        ("37-consumer-sync-fails", Outcome.PARTIAL),
    ],
)
def test_the_purpose_need_not_be_told(name: str, outcome: Outcome) -> None:
    transcript = DATA / "transcripts" / name
    events = [event for _, event in events_of(transcript)]
    assert judge(events, exit_status_of(transcript)).outcome is outcome
