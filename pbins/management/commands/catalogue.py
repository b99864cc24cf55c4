"""``manage.py catalogue``: what there is, searched and listed; import and allow add to it."""

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import CommandParser

from pbins.management.catalogue_lists import add_list_arguments, listed, read_sources_of
from pbins.management.catalogue_search import add_search_arguments, found
from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.finding import channel_named, host_named, repository_named
from pbins.management.importing import left_out, report_lines, report_shape
from pbins.models import DEFAULT_CHANNEL, Channel, Entry, Host
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId
from pbins.services.allowing import allow
from pbins.services.browsing import entry_at
from pbins.services.errors import Refused
from pbins.services.reindexing import reindex
from pbins.services.retaking import take_entry_again
from pbins.services.taking_in import add_import_of_directory, take_in


class Command(DoorCommand):
    help = "The catalogue: search it, import what a repository holds, allow what was withheld."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        taking = verbs.add_parser("import", help="the same as: repository import --directory")
        taking.add_argument("repository", metavar="REPOSITORY")
        taking.add_argument("path", metavar="PATH", type=Path, help="its directory, or a .tar.xz")
        taking.add_argument(
            "--distfiles", metavar="DIR", type=Path, help="the directory of its tarballs"
        )
        add_act(taking, self.take)
        allowing = verbs.add_parser(
            "allow", help="give hosts what was withheld for a secret that is none"
        )
        allowing.add_argument("repository", metavar="REPOSITORY")
        allowing.add_argument("package", metavar="CAT/PKG-VERSION")
        allowing.add_argument("--channel", default=DEFAULT_CHANNEL, metavar="CHANNEL")
        add_act(allowing, self.allow)
        again = verbs.add_parser(
            "take-again", help="take the tarball of what was withheld for it alone, and give it"
        )
        again.add_argument("repository", metavar="REPOSITORY")
        again.add_argument("package", metavar="CAT/PKG-VERSION")
        again.add_argument("--channel", default=DEFAULT_CHANNEL, metavar="CHANNEL")
        add_act(again, self.take_again)
        listing = verbs.add_parser("list", help="packages, filtered as on their page")
        add_search_arguments(listing, with_words=False)
        add_act(listing, self.search)
        searching = verbs.add_parser("search", help="packages by name, texts, file or library")
        add_search_arguments(searching, with_words=True)
        add_act(searching, self.search)
        reindexing = verbs.add_parser("reindex", help="make all that is searched by anew")
        add_act(reindexing, self.reindex)
        lists = verbs.add_parser("lists", help="what deserves a look: unneeded, lagging, …")
        add_list_arguments(lists)
        add_act(lists, self.lists)
        sources = verbs.add_parser("sources", help="ask builders what could be built")
        sources.add_argument("hosts", nargs="*", metavar="HOST", help="all builders unless named")
        add_act(sources, self.sources)

    def allow(self, chosen: Namespace) -> Outcome:
        channel = channel_named(repository_named(chosen.repository), chosen.channel)
        publication = allow(entry=_entry(channel, chosen.package), asked_by=None)
        lines = [f"{chosen.package} is given to hosts, publication {publication.pk}"]
        self.answer(chosen, {"publication": publication.pk}, lines)
        return Outcome.WORKED

    def take_again(self, chosen: Namespace) -> Outcome:
        channel = channel_named(repository_named(chosen.repository), chosen.channel)
        source = take_entry_again(entry=_entry(channel, chosen.package), asked_by=None)
        line = f"{chosen.package} is given to hosts; its tarball came from {source}"
        self.answer(chosen, {"source": source}, [line])
        return Outcome.WORKED

    def search(self, chosen: Namespace) -> Outcome:
        self.answer(chosen, *found(chosen))
        return Outcome.WORKED

    def reindex(self, chosen: Namespace) -> Outcome:
        made = reindex(tell=self.complain)
        line = f"{made.packages} packages, {made.entries} entries, {made.listings} lists of files"
        self.answer(chosen, asdict(made), [f"{line}, {made.installed} installed versions"])
        return Outcome.WORKED

    def lists(self, chosen: Namespace) -> Outcome:
        self.answer(chosen, *listed(chosen))
        return Outcome.WORKED

    def sources(self, chosen: Namespace) -> Outcome:
        hosts = [host_named(name) for name in chosen.hosts] or list(Host.objects.builders())
        read = read_sources_of(hosts)
        shape = {
            host: {"versions": done.counts, "troubles": list(done.troubles)}
            for host, done in read.items()
        }
        self.answer(chosen, shape, [f"{host}: {done}" for host, done in read.items()])
        return Outcome.FAILED if any(done.troubles for done in read.values()) else Outcome.WORKED

    def take(self, chosen: Namespace) -> Outcome:
        distfiles = chosen.distfiles
        taking = add_import_of_directory(
            repository=repository_named(chosen.repository),
            directory=chosen.path,
            tarballs=str(distfiles.absolute()) if distfiles else "",
        )
        report = take_in(taking, say=self.complain)
        self.answer(chosen, report_shape(report), report_lines(report))
        return Outcome.WORKED if not left_out(report) else Outcome.FAILED


def _entry(channel: Channel, text: str) -> Entry:
    try:
        named = PackageId.parse(text)
    except ParseError as error:
        raise Refused(f"{text}: {error.reason}") from error
    entry = entry_at(channel, named.name.category, named.name.package, named.version)
    if entry is None:
        raise Refused(f"{channel} does not hold {text}.")
    return entry
