"""What the transcripts do not show, but FACTS.md says of a real cave."""

import hashlib
import http.server
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.cave.versions import version_key
from demo.furnishing import DESCRIPTIONS, furnish, git, make_source_repository
from tests.demo.conftest import Machine, make_builder

MAKE = "cave -c n resolve -x -1 -m binaries"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("source") / "arbor"
    make_source_repository(path, DESCRIPTIONS)
    return path


@pytest.fixture
def machine(tmp_path: Path, source: Path) -> Machine:
    """A builder, its waits left out."""
    furnish(tmp_path / "forge", source, pace=0)
    make_builder(tmp_path / "forge")
    return Machine(tmp_path / "forge", "pbins")


@dataclass
class Shop:
    """A builder's binaries served over HTTP, and a consumer that follows them."""

    builder: Machine
    consumer: Machine
    requests: list[tuple[str, str | None]]

    @property
    def tarball(self) -> Path:
        return next(self.builder.distfiles.glob("*.tar.bz2"))

    @property
    def fetched(self) -> Path:
        return self.consumer.distfiles / self.tarball.name


@pytest.fixture
def shop(machine: Machine, tmp_path: Path, source: Path) -> Iterator[Shop]:
    """With one package: virtual/mta."""
    requests: list[tuple[str, str | None]] = []

    class Ranges(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            requests.append((self.path, wanted))
            path = machine.distfiles / self.path.removeprefix("/dist/")
            if not path.is_file():
                self.send_error(404)
                return
            content, start = path.read_bytes(), int((wanted or "bytes=0-")[6:-1])
            self.send_response(206 if wanted else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start:])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base's name
            return

    assert machine.run(f"{MAKE} virtual/mta").exit == 0
    furnish(tmp_path / "web", source, pace=0)
    consumer = Machine(tmp_path / "web", "pbins")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Ranges) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        mirrors = f"pbins http://127.0.0.1:{server.server_port}/dist/\n"
        (machine.binaries / "metadata/mirrors.conf").write_text(mirrors)
        shutil.copytree(machine.binaries, consumer.binaries)
        (consumer.root / "etc/paludis/repositories/pbins.conf").write_text(
            f"format = e\nlocation = {consumer.binaries}\nimportance = 100\n"
        )
        yield Shop(machine, consumer, requests)
        server.shutdown()


INSTALL = "cave -c n resolve -x -1 virtual/mta"


def test_installs_a_binary_over_http_through_a_mirror(shop: Shop) -> None:
    assert shop.consumer.run(INSTALL).exit == 0
    assert shop.requests == [(f"/dist/{shop.tarball.name}", None)]
    assert shop.fetched.read_bytes() == shop.tarball.read_bytes()
    assert not list(shop.consumer.distfiles.glob("*-PARTIAL-"))
    assert (shop.consumer.root / "usr/share/virtual/mta").read_text() == "This is mta 0.\n"
    assert shop.consumer.run("cave has-version virtual/mta").exit == 0
    assert shop.consumer.run("cave print-ids -m '*/*::pbins->'").stdout.startswith("=virtual/mta-0")
    printed = shop.consumer.run("cave print-id-metadata =virtual/mta-0::installed")
    assert "REPOSITORIES=arbor pbins\n" in printed.stdout


