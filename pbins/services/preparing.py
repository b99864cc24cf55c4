"""Dependencies that are in the binary repository already, installed from there before the build.

`--make binaries` has cave compile every dependency that is not installed, even where the repository
that it builds into holds it (FACTS 4.3). So those are installed first, by a resolution of their own
which may not compile anything.
"""

import shlex
from collections.abc import Iterator
from dataclasses import replace

from pbins.models import Run, Step, StepAction
from pbins.paludis import cave
from pbins.paludis.errors import ParseError
from pbins.paludis.outcome import Outcome, Purpose, judge
from pbins.paludis.pbin import Pbin, parse_pbin
from pbins.paludis.questions import read_shown_options
from pbins.paludis.resolution import KeepTargets, Make, MakeDependencies, Resolution
from pbins.paludis.specs import PackageSpec
from pbins.services.drafts import must
from pbins.services.following import StageEnd, note, remote_run, write_formats
from pbins.services.layouts import distdir_on, location_on
from pbins.services.planning import build_resolution, source_repositories
from pbins.services.remote import logged, start_stage
from pbins.transport.contract import Transport

KEYS = ("OPTIONS", "SLOT", "BINARY_URI")
READ = """\
cd {packages} 2>/dev/null || exit 0
while read -r stem; do
    for file in "$stem".pbin-*; do
        [ -f "$file" ] || continue
        printf '=={token} %s\\n' "$stem"
        sed -n {keys} "$file"
    done
done
"""
PRESENT = """\
cd {distdir} 2>/dev/null || exit 0
while read -r name; do
    [ -s "$name" ] && printf '%s\\n' "$name"
done
exit 0
"""


def available(run: Run, transport: Transport) -> list[Step]:
    """Steps that would install from source what the repository holds in the same shape.

    Same version, slot and options, with its tarball on the builder. Steps that install a binary
    which this run makes are not among them.
    """
    steps = list(run.steps.filter(action=StepAction.INSTALL).exclude(origin=run.home.name))
    if not steps:
        return []
    pbins = _pbins(run, transport, {_stem(step) for step in steps})
    found = [step for step in steps if _is_same(step, pbins.get(_stem(step)))]
    present = _present(run, transport, [_tarball(pbins[_stem(step)]) for step in found])
    return [step for step in found if _tarball(pbins[_stem(step)]) in present]


def preparing_resolution(run: Run, steps: list[Step]) -> Resolution:
    """A plain resolution of exactly these, from binaries only, with what was allowed."""
    specs = (f"={one.name}-{one.version}:{one.slot or 0}::{run.home.name}" for one in steps)
    return replace(
        build_resolution(run),
        targets=tuple(map(PackageSpec.parse, specs)),
        make=Make.INSTALL,
        make_dependencies=MakeDependencies.AUTO,
        keep_targets=KeepTargets.IF_SAME,
        complete=False,
        one_binary_per_slot=False,
        hide=source_repositories(run.home),
    )


def begin_preparing(run: Run, transport: Transport, steps: list[Step]) -> None:
    """Start the installation; what needs permission, cave leaves undone (FACTS 0.1)."""
    command = cave.install(preparing_resolution(run, steps))
    body = write_formats(run) + logged(command, title="install what is there already")
    start_stage(transport, remote_run(run), stage=f"preparing{run.attempt}", body=body)


def has_changed_host(run: Run, end: StageEnd) -> bool:
    """Whether anything was installed, so that the plan is no longer true; says how it went."""
    verdict = judge(end.events, end.exit, Purpose.EXECUTE)
    if verdict.outcome is Outcome.SUCCEEDED:
        note(run, f"Dependencies were installed from {run.home.name}, not compiled again.")
        return True
    note(
        run,
        f"Dependencies that are in {run.home.name} already could not all be installed from there"
        f" ({verdict.reason}), so they are compiled.",
        is_problem=True,
    )
    return verdict.outcome is Outcome.PARTIAL


def _pbins(run: Run, transport: Transport, stems: set[str]) -> dict[str, Pbin]:
    """What the pbins on the builder say, by `cat/pkg/pkg-version`."""
    token = run.uuid.hex
    command = READ.format(
        packages=shlex.quote(str(location_on(run.host, run.home) / "packages")),
        token=token,
        keys=" ".join(f"-e '/^{key}=/p'" for key in KEYS),
    )
    output = must(transport, command, stdin="".join(f"{stem}\n" for stem in sorted(stems)))
    return dict(_read(output, f"=={token} "))


def _read(output: str, heading: str) -> Iterator[tuple[str, Pbin]]:
    for block in output.split(heading)[1:]:
        stem, _, text = block.partition("\n")
        try:
            yield stem, parse_pbin(text)
        except ParseError:  # broken on the builder: then it is of no use here
            continue


def _is_same(step: Step, pbin: Pbin | None) -> bool:
    """Whether a pbin is what the step would make, as far as pbins tell (FACTS 1.3)."""
    if pbin is None or not step.options or pbin.get("SLOT") != step.slot:
        return False
    enabled = set(pbin.get("OPTIONS").split())
    return all(on == (name in enabled) for name, on in read_shown_options(step.options).items())


def _present(run: Run, transport: Transport, names: list[str]) -> set[str]:
    """Which of these tarballs the builder still has."""
    if not names:
        return set()
    command = PRESENT.format(distdir=shlex.quote(str(distdir_on(run.host, run.home))))
    return set(must(transport, command, stdin="".join(f"{n}\n" for n in names)).splitlines())


def _stem(step: Step) -> str:
    return f"{step.name}/{step.name.partition('/')[2]}-{step.version}"


def _tarball(pbin: Pbin) -> str:
    return pbin.get("BINARY_URI").rpartition("/")[2]
