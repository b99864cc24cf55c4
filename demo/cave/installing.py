"""Putting a package onto the host: unpack or build, merge, record (FACTS 2.2)."""

import os
import shutil
import tarfile
import time
from pathlib import Path

from demo.cave.choices import enabled_options
from demo.cave.configuration import Configuration
from demo.cave.fetching import verify
from demo.cave.host import Host
from demo.cave.image import files_of, merged_paths, read_tarball
from demo.cave.manifest import tarball_of
from demo.cave.packages import Package
from demo.cave.phases import PhaseError, Phases
from demo.cave.screen import Screen

RECORDED = (
    "SUMMARY",
    "DESCRIPTION",
    "HOMEPAGE",
    "LICENCES",
    "SLOT",
    "DEPENDENCIES",
    "MYOPTIONS",
    "GENERATED_TIME",
)
Files = dict[str, tuple[bytes, int]]


def install(
    configuration: Configuration,
    package: Package,
    replacing: list[Package],
    host: Host,
    screen: Screen,
) -> bool:
    """Merge `package` into the root in place of `replacing`; False when it failed."""
    if package.kind == "binary" and not verify(configuration, package, screen):
        return False
    phases = Phases(package, host, screen)
    try:
        phases.kill_old()
        phases.start()
        files = _unpacked(configuration, package, phases)
    except PhaseError:
        return False
    record = _record(configuration, package, files, screen)
    try:
        _merge(configuration.root, files, host, screen)
    except OSError as error:
        shutil.rmtree(record)
        screen.complain(f"Error merging to '/': {error.strerror}\n")
        return False
    for old in replacing:
        _unmerge(configuration.root, old, files, screen)
    phases.run("loadenv postinst saveenv", _around("pkg_postinst"), "root:root")
    phases.tidy_up()
    return True


def _unpacked(configuration: Configuration, package: Package, phases: Phases) -> Files:
    tarball = tarball_of(configuration, package)
    if tarball is None:
        phases.build()
        return files_of(package)
    files: Files = {}

    def pivot() -> None:
        phases.screen.phase("Extracting package environment")
        try:
            files.update(read_tarball(tarball))
        except (OSError, EOFError, tarfile.TarError) as error:
            phases.die("builtin_pivotbin", "Couldn't extract env", f"tar: {error}")
        phases.screen.print("PBIN/environment\r\n")
        phases.screen.phase("Switching to package environment")
        phases.screen.phase("Continuing using package environment")

    phases.screen.complain(f"tar jxvf {tarball} --strip-components 1 PBIN/environment\n")
    setup = ["builtin_loadenv", "builtin_pivotbin", "pkg_setup", "builtin_saveenv"]
    phases.run("loadenv pivotbin setup saveenv", setup, "root:root", pivot)
    paths = [f"{path}/" if directory else path for path, directory in merged_paths(files)]
    phases.run(
        "loadenv installbin saveenv",
        _around("builtin_installbin"),
        "root:root",
        lambda: phases.screen.print("".join(f"{path}\r\n" for path in paths)),
    )
    phases.run("loadenv preinst saveenv", _around("pkg_preinst"), "root:root")
    return files


def _around(function: str) -> list[str]:
    return ["builtin_loadenv", function, "builtin_saveenv"]


def _record(configuration: Configuration, package: Package, files: Files, screen: Screen) -> Path:
    """What `cave` will say is installed: one directory per version."""
    now = time.time_ns()
    cookie = f"C.{os.getpid()}.{now // 10**9}.{now % 10**9 // 1000}.C"
    directory = configuration.installed_location / "data" / package.name.replace("/", "---")
    record = directory / f"{package.version}:{package.slot}:{cookie}"
    screen.print(">>> Checking whether we can merge to / ......\n")
    screen.phase(f"Writing VDB entry to '{record}'...")
    screen.phase("Writing VDB entry keys ...")
    screen.phase("Generating saved ebuild and environment...")
    record.mkdir(parents=True)
    (record / "contents").write_text("".join(f"{path}\n" for path in files))
    keys = {key: package.keys[key] for key in RECORDED if key in package.keys}
    keys["OPTIONS"] = " ".join(sorted(enabled_options(configuration, package)))
    keys["REPOSITORIES"] = _repositories(package)
    lines = [f"{key} = {value}".replace("\n", "\\n") for key, value in keys.items()]
    (record / "keys").write_text("\n".join(lines) + "\n", encoding="utf-8")
    screen.phase("Finished writing VDB entry")
    return record


def _repositories(package: Package) -> str:
    generated_from = package.keys.get("GENERATED_FROM_REPOSITORY")
    return f"{generated_from} {package.repository}" if generated_from else package.repository


def _merge(root: Path, files: Files, host: Host, screen: Screen) -> None:
    screen.print(">>> Merging to /\n")
    for path, is_directory in merged_paths(files):
        target = root / path
        if is_directory:
            mark = "=>>" if target.is_dir() else ">->"
            target.mkdir(exist_ok=True)
            screen.print(f"{mark} [dir] /{path}\n")
            continue
        host.check_disk()
        content, mode = files[path]
        screen.print(f"{'<->' if target.exists() else '>->'} [obj] /{path}\n")
        beside = target.with_name(f".{target.name}.merging")
        beside.write_bytes(content)
        beside.chmod(mode)
        beside.replace(target)


def _unmerge(root: Path, old: Package, kept: Files, screen: Screen) -> None:
    """Remove the files of `old` that are not among `kept`, and directories left empty."""
    keep = {path for path, _ in merged_paths(kept)}
    files = (old.path / "contents").read_text().splitlines()
    paths = merged_paths(dict.fromkeys(files, (b"", 0)))
    for phase in ("killold", "prerm"):
        screen.print(f"--- No need to do anything for {phase} phase\n")
    for path, is_directory in sorted(paths, reverse=True):
        target = root / path
        if path in keep or (is_directory and any(target.iterdir())):
            screen.print(f"--- [ignor] /{path}\n")
        elif is_directory:
            target.rmdir()
            screen.print(f"<<< [dir] /{path}\n")
        else:
            target.unlink(missing_ok=True)
            screen.print(f"<<< [obj] /{path}\n")
    for phase in ("postrm", "tidyup"):
        screen.print(f"--- No need to do anything for {phase} phase\n")
    shutil.rmtree(old.path)