def test_resumes_a_large_partial_download_and_restarts_a_small_one(shop: Shop) -> None:
    whole = bytes(range(256)) * 1000
    shop.tarball.write_bytes(whole)
    partial = shop.fetched.with_name(f"{shop.fetched.name}.-PARTIAL-")
    for size, wanted in ((200_000, "bytes=200000-"), (1000, None)):
        shop.fetched.unlink(missing_ok=True)
        partial.write_bytes(whole[:size])
        shop.consumer.run(INSTALL)
        assert shop.requests[-1][1] == wanted
        assert shop.fetched.read_bytes() == whole


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("", "ok"),
        ("DIST {name} {size} SHA256 {sha256}\n", "ok"),
        ("DIST {name} {size} SHA256 {sha256} SHA512 0\n", "failed SHA512"),
        ("DIST {name} {size} SHA256 0\n", "failed SHA256"),
        ("DIST {name} 1 SHA256 {sha256}\n", "incorrect size"),
        ("DIST {name} {size}\n", "no supported hashes in Manifest"),
        ("DIST other.tar.bz2 1 SHA256 0\n", "not in Manifest"),
    ],
)
def test_checks_the_manifest(shop: Shop, line: str, verdict: str) -> None:
    content = shop.tarball.read_bytes()
    text = line.format(
        name=shop.tarball.name, size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    (shop.consumer.binaries / "packages/virtual/mta/Manifest").write_text(text)
    ran = shop.consumer.run(INSTALL)
    assert f"Checking '{shop.tarball.name}'... {verdict}\n" in ran.stdout
    assert ran.exit == (0 if verdict == "ok" else 1)


def test_a_missing_tarball_is_no_installation(shop: Shop) -> None:
    shop.tarball.rename(shop.builder.distfiles / "elsewhere.tar.bz2")
    ran = shop.consumer.run(INSTALL)
    assert ran.exit == 1
    assert "ERROR 404" in ran.stdout
    assert "does not exist" in ran.stdout
    assert shop.consumer.run("cave has-version virtual/mta").exit == 1


CONF = "etc/paludis/repositories/pbins.conf"
TREE = "var/db/paludis/repositories/pbins"


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        (CONF, "binary_keywords_filter = amd64 ~amd64\n", "", "binary_keywords_filter"),
        (f"{TREE}/metadata/layout.conf", "arbor", "arborx", "requires repository 'arborx'"),
        (f"{TREE}/profiles/repo_name", "pbins\n", None, "generated name 'x-pbins'"),
        (f"{TREE}/metadata/categories.conf", "", None, "No categories file available"),
    ],
)
def test_says_what_is_wrong_with_a_repository(
    machine: Machine, path: str, old: str, new: str | None, words: str
) -> None:
    """FACTS 3.1."""
    file = machine.root / path
    if new is None:
        file.unlink()
    else:
        file.write_text(file.read_text().replace(old, new))
    ran = machine.run("cave print-ids -m '*/*::arbor'")
    assert words in ran.stderr
    assert ran.exit == (0 if "generated name" in words else 1)


def test_two_binary_destinations_are_one_too_many(machine: Machine) -> None:
    other = machine.root / "var/db/paludis/repositories/other"
    shutil.copytree(machine.binaries, other)
    (other / "profiles/repo_name").write_text("other\n")
    text = (machine.root / CONF).read_text().replace("repositories/pbins", "repositories/other")
    (machine.root / "etc/paludis/repositories/other.conf").write_text(text)
    ran = machine.run(f"{MAKE} virtual/mta")
    assert ran.exit == 1
    assert "don't know whether to install to ::other or to ::pbins" in ran.stderr


def test_the_callers_environment_is_in_the_tarball(machine: Machine) -> None:
    """FACTS 0.2."""
    assert machine.run(f"SECRET_TOKEN=hunter2 {MAKE} virtual/mta").exit == 0
    found = machine.run("tar xjOf var/cache/paludis/distfiles/*mta* PBIN/environment")
    assert 'SECRET_TOKEN="hunter2"' in found.stdout


CONFIRM = "--display-resolution-program '$CAVE print-resolution-required-confirmations'"


@pytest.mark.parametrize(
    ("prepare", "target", "kinds", "status", "permit"),
    [
        ("", "=dev-libs/jigsaw-1.9.4", "", 0, ""),
        (
            "dev-libs/jigsaw",
            "games-misc/retro",
            "dev-libs/jigsaw:0::(install_to_slash) downgrade\n",
            0,
            "-d '*/*'",
        ),
        (
            "",
            "'dev-libs/jigsaw[<2]'",
            "dev-libs/jigsaw:0::(install_to_slash) not_best\n",
            0,
            "-o dev-libs/jigsaw",
        ),
        ("", "dev-util/pi-only", "dev-util/pi-only:0::(install_to_slash) masked\n", 0, None),
        (
            "",
            "'dev-libs/regexlet[jit]'",
            "dev-libs/regexlet:0::(install_to_slash) changed_choices jit\n",
            3,
            None,
        ),
    ],
)
def test_needs_confirmations_and_does_nothing_without_them(
    machine: Machine, prepare: str, target: str, kinds: str, status: int, permit: str | None
) -> None:
    """FACTS 0.1 and 4.7: blocked on a permission, cave still exits 0."""
    if prepare:
        assert machine.run(f"cave resolve -x1 {prepare}").exit == 0
    before = machine.run("cave print-ids -m '*/*::/'").stdout
    asked = machine.run(f"cave -c n resolve -1 {CONFIRM} {target}")
    assert asked.stdout.partition("Executing")[0] == kinds
    ran = machine.run(f"cave -c n resolve -x -1 {target}")
    assert ran.exit == status
    assert (machine.run("cave print-ids -m '*/*::/'").stdout == before) is bool(kinds)
    if permit is not None:
        assert machine.run(f"cave resolve -x -1 {permit} {target}").exit == 0
        assert machine.run("cave print-ids -m '*/*::/'").stdout != before


