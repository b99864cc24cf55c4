"""Making a binary: tarball first, then the pbin (FACTS 1 and 2)."""

import os
import time
from pathlib import Path

from demo.cave.choices import enabled_options
from demo.cave.configuration import Configuration
from demo.cave.host import Host
from demo.cave.image import files_of, merged_paths, write_tarball
from demo.cave.packages import PBIN_SUFFIX, Package
from demo.cave.phases import PhaseError, Phases
from demo.cave.repositories import Repository
from demo.cave.screen import PHASE, Screen

EMPTY = ("ASFLAGS", "CBUILD", "CC", "CFLAGS", "CHOST", "CTARGET", "CXX", "CXXFLAGS", "LDFLAGS")
CHOST = "x86_64-pc-linux-gnu"


def build_binary(
    configuration: Configuration,
    package: Package,
    replacing: list[Package],
    host: Host,
    screen: Screen,
) -> bool:
    """Build `package` and put it into the binary repository; False when it failed."""
    repository = configuration.destination_for_binaries()
    phases = Phases(package, host, screen)
    try:
        phases.kill_old()
        phases.start()
        phases.build()
        tarball = _merge_to_tarball(configuration, package, repository, host, screen)
        _write_pbin(configuration, package, repository, tarball, screen)
    except PhaseError:
        return False
    except OSError as error:
        screen.complain(f"Error merging to tarball: {error.strerror}\n")
        return False
    _delete_replaced(package, replacing, screen)
    _delete_cache(configuration, package, repository, replacing, screen)
    repository.add_category(package.category)
    phases.skip("postinst")
    phases.tidy_up()
    return True


def _merge_to_tarball(
    configuration: Configuration,
    package: Package,
    repository: Repository,
    host: Host,
    screen: Screen,
) -> Path:
    files = files_of(package)
    _say_stripping(configuration, package, files, screen)
    # The name is made twice, as merge() is called twice; the first is never used (FACTS 2.1).
    stem = f"{repository.name}--{package.category}--{package.package}-{package.version}"
    checked, plain = (repository.binary_distdir / f"{stem}--{_cookie()}.tar" for _ in "12")
    screen.print(f">>> Checking whether we can merge to tarball {checked} ......\n")
    screen.print(f">>> Creating {plain}\n")
    for path, is_directory in merged_paths(files):
        screen.print(f">>> [{'dir' if is_directory else 'obj'}] /{path}\n")
    screen.print(">>> [obj] /PBIN/environment\n")
    return write_tarball(files, plain, host)


def _say_stripping(
    configuration: Configuration,
    package: Package,
    files: dict[str, tuple[bytes, int]],
    screen: Screen,
) -> None:
    name = f"{package.category}-{package.package}-{package.version}"
    build = configuration.locate("/var/tmp/paludis/build")
    screen.print(f">>> Stripping inside {build}/{name}/image\n")
    for path in files:
        if "/bin/" in path:
            screen.print(f"--- /{path}\n")
    screen.print("--- No need to do anything for preinst phase\n")


def _cookie() -> str:
    now = time.time_ns()
    return f"C.{os.getpid()}.{now // 10**9}.{now % 10**9 // 1000}.C"


def _write_pbin(
    configuration: Configuration,
    package: Package,
    repository: Repository,
    tarball: Path,
    screen: Screen,
) -> None:
    directory = repository.location / "packages" / package.name
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{package.package}-{package.version}{PBIN_SUFFIX}"
    text = _pbin_text(configuration, package, repository, tarball)
    screen.say(f"{PHASE}Loading saved environment...\n")
    screen.say(f"{PHASE}Writing binary ebuild to '{path}'...\n")
    screen.say("".join(f"        {line}\n" for line in text.splitlines()))
    path.write_text(text, encoding="utf-8")
    screen.say(f"{PHASE}Finished writing binary\n")


def _pbin_text(
    configuration: Configuration, package: Package, repository: Repository, tarball: Path
) -> str:
    keys, now = package.keys, time.time()
    defined = f"[[ defined-in = [ {package.package}-{package.version}.exheres-0 ] ]]"
    dependencies = f"{keys.get('DEPENDENCIES', '')} ".lstrip()
    myoptions = keys.get("MYOPTIONS", "")
    accepted = repository.keys.get("binary_keywords_filter", "").split()
    platforms = " ".join(each for each in package.platforms if each in accepted)
    enabled = sorted(enabled_options(configuration, package))
    lines = [
        ("CHOST", CHOST),
        ("DEPENDENCIES", f"( {dependencies}) {defined}"),
        ("DESCRIPTION", " ".join(keys.get("DESCRIPTION", "").split())),
        ("EAPI", "pbin-1+exheres-0"),
        ("HOMEPAGE", keys.get("HOMEPAGE", "")),
        ("INHERITED", ""),
        ("MYOPTIONS", f"( ( {myoptions} ) {defined} ) " if myoptions else "( ) "),
        ("PLATFORMS", " ".join(package.platforms)),
        ("LICENCES", keys.get("LICENCES", "")),
        ("SLOT", package.slot),
        ("DOWNLOADS", keys.get("DOWNLOADS", "")),
        ("OPTIONS", "".join(f"{option} " for option in enabled)),
        ("GENERATED_USING", "paludis-3.0.1"),
        ("GENERATED_TIME", str(int(now))),
        ("SUBOPTIONS", "LINGUAS"),
        ("HIDDEN_SUBOPTIONS", ""),
        *((name, CHOST if name in ("CBUILD", "CHOST") else "") for name in EMPTY),
        ("LIBCXXFLAGS", ""),
        ("GENERATED_FROM_REPOSITORY", package.repository),
        ("PLATFORMS", " ".join(package.platforms)),
        ("BINARY_PLATFORMS", platforms),
        ("BINARY_URI", repository.keys.get("binary_uri_prefix", "") + tarball.name),
        ("SUMMARY", keys.get("SUMMARY", "")),
        ("BUGS_TO", ""),
        ("REMOTE_IDS", keys.get("REMOTE_IDS", "")),
        ("UPSTREAM_CHANGELOG", ""),
        ("UPSTREAM_RELEASE_NOTES", ""),
        ("UPSTREAM_DOCUMENTATION", ""),
        ("SCM_REVISION", ""),
    ]
    date = time.strftime("%a %b %e %H:%M:%S UTC %Y", time.gmtime(now))
    first = f"# Created by paludis-3.0.1 on {date}\n"
    return first + "".join(f'{name}="{_escape(value)}"\n' for name, value in lines)


def _escape(value: str) -> str:
    """Only these three; a backtick is not escaped (FACTS 1.2)."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")


def _delete_replaced(package: Package, replacing: list[Package], screen: Screen) -> None:
    for old in replacing:
        if old.version != package.version:
            screen.print(f"Deleting pbin {old.path}\n")
            old.path.unlink()


def _delete_cache(
    configuration: Configuration,
    package: Package,
    repository: Repository,
    replacing: list[Package],
    screen: Screen,
) -> None:
    if any(each.version == package.version for each in replacing):
        cache = configuration.locate("/var/cache/paludis/metadata") / repository.name
        screen.print(f"Deleting cache file {cache}/{package.name}-{package.version}\n")
