"""What may stand behind the ? of an address: searches, filters, pages, and what is compared."""

from collections.abc import Iterable, Mapping

from pbins.models import Channel, Entry

WORDS = (
    *(
        "zlib",
        "lib",
        "x",
        "python",
        "dev-libs",
        "compression library",
        "test/lib",
        "nothing-at-all",
    ),
    *("the", "server database", "/usr/bin/sample1", "libsample1.so.1"),
)
Query = Mapping[str, str]


def queries() -> Mapping[str, Iterable[Query]]:
    """By the name of the pattern."""
    searched = _searched()
    return {
        "catalogue": searched,
        "catalogue_json": searched,
        "comparison": [*_channels()],
        "comparison_json": [*_channels()],
        "version_comparison": [*_versions()],
        "version_comparison_json": [*_versions()],
        "hosts": [{"role": "builder"}, {"state": "ready"}, {"tag": "berlin"}, {"q": "1"}],
        "runs": [{"state": "bad"}, {"kind": "build"}, {"repository": "pbins"}, {"page": "3"}],
        "run_search": [{"text": "file7.c"}],
        "run_log_search": [{"q": "file199"}],
        "set_complete": [{"q": word} for word in WORDS],
        "distfiles": [{"q": "libs"}],
    }


def _searched() -> list[Query]:
    first = Entry.objects.earliest("pk")
    return [
        *({"q": words} for words in WORDS),
        {"category": first.category},
        {"repository": "laptops"},
        {"order": "newest"},
        {"page": "40"},
    ]


def _channels() -> Iterable[Query]:
    """Pairs of channels of the larger repository."""
    names = list(Channel.objects.filter(repository__name="pbins").values_list("name", flat=True))
    return [{"before": one, "after": other} for one in names for other in names if one != other]


def _versions() -> Iterable[Query]:
    """Pairs of versions of one package."""
    entries = Entry.objects.filter(channel__repository__name="pbins", channel__name="master")
    by_name: dict[str, int] = {}
    for entry in entries.order_by("category", "package")[:400]:
        if entry.name in by_name:
            yield {"before": str(by_name[entry.name]), "after": str(entry.pbin_id)}
        by_name[entry.name] = entry.pbin_id