@pytest.mark.parametrize(
    "targets", ["games-misc/retro dev-libs/jigsaw", "dev-libs/jigsaw games-misc/retro"]
)
def test_finds_a_version_that_every_wish_allows(machine: Machine, targets: str) -> None:
    assert machine.run(f"cave resolve -x1 {targets}").exit == 0
    installed = machine.run("cave print-ids -m 'dev-libs/jigsaw::/' -f %v").stdout
    assert installed == "1.9.4"


@pytest.mark.parametrize("target", ["cat/", "'cat/pkg['", "=virtual/mta", "'>=virtual/mta-x'"])
def test_refuses_what_is_no_package_spec(machine: Machine, target: str) -> None:
    ran = machine.run(f"cave resolve {target}")
    assert ran.exit == 1
    assert "(paludis::PackageDepSpecError)" in ran.stderr


def test_resume_executes_what_nobody_permitted(machine: Machine) -> None:
    """FACTS 0.1b."""
    machine.run("cave resolve -1 --resume-file /tmp/plan 'dev-libs/jigsaw[<2]'")
    assert machine.run("cave resume --resume-file /tmp/plan").exit == 0
    assert machine.run("cave has-version =dev-libs/jigsaw-1.9.4").exit == 0


def test_options_come_from_options_conf(machine: Machine) -> None:
    assert machine.run(f"{MAKE} dev-util/choosy").exit == 1
    options = machine.root / "etc/paludis/options.conf"
    options.write_text("dev-util/choosy engines: steam -diesel\n")
    assert machine.run(f"{MAKE} dev-util/choosy").exit == 0
    pbin = next((machine.binaries / "packages/dev-util/choosy").iterdir())
    assert 'OPTIONS="engines:steam "' in pbin.read_text()


def test_a_set_keeps_what_is_there_and_a_package_does_not(machine: Machine) -> None:
    """FACTS 4.3."""
    (machine.root / "etc/paludis/sets/portal.conf").write_text("* virtual/mta\n? dev-libs/nosuch\n")
    made = machine.binaries / "packages/virtual/mta/mta-0.pbin-1+exheres-0"
    rebuilt = []
    for target in ("portal", "portal", "virtual/mta", "-K never portal"):
        before = made.read_bytes() if made.exists() else b""
        assert machine.run(f"{MAKE} -M none {target}").exit == 0
        rebuilt.append(made.read_bytes() != before)
    assert rebuilt == [True, False, True, True]
    assert len(list(machine.distfiles.iterdir())) == 3


def test_adds_targets_to_world_unless_told_not_to(machine: Machine) -> None:
    machine.run("cave resolve -x -m binaries virtual/mta")
    machine.run(f"{MAKE} sys-libs/inkwell")
    assert (machine.root / "var/db/paludis/world").read_text() == "virtual/mta\n"


def test_hides_the_source_when_asked(machine: Machine) -> None:
    assert machine.run("cave resolve -H '*/*::arbor' virtual/mta").exit == 1
    machine.run(f"{MAKE} virtual/mta")
    assert (
        "virtual/mta:0::pbins"
        in machine.run(
            "cave resolve --show-option-descriptions all -H '*/*::arbor' virtual/mta"
        ).stdout
    )


def test_one_binary_per_slot_deletes_the_older_pbin(machine: Machine) -> None:
    for version in ("1.2.13", "1.3.1"):
        ran = machine.run(f"{MAKE} --one-binary-per-slot =sys-libs/squeeze-{version}")
        assert ran.exit == 0
    assert "Deleting pbin " in ran.stdout
    left = [path.name for path in (machine.binaries / "packages/sys-libs/squeeze").iterdir()]
    assert left == ["squeeze-1.3.1.pbin-1+exheres-0"]


