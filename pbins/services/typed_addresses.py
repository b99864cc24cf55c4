"""What people type for a package, and where that is: `=cat/pkg-1.2`, `cat/pkg::repo`, `Cat/PKG`."""

from dataclasses import dataclass

from pbins.models import Entry, Package
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId, QualifiedPackageName
from pbins.paludis.specs import PackageSpec
from pbins.paludis.versions import Version


@dataclass(frozen=True, slots=True)
class Address:
    """A package, or where ``entry`` is one of its versions."""

    name: str
    entry: Entry | None = None

    @property
    def names(self) -> list[str]:
        """What the address of the page is made of."""
        category, _, package = self.name.partition("/")
        if self.entry is None:
            return [category, package]
        channel = self.entry.channel
        return [channel.repository.name, channel.name, category, package, self.entry.version]

    @property
    def url_name(self) -> str:
        return "package_page" if self.entry is None else "version_page"


def address_of(text: str) -> Address | None:
    """Where what was typed is shown; None where it names nothing that is or was here."""
    for read in (_version, _package):
        try:
            found = read(text)
        except ParseError:  # it is not written like that
            continue
        if found is not None:
            return found
    return None


def version_address(name: str, version: str, repository: str = "") -> Address | None:
    """The version in the channel that hosts are most likely given it from."""
    try:
        key = Version(version).sort_key
    except ParseError:
        return None
    known = _known(name)
    if known is None:
        return None
    category, _, package = known.partition("/")
    held = Entry.objects.of_package(category, package).filter(version_key=key)
    if repository:
        held = held.filter(channel__repository__name=repository)
    ordered = held.select_related("channel__repository").order_by("withheld", "channel_id")
    entry = ordered.first()
    return Address(known, entry) if entry else None


def _version(text: str) -> Address | None:
    """`cat/pkg-1.2:0::repository`, with or without a `=` in front; else its package."""
    one = PackageId.parse(text)
    name = str(one.name)
    found = version_address(name, one.version.text, str(one.repository or ""))
    return found or _package(name)


def _package(text: str) -> Address | None:
    """`cat/pkg:2`, `>=cat/pkg-1.2[doc]`: whatever cave would take for the package."""
    known = _known(str(PackageSpec.parse(text).name))
    return Address(known) if known else None


def _known(name: str) -> str | None:
    """The package as it is really written; Paludis minds capitals, people do not."""
    exact = QualifiedPackageName(name)
    rows = Package.objects.filter(name__iexact=exact).values_list("name", flat=True)
    names = list(rows[:10])
    return str(exact) if exact in names else next(iter(names), None)
