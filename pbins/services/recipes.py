"""What versions were made of: read from the texts of pbins once, shared by those made alike."""

import re
from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256

from pbins.models import Dependency, Facet, Pbin, Recipe, Term, TermKind
from pbins.paludis.dependencies import Need, parse_dependencies
from pbins.paludis.errors import ParseError
from pbins.paludis.options import parse_options
from pbins.paludis.pbin import Pbin as PbinFile
from pbins.paludis.pbin import parse_pbin
from pbins.services.parts import AT_ONCE, in_parts

FIELDS = (
    "DEPENDENCIES",
    "MYOPTIONS",
    "OPTIONS",
    "LICENCES",
    "BINARY_PLATFORMS",
    "CHOST",
    "CFLAGS",
    "SLOT",
    "GENERATED_FROM_REPOSITORY",
)
MARCH = re.compile(r"-march=(\S+)")
LONGEST_TERM = 200
LONGEST_WORD = 100

TermKey = tuple[str, str]


def give_recipes(pbins: Collection[Pbin]) -> None:
    """Set recipe and description of each as its text says, unsaved. Call within a transaction."""
    files = {id(pbin): _read(pbin.text) for pbin in pbins}
    digests = {key: _digest(file) for key, file in files.items()}
    wanted = {digests[key]: file for key, file in files.items()}
    rows = _rows(wanted)
    for pbin in pbins:
        pbin.recipe = rows[digests[id(pbin)]]
        pbin.description = files[id(pbin)].description


def march_of(cflags: str) -> str:
    """The last `-march` counts, as for the compiler; empty where there is none."""
    found = MARCH.findall(cflags)
    return found[-1][:LONGEST_WORD] if found else ""


def _rows(wanted: dict[str, PbinFile]) -> dict[str, Recipe]:
    known = _known(wanted)
    fresh = {digest: file for digest, file in wanted.items() if digest not in known}
    Recipe.objects.bulk_create(
        [
            Recipe(
                digest=digest,
                chost=file.chost[:LONGEST_WORD],
                march=march_of(file.cflags),
            )
            for digest, file in fresh.items()
        ],
        ignore_conflicts=True,  # another repository's publisher may have made it just now
        batch_size=AT_ONCE,
    )
    made = _known(fresh)
    _write_facets({made[digest]: frozenset(_terms(file)) for digest, file in fresh.items()})
    Dependency.objects.bulk_create(
        [row for digest, file in fresh.items() for row in _dependencies(made[digest], file)],
        ignore_conflicts=True,
        batch_size=AT_ONCE,
    )
    return known | made


def _known(digests: Iterable[str]) -> dict[str, Recipe]:
    found: dict[str, Recipe] = {}
    for part in in_parts(sorted(digests)):
        found |= {row.digest: row for row in Recipe.objects.filter(digest__in=part)}
    return found


def _write_facets(terms: dict[Recipe, frozenset[TermKey]]) -> None:
    keys = sorted({key for found in terms.values() for key in found})
    Term.objects.bulk_create(
        [Term(kind=kind, value=value) for kind, value in keys],
        ignore_conflicts=True,
        batch_size=AT_ONCE,
    )
    numbers: dict[TermKey, int] = {}
    for part in in_parts(sorted({value for _, value in keys})):
        rows = Term.objects.filter(kind__in=TermKind.values, value__in=part)
        numbers |= {
            (kind, value): pk for pk, kind, value in rows.values_list("pk", "kind", "value")
        }
    Facet.objects.bulk_create(
        [
            Facet(term_id=numbers[key], recipe_id=recipe.pk)
            for recipe, found in terms.items()
            for key in sorted(found)
        ],
        ignore_conflicts=True,
        batch_size=AT_ONCE,
    )


def _terms(file: PbinFile) -> Iterator[TermKey]:
    for kind, words in (
        (TermKind.LICENCE, _licences(file)),
        (TermKind.PLATFORM, file.platforms),
        (TermKind.SLOT, (file.get("SLOT"),)),
        (TermKind.SOURCE, (file.get("GENERATED_FROM_REPOSITORY"),)),
        *_options(file),
    ):
        yield from ((kind.value, word) for word in words if 0 < len(word) <= LONGEST_TERM)


def _licences(file: PbinFile) -> tuple[str, ...]:
    try:
        return file.licences
    except ParseError:  # the version's own page says so
        return ()


def _options(file: PbinFile) -> Iterator[tuple[TermKind, tuple[str, ...]]]:
    try:
        options = parse_options(file.myoptions, file.options)
    except ParseError:
        return
    yield TermKind.OPTION_ON, tuple(option.name for option in options if option.enabled)
    yield TermKind.OPTION_OFF, tuple(option.name for option in options if not option.enabled)


def _dependencies(recipe: Recipe, file: PbinFile) -> Iterator[Dependency]:
    try:
        needs = parse_dependencies(file.dependencies).needs
    except ParseError:
        return
    enabled = frozenset(file.options.split())
    for position, need in enumerate(needs):
        if need.spec.name is not None:  # a wildcard names no package
            yield _dependency(recipe, position, str(need.spec.name), need, enabled)


def _dependency(
    recipe: Recipe, position: int, target: str, need: Need, enabled: Collection[str]
) -> Dependency:
    return Dependency(
        recipe_id=recipe.pk,
        position=position,
        target=target,
        spec=str(need.spec),
        labels="+".join(sorted(need.labels)),
        is_blocker=bool(need.blocker),
        is_conditional=bool(need.conditions),
        applies=all(condition.holds(enabled) for condition in need.conditions),
        choice=need.choice,
    )


def _read(text: str) -> PbinFile:
    try:
        return parse_pbin(text)
    except ParseError:  # stored before it was read like this; it is found by its name only
        return PbinFile(())


def _digest(file: PbinFile) -> str:
    said = dict.fromkeys(FIELDS, "") | {
        name: value for name, value in file.fields if name in FIELDS
    }
    return sha256("\0".join(said[name] for name in FIELDS).encode()).hexdigest()
