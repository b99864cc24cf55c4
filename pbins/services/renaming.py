"""Old names of hosts and package sets lead to the new ones; repositories keep theirs for ever."""

from pbins.models import FormerName, Host, PackageSet


def note_former_host_name(host: Host) -> None:
    """Call before a host is saved that may have been given another name."""
    stored = Host.objects.filter(pk=host.pk).exclude(name=host.name).first()
    if stored is not None:
        FormerName.objects.filter(host__isnull=False, name=stored.name).delete()
        FormerName.objects.create(host=host, name=stored.name)


def note_former_set_name(package_set: PackageSet) -> None:
    """Call before a package set is saved that may have been given another name."""
    stored = PackageSet.objects.filter(pk=package_set.pk).exclude(name=package_set.name).first()
    if stored is not None:
        FormerName.objects.filter(package_set__isnull=False, name=stored.name).delete()
        FormerName.objects.create(package_set=package_set, name=stored.name)


def renamed_path(path: str) -> str | None:
    """Where `/hosts/OLD/…` or `/sets/OLD/…` is now; None where it is no old name."""
    noun, _, rest = path.strip("/").partition("/")
    name, _, below = rest.partition("/")
    new = _new_name(noun, name)
    if new is None or new == name:
        return None
    return f"/{noun}/{new}/{below}{'/' if below and path.endswith('/') else ''}"


def _new_name(noun: str, name: str) -> str | None:
    found = FormerName.objects.filter(name=name)
    if noun == "hosts":
        return found.filter(host__isnull=False).values_list("host__name", flat=True).first()
    if noun == "sets":
        sets = found.filter(package_set__isnull=False)
        return sets.values_list("package_set__name", flat=True).first()
    return None