def test_prints_markers_instead_of_its_own_words(machine: Machine) -> None:
    """FACTS 4.1; an empty one falls back to the default."""
    formats = machine.root / "tmp/formats.conf"
    formats.write_text(
        '[execute-resolution]\nstarting_action.2 = "@@START|%x|%a|%i|%r@@\\n"\n'
        'failed_action.1 = "@@FAILED|%a|%i|%r@@\\n"\ndone_action.1 = ""\n'
        '[perform]\nx_of_y_title.1 = " \\n"\n'
    )
    ran = machine.run(f"CAVE_FORMATS_CONF=/tmp/formats.conf {MAKE} dev-util/broken")
    lines = ran.stdout.splitlines()
    action = "create binary in ::pbins|dev-util/broken-1:0::arbor"
    assert f"@@START|1 of 1|{action}|@@" in lines
    assert f"@@FAILED|{action}|@@" in lines
    assert "Done fetch for dev-util/broken-1:0::arbor" in lines


def test_skips_phases(machine: Machine) -> None:
    arbor = machine.root / "var/db/paludis/repositories/arbor/packages"
    (arbor / "virtual/mta/mta-0.conf").write_text("platforms = amd64\nfails_at = test\n")
    assert machine.run(f"{MAKE} virtual/mta").exit == 1
    assert machine.run(f"{MAKE} --skip-phase test virtual/mta").exit == 0


def test_a_failed_action_leaves_its_log(machine: Machine) -> None:
    ran = machine.run(f"{MAKE} dev-util/broken")
    named = next(line for line in ran.stdout.splitlines() if "Output log: " in line)
    log = Path(named.partition("Output log: ")[2])
    assert log.name.endswith("-install-dev-util_broken-1:0::arbor.out")
    assert "broken.c:1:1: error: expected declaration" in log.read_text()
    assert list(log.parent.iterdir()) == [log]


def test_a_branch_main_syncs_once_and_then_never_again(machine: Machine, tmp_path: Path) -> None:
    """FACTS 7."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet", "--initial-branch=main")
    for name, text in {"profiles/repo_name": "other\n", "metadata/categories.conf": ""}.items():
        (other / name).parent.mkdir()
        (other / name).write_text(text)
    git(other, "add", "--all")
    git(other, "commit", "--quiet", "--message=Begin")
    conf = machine.root / "etc/paludis/repositories/other.conf"
    conf.write_text(f"format = e\nlocation = /var/db/other\nsync = git+file://{other}\n")
    assert machine.run("cave sync").exit == 0
    assert machine.run("cave sync other").exit == 1
    conf.write_text(f"{conf.read_text()}sync_options = --branch=main\n")
    assert machine.run("cave sync other").exit == 0


def test_sync_takes_over_what_changed_at_the_source(
    machine: Machine, source: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "arbor-copy"
    git(source, "clone", "--quiet", str(source), str(copy))
    conf = machine.root / "etc/paludis/repositories/arbor.conf"
    conf.write_text(conf.read_text().replace(str(source), str(copy)))
    (copy / "packages/virtual/mta/mta-1.conf").write_text("platforms = amd64\n")
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message=Newer")
    (machine.root / "var/db/paludis/repositories/arbor/packages/virtual/mta/mta-0.conf").unlink()
    assert machine.run("cave sync arbor").exit == 0
    found = machine.run("cave print-ids -m 'virtual/mta::arbor' -f '%v '").stdout
    assert found == "0 1 "


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("1", "1-r1"),
        ("1_rc2", "1"),
        ("1", "1_p1"),
        ("1.9", "1.10"),
        ("1.01", "1.1"),
        ("1a", "1.0"),
        ("1-r1", "1-r1.1"),
        ("20260101", "scm"),
        ("4.3_rc2", "4.3"),
    ],
)
def test_versions_are_in_order(smaller: str, larger: str) -> None:
    assert version_key(smaller) < version_key(larger)


def test_versions_may_be_spelled_in_several_ways() -> None:
    assert version_key("1") == version_key("1-r0") == version_key("1-r")
    assert version_key("1.010") == version_key("1.01")
