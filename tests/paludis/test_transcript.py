"""Lines of cave among lines of anything."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis.config import parse_conf, render_formats_conf
from pbins.paludis.confirmations import ConfirmationKind
from pbins.paludis.events import (
    Action,
    BuildDied,
    CaveError,
    Counter,
    Event,
    FetchCause,
    FetchFailed,
    OutputLog,
    PbinWritten,
    Performing,
    PhaseStarted,
    PlanErased,
    Step,
    StepAlready,
    StepDone,
    StepFailed,
    StepStarted,
    StepSummary,
    SyncResult,
    SyncState,
    TarballCreated,
)
from pbins.paludis.names import PackageId, QualifiedPackageName, RepositoryName
from pbins.paludis.plan import JobState, UninstallJob, parse_plan
from pbins.paludis.plan_events import (
    Confirmation,
    NothingToDo,
    PlannedRemoval,
    PlannedStep,
    PlanTotal,
    Pretended,
    Undecidable,
    UnmetOptions,
)
from pbins.paludis.steps import steps_of
from pbins.paludis.transcript import TranscriptParser, read_transcript

TRANSCRIPTS = Path(__file__).parents[1] / "data" / "transcripts"
TOKEN = "Zq8x"
FOO = PackageId.parse("dev-libs/libfoo-1.3:0::arbor")
BAR = PackageId.parse("dev-libs/libbar-0.9-r1:0::arbor")
PBINS = RepositoryName("mybinaries")
BUILD_FOO = Step(Action.BINARY, FOO, PBINS)
STARTED = "1 of 2: Starting create binary in ::mybinaries for dev-libs/libfoo-1.3:0::arbor..."
DONE = "Done create binary in ::mybinaries for dev-libs/libfoo-1.3:0::arbor"


def read(*lines: str, token: str = "") -> list[Event]:
    return read_transcript("\n".join([*lines, ""]).encode(), token)


def marked(key: str, token: str = TOKEN, **values: str) -> str:
    """A line as cave prints it in our format."""
    text = parse_conf(render_formats_conf(token))[key]
    for letter, value in values.items():
        text = text.replace(f"%{letter}", value)
    return text


def test_a_step_begins_and_ends() -> None:
    assert read(STARTED, "cc -c foo.c", DONE) == [
        StepStarted(BUILD_FOO, Counter(1, 2), offset=0),
        StepDone(BUILD_FOO),
    ]


@pytest.mark.parametrize(
    ("words", "action", "repository"),
    [
        ("fetch", Action.FETCH, None),
        ("install to /", Action.INSTALL, None),
        ("install to chroot", Action.CHROOT, None),
        ("create binary in ::mybinaries", Action.BINARY, PBINS),
        ("cross compile", Action.CROSS, None),
        ("remove", Action.REMOVE, None),
    ],
)
def test_every_action_is_known(
    words: str, action: Action, repository: RepositoryName | None
) -> None:
    step = Step(action, FOO, repository)
    assert read(
        f"2 of 4, 1 failed, 1 skipped: Starting {words} for {FOO} replacing 1.2:0::installed...",
        f"Failed {words} for {FOO} replacing 1.2:0::installed",
    ) == [
        StepStarted(step, Counter(2, 4, 1, 1), 0, "1.2:0::installed"),
        StepFailed(step),
    ]


def test_one_removal_may_be_of_several_packages() -> None:
    events = read(f"1 of 1: Starting remove for {FOO}, {BAR}...")
    assert [event.step.package for event in events if isinstance(event, StepStarted)] == [FOO, BAR]


@pytest.mark.parametrize("name", ["06-build-fails", "07-build-fails-continue-if-independent"])
def test_the_lines_of_cave_and_the_jobs_of_its_plan_mean_the_same_steps(name: str) -> None:
    recorded = TRANSCRIPTS / name
    events = read_transcript((recorded / "stdout").read_bytes())
    begun = {event.step for event in events if isinstance(event, StepStarted)}
    jobs = parse_plan((recorded / "resume-file").read_text()).jobs
    touched = (job for job in jobs if job.state in ("succeeded", "failed"))
    assert begun == {step for job in touched for step in steps_of(job)}


def test_the_offset_leads_to_the_line_in_the_log() -> None:
    log = f"first\r\nürgh\r\n{'x' * 100_000}\n{STARTED}\n".encode()
    parser = TranscriptParser()
    events = [event for byte in range(len(log)) for event in parser.feed(log[byte : byte + 1])]
    (started,) = events
    assert isinstance(started, StepStarted)
    assert log[started.offset :].startswith(STARTED.encode())
    assert read_transcript(log) == events


@pytest.mark.parametrize(
    "line",
    [
        f" {DONE}",
        f"> {DONE}",
        f"{DONE} or so: really",
        "Done create binary in ::mybinaries for dev-libs/libbar-0.9-r1:0::arbor",
        "Done install to / for dev-libs/libfoo-1.3:0::arbor",
        "Done for now",
        "Failed for no reason",
        "1 of 2: Starting something for dev-libs/libfoo-1.3:0::arbor...",
        "1 of many: Starting fetch for dev-libs/libfoo-1.3:0::arbor...",
        "1 of 2: Starting fetch for science...",
        "1 of 2: Already dead for fetch dev-libs/libfoo-1.3:0::arbor",
        "Summary:",
        "failed:    install dev-libs/libfoo-1.3:0::arbor to ::mybinaries",
        "*** Output log: /etc/shadow",
        "These are the actions I will take, in order:",
        "n   dev-libs/libfoo:0::arbor 1.3 to ::mybinaries",
        "dev-libs/libfoo:0::(create_binary) masked",
        "Sync results",
        "@@DONE|create binary in ::mybinaries|dev-libs/libbar-0.9-r1:0::arbor|@@",
        "@@NONSENSE@@",
    ],
)
def test_what_a_build_prints_is_not_taken_for_caves_own(line: str) -> None:
    assert read(STARTED, line, DONE) == [
        StepStarted(BUILD_FOO, Counter(1, 2), offset=0),
        StepDone(BUILD_FOO),
    ]


def test_a_job_that_removes_several_packages_is_several_steps() -> None:
    job = UninstallJob((FOO, BAR), JobState.PENDING, was_target=True, requirements=())
    assert steps_of(job) == (Step(Action.REMOVE, FOO), Step(Action.REMOVE, BAR))


def test_titles_colours_and_erased_counts_are_cleaned_away() -> None:
    log = (
        b"Executing pretend actions: 1 of 2\x1b]2;1 of 2 pretend a/b-1:0::c\x07"
        b"\b\b\b\b\b\b2 of 2\x1b]2;Completed 2 of 2\x07\r\n"
        b"\x1b]2;1 of 2 fetch x\x07\x1b[1;34m" + STARTED.encode() + b"\x1b[0;0m\r\n"
        b"\x1b[35;01m===\x1b[0m Starting src_compile\r\n"
        b"\x1b]2;done\x07" + DONE.encode() + b"\n"
    )
    assert [type(event) for event in read_transcript(log)] == [
        Pretended,
        StepStarted,
        PhaseStarted,
        StepDone,
    ]


def test_a_carriage_return_begins_a_line_anew() -> None:
    events = read(STARTED, f"  12%\r  99%\r{DONE}")
    assert events[-1] == StepDone(BUILD_FOO)


def test_characters_in_pieces_and_bytes_that_are_none_do_no_harm() -> None:
    log = b"These are the actions I will take, in order:\n\n"
    log += b'n   a/b:0::arbor 1 to ::pbins\n    "\xc3\xbcn\xff\xc3"\n\n'
    parser = TranscriptParser()
    events = [event for byte in range(len(log)) for event in parser.feed(log[byte : byte + 1])]
    (step,) = events
    assert isinstance(step, PlannedStep)
    assert step.description == "ün\ufffd\ufffd"


def test_what_stands_behind_the_open_line_of_pretending_is_read() -> None:
    assert read(
        "Executing pretend actions: 1 of 1"
        " * The following option requirements are unmet for a/b-1:",
        " *     Can't work out the state of option 'x:y'",
        "",
    ) == [
        Pretended(1, 1),
        UnmetOptions("a/b-1", ("Can't work out the state of option 'x:y'",)),
    ]


class TestMarkers:
    def test_with_a_token_only_its_markers_count(self) -> None:
        start = {"x": "1 of 2", "a": "create binary in ::mybinaries", "i": str(FOO), "r": ""}
        end = {"a": "create binary in ::mybinaries", "i": str(FOO), "r": ""}
        log = "".join(
            [
                marked("execute-resolution/starting_action.2", **start),
                "no newline here",
                f"\n{DONE}\nFailed create binary in ::mybinaries for {FOO}\n",
                marked("execute-resolution/failed_action.1", token="", **end),
                marked("execute-resolution/failed_action.1", token="guess", **end),
                "Summary:\n\nfailed:    install dev-libs/libfoo-1.3:0::arbor to ::mybinaries\n",
                "and none here",
                marked("execute-resolution/done_action.1", **end),
            ]
        )
        events = read_transcript(log.encode(), TOKEN)
        assert events == [StepStarted(BUILD_FOO, Counter(1, 2), offset=1), StepDone(BUILD_FOO)]

    @pytest.mark.parametrize("token", ["", TOKEN])
    @pytest.mark.parametrize(
        ("key", "values", "event"),
        [
            (
                "execute-resolution/already_action.1",
                {"x": "2 of 4", "s": "skipped", "t": f"install {FOO}"},
                StepAlready("install", FOO, JobState.SKIPPED, Counter(2, 4)),
            ),
            (
                "execute-resolution/summary_job_skipped.1",
                {"s": "install =dev-libs/libfoo-1.3:0::arbor to ::mybinaries replacing 1.2"},
                StepSummary(JobState.SKIPPED, "install", FOO, PBINS),
            ),
            (
                "execute-resolution/summary_job_pending.1",
                {"s": f"fetch {FOO}"},
                StepSummary(JobState.PENDING, "fetch", FOO),
            ),
            (
                "execute-resolution/summary_job_succeeded.1",
                {"s": f"uninstall {FOO}"},
                StepSummary(JobState.SUCCEEDED, "uninstall", FOO),
            ),
            (
                "perform/x_of_y_title.1",
                {"x": "1 of 4, 1 failed", "c": "Completed ", "a": "pretend", "i": str(FOO)},
                Performing("pretend", FOO, completed=True),
            ),
            (
                "perform/x_of_y_title.1",
                {"x": "1 of 4", "c": "", "a": "install", "i": str(FOO)},
                Performing("install", FOO, completed=False),
            ),
        ],
    )
    def test_every_marker_is_read_back(
        self, token: str, key: str, values: dict[str, str], event: Event
    ) -> None:
        assert read_transcript(marked(key, token=token, **values).encode(), token) == [event]

    def test_the_log_of_what_failed_belongs_to_the_line_above(self) -> None:
        log = marked("execute-resolution/summary_job_failed.1", s=f"install {FOO} to ::mybinaries")
        log += "\x1b[1;31m***\x1b[0;0m Output log: //var/log/paludis/1-install-x.out\n"
        assert read_transcript(log.encode(), TOKEN) == [
            StepSummary(JobState.FAILED, "install", FOO, PBINS),
            OutputLog("/var/log/paludis/1-install-x.out", f"install {FOO}"),
        ]


class TestPlans:
    def test_a_step_with_everything(self) -> None:
        (event, confirmation) = read(
            "These are the actions I will take, in order:",
            "",
            "(-d) dev-libs/libfoo:0::arbor (not the best version) (formerly from ::x, ::y) 1.3"
            " to ::installed via binary created in mybinaries replacing 1.2:0, a/b-1:0::c"
            " [cycle 2]",
            '    "A "quoted" library"',
            "    bar* (-baz)+ LINGUAS: de",
            "    Reasons: target, dev-libs/libbar-0.9-r1:0::arbor (to be like x), 7 more",
            "    Masked by repository [p.mask]",
            "        because it is old",
            "    Masked by licence",
            "    More than 3 GBytes to download",
            "    In dependency cycle with: x",
            "",
        )
        assert event == PlannedStep(
            letter="d",
            package=FOO,
            destination=RepositoryName("installed"),
            via_binary=PBINS,
            best=False,
            replacing=("1.2:0", "a/b-1:0::c"),
            description='A "quoted" library',
            options="bar* (-baz)+ LINGUAS: de",
            reasons=("target", "dev-libs/libbar-0.9-r1:0::arbor (to be like x)", "7 more"),
            masks=("repository [p.mask]: because it is old", "licence"),
            download="More than 3 GBytes",
        )
        assert isinstance(confirmation, Confirmation)
        assert confirmation.kind is ConfirmationKind.MASKED

    def test_a_warning_in_the_middle_of_an_entry_does_not_end_it(self) -> None:
        (event,) = read(
            "These are the actions I will take, in order:",
            "",
            "n   dev-libs/libfoo:0::arbor 1.3 to ::mybinaries",
            "cave@1795352247: [WARNING e.myoptions_key.invalid] In thread ID '8364':",
            "  ... When displaying chosen resolution:",
            "    Reasons: target",
            "",
        )
        assert isinstance(event, PlannedStep)
        assert event.reasons == ("target",)

    def test_suggestions_are_told_apart(self) -> None:
        (event,) = read(
            "I did not take the following:",
            "",
            "(n) dev-libs/libfoo:0::arbor 1.3 to ::installed",
            "    Take using: --take (doc)",
            "",
        )
        assert isinstance(event, PlannedStep)
        assert (event.taken, event.take) == (False, "--take (doc)")

    def test_removals_and_breakages(self) -> None:
        assert read(
            "These are the actions I will take, in order:",
            "",
            "<   dev-libs/libfoo :0::installed",
            "    Reasons: target",
            "",
            "X   dev-libs/libbar 0.9-r1:0::installed",
            "    Will be broken by uninstalls:",
            "    Reasons: dev-libs/libfoo-1.3:0::installed",
            "",
            "Total: 1 uninstalls",
        ) == [
            PlannedRemoval(
                QualifiedPackageName("dev-libs/libfoo"), ":0::installed", reasons=("target",)
            ),
            PlannedRemoval(
                QualifiedPackageName("dev-libs/libbar"),
                "0.9-r1:0::installed",
                breaks=True,
                reasons=("dev-libs/libfoo-1.3:0::installed",),
            ),
            PlanTotal("1 uninstalls"),
        ]

    def test_nothing_to_do(self) -> None:
        lines = ("These are the actions I will take, in order:", "", "(nothing to do)")
        assert read(*lines) == [NothingToDo()]

    def test_a_cycle_without_an_order(self) -> None:
        (event,) = read(
            "I cannot provide a legal ordering for the following:",
            "",
            "n   dev-libs/libfoo:0::arbor 1.3 to ::mybinaries [cycle 1]",
            "",
        )
        assert isinstance(event, PlannedStep)
        assert not event.orderable

    def test_what_can_not_be_provided(self) -> None:
        assert read(
            "I encountered the following errors:",
            "",
            "!   dev-libs/libfoo:0",
            "    Reasons: target",
            "    Unsuitable candidates:",
            "      * dev-libs/libfoo-1.3:0::arbor",
            "        Masked by platform",
            "            Supported platforms ~armv8",
            "      * dev-libs/libfoo-1.2:0::arbor",
            "!   dev-libs/nosuch",
            "",
            "I encountered the following ignorable errors for untaken packages:",
            "",
            "(!) dev-libs/maybe",
        ) == [
            Undecidable(
                "dev-libs/libfoo:0",
                ("target",),
                (
                    "dev-libs/libfoo-1.3:0::arbor; Masked by platform; Supported platforms ~armv8",
                    "dev-libs/libfoo-1.2:0::arbor",
                ),
            ),
            Undecidable("dev-libs/nosuch", (), ()),
            Undecidable("dev-libs/maybe", (), (), ignorable=True),
        ]


class TestConfirmations:
    @pytest.mark.parametrize(
        ("words", "kind", "permit"),
        [
            ("--permit-downgrade", ConfirmationKind.DOWNGRADE, "--permit-downgrade"),
            ("--permit-old-version", ConfirmationKind.NOT_BEST, "--permit-old-version"),
            (
                "--uninstalls-may-break or --remove-if-dependent",
                ConfirmationKind.BREAK,
                "--uninstalls-may-break",
            ),
            (
                "--uninstalls-may-break system",
                ConfirmationKind.REMOVE_SYSTEM_PACKAGE,
                "--uninstalls-may-break",
            ),
            (
                "--permit-uninstall (check this very carefully!)",
                ConfirmationKind.UNINSTALL,
                "--permit-uninstall",
            ),
            ("being unmasked", ConfirmationKind.MASKED, "package_unmask.conf"),
            ("user configuration changes", ConfirmationKind.CHANGED_CHOICES, "options.conf"),
        ],
    )
    def test_every_kind_is_known_by_caves_words_and_by_the_gates(
        self, words: str, kind: ConfirmationKind, permit: str
    ) -> None:
        expected = [Confirmation("dev-libs/libfoo:0", kind, permit)]
        assert expected == read(
            "I cannot proceed without being permitted to do the following:",
            "",
            "d   dev-libs/libfoo:0::arbor 1.3 to ::installed replacing 1.4",
            f"    Cannot proceed without: {words}",
            "",
        )
        assert expected == read(f"dev-libs/libfoo:0::(install_to_slash) {kind.value}")

    def test_several_at_once(self) -> None:
        events = read(
            "I cannot proceed without being permitted to do the following:",
            "",
            "-d  dev-libs/libfoo:0::arbor (not the best version) 1.3 to ::installed replacing 1.4",
            "    Cannot proceed without: --permit-downgrade, --permit-old-version, a pony",
            "",
            "<   dev-libs/libbar 0.9-r1:0::installed",
            "    Cannot proceed without: --permit-uninstall (check this very carefully!)",
        )
        assert [
            (event.package, event.kind) for event in events if isinstance(event, Confirmation)
        ] == [
            ("dev-libs/libfoo:0", ConfirmationKind.DOWNGRADE),
            ("dev-libs/libfoo:0", ConfirmationKind.NOT_BEST),
            ("dev-libs/libbar", ConfirmationKind.UNINSTALL),
        ]

    def test_a_mask_is_asked_about_once(self) -> None:
        entry = (
            "n   dev-libs/libfoo:0::arbor 1.3 to ::mybinaries",
            "    Masked by platform",
            "        Supported platforms ~armv8",
        )
        events = read(
            "These are the actions I will take, in order:",
            "",
            *entry,
            "",
            "I cannot proceed without being permitted to do the following:",
            "",
            *entry,
            "    Cannot proceed without: being unmasked",
            "",
        )
        assert events[1:] == [
            Confirmation(
                "dev-libs/libfoo:0",
                ConfirmationKind.MASKED,
                "platforms.conf",
                "platform: Supported platforms ~armv8",
            )
        ]

    def test_the_options_to_change_are_named(self) -> None:
        change = Confirmation(
            "dev-libs/libfoo:0", ConfirmationKind.CHANGED_CHOICES, "options.conf", "bar -baz"
        )
        assert read("dev-libs/libfoo:0::(create_binary) changed_choices bar -baz") == [change]
        assert read(
            "I cannot proceed without being permitted to do the following:",
            "",
            "n   dev-libs/libfoo:0::arbor 1.3 to ::mybinaries",
            "    You need to change: bar -baz No changes needed: doc",
            "    Reasons requiring changes: a/b-1:0::arbor Reasons: target",
            "    Cannot proceed without: user configuration changes",
        ) == [change]

    @pytest.mark.parametrize(
        "line",
        [
            "dev-libs/libfoo:0::(create_binary) approved",
            "libfoo:0::(create_binary) masked",
            "dev-libs/../../etc:0::(create_binary) masked",
            "dev-libs/libfoo:0::create_binary masked",
        ],
    )
    def test_what_is_no_line_of_the_gate_is_not_read_as_one(self, line: str) -> None:
        assert read(line) == []

    def test_a_slot_that_cave_does_not_know_is_left_out(self) -> None:
        (event,) = read("dev-libs/libfoo:(unknown)::(create_binary) masked")
        assert isinstance(event, Confirmation)
        assert event.package == "dev-libs/libfoo"


class TestFetches:
    @pytest.mark.parametrize(
        ("complaint", "word", "cause", "detail"),
        [
            (
                "HTTP request sent, awaiting response... 404 Not Found",
                "does not exist",
                FetchCause.NOT_FOUND,
                "404 Not Found",
            ),
            (
                "HTTP request sent, awaiting response... 403 Forbidden",
                "does not exist",
                FetchCause.REFUSED,
                "403 Forbidden",
            ),
            (
                "Connecting to 10.0.0.1:80... failed: Connection refused.",
                "does not exist",
                FetchCause.NO_CONNECTION,
                "Connection refused",
            ),
            (
                "Resolving pbins.example (pbins.example)... failed: Name or service not known.",
                "does not exist",
                FetchCause.NO_CONNECTION,
                "Name or service not known",
            ),
            (
                "wget: unable to resolve host address 'pbins.example'",
                "does not exist",
                FetchCause.NO_CONNECTION,
                "unable to resolve host address 'pbins.example'",
            ),
            ("", "does not exist", FetchCause.MISSING, "does not exist"),
            ("", "incorrect size", FetchCause.SIZE, "incorrect size"),
            ("", "failed SHA256", FetchCause.HASH, "failed SHA256"),
            ("", "not in Manifest", FetchCause.NOT_IN_MANIFEST, "not in Manifest"),
            (
                "",
                "no supported hashes in Manifest",
                FetchCause.NO_HASH,
                "no supported hashes in Manifest",
            ),
            ("", "eaten by the dog", FetchCause.OTHER, "eaten by the dog"),
        ],
    )
    def test_a_failure_has_a_cause(
        self, complaint: str, word: str, cause: FetchCause, detail: str
    ) -> None:
        lines = ("Trying to fetch 'http://a/x' to 'x'...", complaint, f"Checking 'x'... {word}")
        assert read(STARTED, *lines)[1:] == [FetchFailed("x", cause, detail)]

    def test_a_complaint_is_forgotten_with_the_next_file(self) -> None:
        events = read(
            STARTED,
            "Trying to fetch 'http://a/x' to 'x'...",
            "HTTP request sent, awaiting response... 404 Not Found",
            "Trying to fetch 'http://b/x' to 'x'...",
            "HTTP request sent, awaiting response... 200 OK",
            "Checking 'x'... ok",
            "Checking 'y'... does not exist",
        )
        assert events[1:] == [FetchFailed("y", FetchCause.MISSING, "does not exist")]


def test_files_that_are_written() -> None:
    assert read(
        STARTED,
        ">>> Checking whether we can merge to tarball /srv/d/p--a--b-1--C.1.2.2.C.tar ......",
        ">>> Creating /srv/d/p--a--b-1--C.1.2.3.C.tar",
        "\x1b[35;01m===\x1b[0m Writing binary ebuild to '/srv/p/b-1.pbin-1+exheres-0'...",
        "Erasing resume file /run/plan...",
    )[1:] == [
        TarballCreated("/srv/d/p--a--b-1--C.1.2.3.C.tar.bz2"),
        PbinWritten("/srv/p/b-1.pbin-1+exheres-0"),
        PlanErased("/run/plan"),
    ]


def test_an_error_of_cave_leads_to_its_cause() -> None:
    assert read(
        "",
        "Error:",
        "  * In program cave resolve x:",
        "  * When adding targets from commandline:",
        "  * Found nothing suitable matching 'x' (paludis::cave::NothingMatching)",
        "",
        "Error:",
        "not one of cave",
    ) == [
        CaveError(
            ("In program cave resolve x", "When adding targets from commandline"),
            "Found nothing suitable matching 'x'",
            "NothingMatching",
        )
    ]


def test_the_last_words_of_a_phase() -> None:
    assert read(
        STARTED,
        "!!! ERROR in dev-libs/libfoo-1.3::arbor:\r",
        "!!! In src_compile at line 2554\r",
        "!!! emake failed\r",
        "\r",
        "!!! Call stack:\r",
        "!!!    * src_compile (/x:2554)\r",
    )[1:] == [BuildDied("dev-libs/libfoo-1.3::arbor", "src_compile", "emake failed")]


def test_a_sync_has_a_result_for_every_repository() -> None:
    assert read(
        "Starting sync",
        "",
        "Repository                    Status                Pending Active  Done",
        "-> arbor                      failed                0       0       2",
        "Sync results",
        "",
        "* arbor:                      failed",
        "    sync of '/srv/arbor' from 'git+file:///x' failed",
        "*** Output log: //var/log/paludis/1-sync-arbor.out",
        "* installed:                  no syncing required",
        "* a/b:                        success",
        "* mybinaries:                 success",
    ) == [
        SyncResult(
            RepositoryName("arbor"),
            SyncState.FAILED,
            "sync of '/srv/arbor' from 'git+file:///x' failed",
        ),
        OutputLog("/var/log/paludis/1-sync-arbor.out", "arbor"),
        SyncResult(RepositoryName("installed"), SyncState.NOT_NEEDED),
    ]


FRAGMENTS = st.sampled_from(
    [
        *(
            b"\r",
            b"\n",
            b"\r\n",
            b"\n\n",
            b"\b",
            b"\x1b]2;t\x07",
            b"\x1b[1m",
            b"\xc3",
            b"\xbc",
            b"    ",
        ),
        *(
            STARTED.encode(),
            DONE.encode(),
            b"Summary:",
            b"Error:",
            b"  * x (paludis::Y)",
            b"@@START|",
        ),
        *(b"Executing pretend actions: 1 of 1", b"Sync results", b"* arbor:      failed"),
        *(b"These are the actions I will take, in order:", b"I encountered the following errors:"),
        *(b"n   a/b:0::arbor 1 to ::pbins", b"!   a/b", b"<   a/b 1:0", b"    Masked by platform"),
        *(b"!!! ERROR in a/b-1::c:", b"!!! In x at line 1", b"*** Output log: /x"),
        *(b"failed:    fetch a/b-1:0::c", b"Checking 'x'... ", b"does not exist"),
    ]
)
LOGS = st.lists(st.one_of(FRAGMENTS, st.binary(max_size=20))).map(b"".join)


@given(LOGS, st.lists(st.integers(0, 400)), st.sampled_from(["", TOKEN]))
def test_no_bytes_do_harm_and_no_cut_matters(log: bytes, cuts: list[int], token: str) -> None:
    parser = TranscriptParser(token)
    events: list[Event] = []
    edges = [0, *sorted(cut for cut in cuts if cut < len(log)), len(log)]
    for start, end in pairwise(edges):
        events += parser.feed(log[start:end])
    assert [*events, *parser.close()] == read_transcript(log, token)


@pytest.mark.parametrize(
    "line",
    [
        b"x" * 10_000_000,
        b"\b" * 1_000_000,
        b"a\b" * 500_000,
        b"\x1b]" * 500_000,
        b"\x1b[" * 500_000,
        b"1 of 2: Starting " * 60_000,
        b"Done " + b" for " * 200_000,
        b"Executing pretend actions: 1 of 1" * 30_000,
        b"Error:\n" * 100_000,
        b"!!! ERROR in x:\n" + b"!!! a\n" * 100_000,
        b"@@" + b"|" * 1_000_000,
        b"Connecting to " + b"... failed: " * 80_000,
        b"I encountered the following errors:\n" + b"!   a\n      * b\n" * 50_000,
        b"n   " + b"a/b:" * 250_000,
        b"n   a/b:0::arbor 1 to ::pbins replacing" + b" replacing [cycle" * 50_000,
    ],
    ids=lambda line: repr(line[:12]),
)
def test_long_and_odd_input_is_read_to_its_end(line: bytes) -> None:
    """Each of these would take minutes, or the whole stack, if it were read naively."""
    read_transcript(line + b"\n" + STARTED.encode() + b"\n" + line)
