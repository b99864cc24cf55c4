"""Names and identifiers, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis.errors import ParseError
from pbins.paludis.names import (
    CategoryName,
    OptionName,
    PackageId,
    PackageNamePart,
    PbinFileName,
    QualifiedPackageName,
    RepositoryName,
    SetName,
    SlotName,
    TarballName,
    pbin_path,
    split_package_version,
)
from pbins.paludis.pbin import parse_pbin
from pbins.paludis.versions import Version
from tests.paludis.repositories import DATA, all_pbins

HOSTILE = [
    *("", " ", ".", "..", "-x", "--config", "../x", "a/../b", "/etc", "a b", "a\nb", "a\0b", "a;b"),
    *("$(id)", "`id`", "a|b", "a&b", "a'b", 'a"b', "a\\b", "a*", "a?", "~", "é", "a\n", "#a"),
    "a" * 10_000_000,
]
NAMES = [CategoryName, PackageNamePart, RepositoryName, SetName, SlotName, OptionName]


@pytest.mark.parametrize("kind", NAMES)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:10]))
def test_a_name_can_mean_nothing_to_a_shell_or_a_file_system(
    kind: type[CategoryName], text: str
) -> None:
    with pytest.raises(ParseError) as caught:
        kind(text)
    assert len(caught.value.reason) < 200


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (CategoryName, "dev-libs"),
        (CategoryName, "net-www"),
        (PackageNamePart, "gtk+"),
        (PackageNamePart, "timidity++"),
        (PackageNamePart, "font-100dpi"),
        (PackageNamePart, "a--b"),
        (PackageNamePart, "0ad"),
        (PackageNamePart, "TwistedCore"),
        (RepositoryName, "x-my_binaries"),
        (SetName, "world"),
        (SlotName, "2.4"),
        (SlotName, "playtest"),
        (OptionName, "doc"),
        (OptionName, "linguas:pt_BR"),
        (OptionName, "linguas:sr@latin"),
        (OptionName, "python_abis:2.7"),
    ],
)
def test_a_real_name_stays_the_text_it_is(kind: type[CategoryName], text: str) -> None:
    assert kind(text) == text
    assert type(kind(text)) is kind


@pytest.mark.parametrize("text", ["libfoo-1", "a-b-2026", "gtk.d", "a/b"])
def test_a_package_that_would_look_like_a_version_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        PackageNamePart(text)


def test_a_whole_name_has_its_halves() -> None:
    name = QualifiedPackageName("dev-libs/libfoo")
    assert (name.category, name.package) == ("dev-libs", "libfoo")
    assert (type(name.category), type(name.package)) == (CategoryName, PackageNamePart)


@pytest.mark.parametrize(
    "text", ["libfoo", "/libfoo", "dev-libs/", "a/b/c", "*/b", "a/b-1", "a/b:0"]
)
def test_a_whole_name_needs_both_halves_and_no_more(text: str) -> None:
    with pytest.raises(ParseError):
        QualifiedPackageName(text)


def test_an_option_knows_its_prefix() -> None:
    assert (OptionName("linguas:de").prefix, OptionName("linguas:de").suffix) == ("linguas", "de")
    assert (OptionName("doc").prefix, OptionName("doc").suffix) == ("", "doc")


@pytest.mark.parametrize(
    ("text", "package", "version"),
    [
        ("libfoo-1.2", "libfoo", "1.2"),
        ("libfoo-1.2-r3", "libfoo", "1.2-r3"),
        ("libfoo-scm", "libfoo", "scm"),
        ("libfoo-1-scm-r2", "libfoo", "1-scm-r2"),
        ("font-100dpi-1.0", "font-100dpi", "1.0"),
        ("r2-d2-3-r4", "r2-d2", "3-r4"),
        ("a--b--1.5", "a--b-", "1.5"),
        ("lib-scm-2", "lib-scm", "2"),
        ("libnfnetlink-1.0.1_20151109", "libnfnetlink", "1.0.1_20151109"),
        ("elinks-0.12pre6-r1", "elinks", "0.12pre6-r1"),
        ("0ad-0.0.20-alpha", "0ad", "0.0.20-alpha"),
    ],
)
def test_a_version_begins_where_the_longest_one_does(text: str, package: str, version: str) -> None:
    assert split_package_version(text) == (package, Version(version))


@pytest.mark.parametrize(
    "text",
    ["libfoo", "libfoo-", "libfoo-x", "-1.2", "1.2", "a-1-2", "-" * 1_000_000, "a-1" * 99999],
)
def test_without_a_name_and_a_version_there_is_no_split(text: str) -> None:
    with pytest.raises(ParseError):
        split_package_version(text)


@pytest.mark.parametrize(
    "text",
    [
        "dev-libs/libfoo-1.2",
        "dev-libs/libfoo-1.2:2",
        "dev-libs/libfoo-1.2::arbor",
        "sys-test/hello-1.0-r3:0::mybinaries",
    ],
)
def test_an_id_renders_as_it_was_read(text: str) -> None:
    assert str(PackageId.parse(text)) == text
    assert PackageId.parse(f"={text}") == PackageId.parse(text)


def test_an_id_has_typed_parts() -> None:
    package_id = PackageId.parse("=sys-test/hello-1.0-r3:2.4::arbor")
    assert package_id == PackageId(
        QualifiedPackageName("sys-test/hello"),
        Version("1.0-r3"),
        SlotName("2.4"),
        RepositoryName("arbor"),
    )
    assert PackageId.parse("a/b-1").slot is None


@pytest.mark.parametrize(
    "text",
    [
        *("hello-1.0", "a/b", "a/b-1:", "a/b-1::", "a/b-1:0:x", "a/b-1::x:0", "==a/b-1", "a/b-1 "),
        *(">=a/b-1", "a/-1", "/b-1", "a/b-1::..", "a/b-1:$(id)", "a/b/c-1", "a/b-1\n", "-a/b-1"),
        "a/" + "b" * 1_000_000 + "-1",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        PackageId.parse(text)


@pytest.mark.parametrize(
    ("text", "repository", "name", "version"),
    [
        ("r--dev-libs--libfoo-1.2--C.1.2.3.C.tar.bz2", "r", "dev-libs/libfoo", "1.2"),
        ("r--a--b--c-1-r2--C.1.2.3.C.tar.bz2", "r", "a/b--c", "1-r2"),
        ("r--a--b--1--C.1.2.3.C.tar.bz2", "r", "a/b-", "1"),
        ("r-2--a--font-100dpi-scm--C.1.2.3.C.tar.bz2", "r-2", "a/font-100dpi", "scm"),
    ],
)
def test_a_tarball_says_what_it_is_of(text: str, repository: str, name: str, version: str) -> None:
    tarball = TarballName.parse(text)
    assert (tarball.repository, tarball.name) == (repository, name)
    assert (tarball.version, tarball.cookie) == (Version(version), "C.1.2.3.C")
    assert str(tarball) == text


def test_a_repository_with_two_dashes_has_to_be_handed_in() -> None:
    text = "my--pbins--a--b-1--C.1.2.3.C.tar.bz2"
    tarball = TarballName.parse(text, RepositoryName("my--pbins"))
    assert (tarball.repository, tarball.name) == ("my--pbins", "a/b")
    assert str(tarball) == text
    with pytest.raises(ParseError):
        TarballName.parse(text, RepositoryName("other"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "r--a--b-1.tar.bz2", "r--a--b-1--C.1.2.C.tar.bz2", "a--b-1--C.1.2.3.C.tar.bz2"),
        *("r--a--b-1--C.1.2.3.C.tar.xz", "../r--a--b-1--C.1.2.3.C.tar.bz2"),
        *("r--a--b/c-1--C.1.2.3.C.tar.bz2", "r--a--b-1--C.1.2.3.C.tar.bz2\n"),
        *("r--a--b--C.1.2.3.C.tar.bz2", "-r--a--b-1--C.1.2.3.C.tar.bz2", "--" * 1_000_000),
    ],
)
def test_what_is_no_tarball_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        TarballName.parse(text)


def test_a_pbin_is_filed_by_package_version_and_eapi() -> None:
    name = PbinFileName.parse("libfoo-1.2-r3.pbin-1+exheres-0")
    assert name == PbinFileName(PackageNamePart("libfoo"), Version("1.2-r3"), "pbin-1+exheres-0")
    assert str(name) == "libfoo-1.2-r3.pbin-1+exheres-0"
    assert pbin_path(QualifiedPackageName("dev-libs/libfoo"), name.version, name.eapi) == (
        "packages/dev-libs/libfoo/libfoo-1.2-r3.pbin-1+exheres-0"
    )


def test_the_place_of_a_pbin_decides_where_its_version_begins() -> None:
    text = "foo-1a-scm.pbin-1+exheres-0"
    assert PbinFileName.parse(text).package == "foo"
    assert PbinFileName.parse(text, PackageNamePart("foo-1a")).version == Version("scm")
    with pytest.raises(ParseError, match="does not begin with bar"):
        PbinFileName.parse(text, PackageNamePart("bar"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "libfoo-1.2", "libfoo-1.2.exheres-0", "libfoo.pbin-1+exheres-0", "libfoo-1.2.pbin-1"),
        *("libfoo-1.2.pbin-2+exheres-0", "a/b-1.pbin-1+exheres-0", "b-1.pbin-1+a/b", "b-1.pbin-1+"),
    ],
)
def test_what_is_no_pbin_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        PbinFileName.parse(text)


def test_a_path_is_made_only_of_an_eapi_that_is_one() -> None:
    with pytest.raises(ParseError, match="is not the EAPI of a pbin"):
        pbin_path(QualifiedPackageName("a/b"), Version("1"), "../../x")


def test_every_recorded_tarball_is_understood() -> None:
    for line in (DATA / "distfiles.txt").read_text().splitlines():
        text = line.split()[2]
        assert str(TarballName.parse(text)) == text
        assert TarballName.parse(text).repository == "mybinaries"


def test_every_real_pbin_is_filed_where_its_names_say() -> None:
    for path, text in all_pbins().items():
        filename = path.rpartition("/")[2]
        filed_as = PbinFileName.parse(filename)
        tarball = TarballName.parse(parse_pbin(text).tarball)
        assert str(filed_as) == filename
        assert tarball.version == filed_as.version
        assert path.endswith(f"/{pbin_path(tarball.name, filed_as.version, filed_as.eapi)}")


PACKAGES = st.from_regex(r"[a-z][a-z0-9+_]{0,8}(--?[a-z][a-z+]{0,5})?", fullmatch=True)
VERSION_TEXTS = st.from_regex(r"[0-9]{1,3}(\.[0-9]{1,2}){0,2}(_rc[0-9])?(-r[0-9])?", fullmatch=True)


@given(PACKAGES, PACKAGES, VERSION_TEXTS, PACKAGES)
def test_ids_and_tarballs_come_back(
    category: str, package: str, version: str, repository: str
) -> None:
    name = QualifiedPackageName(f"{category.replace('--', '-')}/{package}")
    owner = RepositoryName(repository.replace("--", "-").replace("+", ""))
    package_id = PackageId(name, Version(version), SlotName("0"), owner)
    tarball = TarballName(owner, name, Version(version), "C.1.22.333.C")
    assert PackageId.parse(str(package_id)) == package_id
    assert TarballName.parse(str(tarball)) == tarball


@given(st.text(alphabet="ab1-.:/=+_ C*\n", max_size=30))
def test_no_text_raises_anything_but_a_parse_error(text: str) -> None:
    for parse in (PackageId.parse, TarballName.parse, PbinFileName.parse, split_package_version):
        try:
            parse(text)
        except ParseError:
            continue
