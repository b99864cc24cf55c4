"""Provisioning: what the manual recipe does by hand on builders and consumers, over SSH.

Everything is compared first and shown as a difference; what is written last is the configuration,
after which cave must still work, or it is put back (FACTS 3.1: a wrong one breaks all of cave).
"""

import shlex
from collections.abc import Callable, Iterable, Mapping

from pbins.models import Channel, Host, Repository, Subscription
from pbins.paludis import cave
from pbins.paludis.config import parse_conf
from pbins.paludis.errors import ParseError
from pbins.services.drafts import Draft, draft, draft_unless_there, must, undo, write
from pbins.services.installing import forget_installed_on
from pbins.services.layouts import (
    CONFIGURATION,
    builder_conf,
    configuration_on,
    consumer_conf,
    distdir_on,
    first_files,
    git_url,
    location_on,
    without_password,
)
from pbins.services.remote import NO_CAVE, HostTrouble, searching
from pbins.services.set_files import draft_sets, write_sets
from pbins.transport.contract import Transport

Say = Callable[[str], None]
GENERATED_BY_CAVE = {"metadata/categories.conf"}
READ_CONFIGURATION = """\
cd {directory} 2>/dev/null || exit 0
for file in *.conf; do
    [ -f "$file" ] && printf '\\n\\001%s\\n' "$file" && cat "$file"
done
exit 0
"""
REDUCED_GROUP = """\
reduced='s/^[[:space:]]*reduced_username[[:space:]]*=[[:space:]]*//p'
name=$(sed -n "$reduced" {general} 2>/dev/null | tail -n 1)
id -gn "${{name:-paludisbuild}}" 2>/dev/null || id -gn
"""
DISTDIR = "umask 022; mkdir -p {path} && chgrp {group} {path} && chmod 2775 {path}"


def provision_builder(
    *, host: Host, repository: Repository, transport: Transport, say: Say, dry_run: bool
) -> None:
    """Skeleton, distdir and configuration of a binary destination. Raises HostTrouble."""
    check_masters(transport, repository)
    _check_only_destination(transport, host, repository)
    location = location_on(host, repository)
    drafts = [
        (draft_unless_there if name in GENERATED_BY_CAVE else draft)(
            transport, f"{location}/{name}", content.decode()
        )
        for name, content in sorted(first_files(repository).items())
    ]
    configuration = draft(
        transport, str(configuration_on(host, repository)), builder_conf(host, repository)
    )
    _show([*drafts, configuration], say)
    distdir = shlex.quote(str(distdir_on(host, repository)))
    group = must(
        transport,
        REDUCED_GROUP.format(general=shlex.quote(f"{host.prefix}/etc/paludis/general.conf")),
    ).strip()
    say(f"{distdir}: a directory that group {group} may write to")
    if dry_run:
        return
    must(transport, DISTDIR.format(path=distdir, group=shlex.quote(group)))
    for drafted in drafts:
        if drafted.is_new:
            write(transport, drafted)
    _write_configuration(transport, repository, configuration)


def provision_consumer(
    *, host: Host, channel: Channel, transport: Transport, say: Say, dry_run: bool
) -> None:
    """Configuration and the first clone, which cave can't make (FACTS 3.1). Raises HostTrouble."""
    repository = channel.repository
    check_masters(transport, repository)
    location = location_on(host, repository)
    configuration = draft(
        transport, str(configuration_on(host, repository)), consumer_conf(location, channel)
    )
    sets = draft_sets(host=host, repository=repository, transport=transport)
    _show([configuration], say)
    for difference in sets.differences:
        say(difference)
    present = must(transport, _clone_state(str(location))).strip()
    if present == "other":
        raise HostTrouble(
            f"{location} is in the way on this host: it is no whole git clone. Move it aside, then"
            " provision again."
        )
    say(f"{location}: {'cloned already' if present == 'clone' else 'is cloned'}")
    if dry_run:
        return
    _clone(transport, str(location), channel, present=present == "clone")
    _write_configuration(transport, repository, configuration)
    others = Subscription.objects.filter(host=host, channel__repository=repository)
    for subscription in others.exclude(channel=channel).select_related("channel"):
        forget_installed_on(subscription)
        subscription.delete()
    Subscription.objects.get_or_create(host=host, channel=channel)
    write_sets(host=host, files=sets, transport=transport)


def check_masters(transport: Transport, repository: Repository) -> None:
    """A missing master makes all of cave unusable (FACTS 3.1), so it is looked for first."""
    configured = set(configured_repositories(transport))
    missing = [name for name in repository.master_names if name not in configured]
    if missing:
        raise HostTrouble(
            f"The source repository {', '.join(missing)} is not configured on this host (it has"
            f" {', '.join(sorted(configured)) or 'none'}), but {repository.name} is based on it."
            " Configure and sync it there first; nothing was changed."
        )


def configurations(transport: Transport, host: Host) -> Mapping[str, dict[str, str]]:
    """The host's repository configurations by file name; {} for one that can't be read."""
    directory = shlex.quote(f"{host.prefix}{CONFIGURATION}")
    output = must(transport, READ_CONFIGURATION.format(directory=directory))
    found: dict[str, dict[str, str]] = {}
    for block in output.split("\n\x01")[1:]:
        name, _, text = block.partition("\n")
        try:
            found[name] = parse_conf(text)
        except ParseError:  # the host's own business; cave tells whether it can be used
            found[name] = {}
    return found


def _check_only_destination(transport: Transport, host: Host, repository: Repository) -> None:
    """Two destinations and cave no longer knows where to put a binary (FACTS 0.7)."""
    ours = configuration_on(host, repository).name
    for name, values in configurations(transport, host).items():
        if name != ours and values.get("binary_destination") == "true":
            raise HostTrouble(
                f"{host.name} already builds into another binary repository ({CONFIGURATION}/{name}"
                " says binary_destination = true) and cave accepts only one. Use another builder,"
                " or remove that one; nothing was changed."
            )


def _show(drafts: Iterable[Draft], say: Say) -> None:
    for drafted in drafts:
        say(drafted.difference if drafted.is_new else f"{drafted.path}: as it should be")


def _write_configuration(transport: Transport, repository: Repository, drafted: Draft) -> None:
    """Write it, and take it back if cave does not work with it."""
    if drafted.is_new:
        write(transport, drafted)
    try:
        configured = configured_repositories(transport)
    except HostTrouble:
        undo(transport, drafted)
        raise
    if repository.name not in configured:
        undo(transport, drafted)
        raise HostTrouble(
            f"With {drafted.path} written, cave still does not list {repository.name}; the file was"
            " taken back. Does the host keep its configuration elsewhere?"
        )


def configured_repositories(transport: Transport) -> list[str]:
    command = searching(cave.in_shell(cave.print_repositories()))
    done = transport.run(command, timeout=300)
    if done.exit == 127:
        raise HostTrouble(NO_CAVE)
    if done.exit != 0:
        said = done.stderr.decode(errors="replace").strip()[-2000:]
        raise HostTrouble(f"cave does not work on this host; it says: {said}")
    lines = done.stdout.decode(errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _clone_state(location: str) -> str:
    """Shell text that prints clone, other or nothing; half a clone is something other."""
    path = shlex.quote(location)
    head = f"git -c safe.directory={path} -C {path} rev-parse --quiet --verify HEAD"
    return searching(
        f"if [ -d {path}/.git ] && {head} >/dev/null; then echo clone;"
        f' elif [ -n "$(ls -A {path} 2>/dev/null)" ]; then echo other; fi'
    )


def _clone(transport: Transport, location: str, channel: Channel, *, present: bool) -> None:
    path, new = shlex.quote(location), shlex.quote(f"{location}.new")
    url = shlex.quote(git_url(channel.repository))
    branch = shlex.quote(channel.name)
    git = f"git -c safe.directory={path}"
    if present:
        command = f"{git} -C {path} remote set-url origin {url}"
    else:
        # Beside it first: a clone that is cut must not look like one that is whole.
        command = (
            f'umask 022; mkdir -p "$(dirname {path})" && rm -rf {new}'
            f" && git clone --quiet --branch {branch} {url} {new}"
            f" && {{ [ ! -d {path} ] || rmdir {path}; }} && mv {new} {path}"
        )
    try:
        must(transport, searching(command), timeout=600)
    except HostTrouble as trouble:
        raise HostTrouble(
            f"The repository could not be cloned from"
            f" {without_password(git_url(channel.repository))}. Can the host"
            f" reach the portal under PBINS_BASE_URL? {without_password(str(trouble))}"
        ) from trouble
