"""A repository as a tree of files: what it holds, and what is wrong with it."""

import pytest

from pbins.paludis.layout import (
    CATEGORIES_CONF,
    LAYOUT_CONF,
    MIRRORS_CONF,
    REPO_NAME,
    Layout,
    read_layout,
    skeleton,
)
from pbins.paludis.manifest import parse_manifest
from pbins.paludis.names import QualifiedPackageName, RepositoryName
from tests.paludis.repositories import Files, published_repositories, recorded_repository

HUSH = "packages/app-shells/hush/hush-2.0.pbin-1+exheres-0"
LIBFOO = "packages/dev-libs/libfoo"


def changed(**changes: bytes | None) -> Files:
    """The recorded repository with some of its files replaced, added or (None) removed."""
    files = recorded_repository() | {path: content or b"" for path, content in changes.items()}
    return {path: files[path] for path in files if changes.get(path, b"") is not None}


def problems(layout: Layout) -> list[tuple[str, int | None, str]]:
    return [(problem.path, problem.line, problem.reason) for problem in layout.problems]


def reasons(layout: Layout, path: str) -> list[str]:
    return [problem.reason for problem in layout.problems if problem.path == path]


def test_the_recorded_repository_is_sound() -> None:
    layout = read_layout(recorded_repository())
    assert (layout.name, layout.masters, layout.problems) == ("mybinaries", ("arbor",), ())
    assert layout.categories == ("dev-libs", "app-shells", "dev-util", "net-www", "sys-libs")
    assert [f"{one.name}-{one.version}" for one in layout.pbins] == [
        "app-shells/hush-2.0",
        "dev-libs/libbar-0.9-r1",
        "dev-libs/libfoo-1.2",
        "dev-libs/libfoo-1.3",
        "dev-util/mker-3",
        "net-www/served-10.4.1",
        "sys-libs/uni-20260101",
    ]
    assert layout.pbins[0].path == HUSH
    assert layout.pbins[0].eapi == "pbin-1+exheres-0"
    assert layout.pbins[0].pbin.summary == "hush: a test package"
    assert (layout.mirrors, layout.manifests) == ({}, {})


def test_versions_are_in_the_order_of_paludis_not_of_text() -> None:
    texts = {}
    for version in ("10", "9", "1_rc1"):
        content = recorded_repository()[HUSH].replace(b"hush-2.0--", f"hush-{version}--".encode())
        texts[HUSH.replace("2.0", version)] = content
    layout = read_layout(changed(**texts))
    versions = [str(one.version) for one in layout.pbins if one.name == "app-shells/hush"]
    assert (versions, layout.problems) == (["1_rc1", "2.0", "9", "10"], ())


def test_an_empty_tree_lacks_what_cave_demands() -> None:
    layout = read_layout({})
    assert problems(layout) == [
        (REPO_NAME, None, "is missing"),
        (LAYOUT_CONF, None, "is missing"),
        (CATEGORIES_CONF, None, "is missing"),
    ]
    assert (layout.name, layout.masters, layout.categories, layout.pbins) == (None, (), (), ())


def test_a_skeleton_is_the_least_that_is_sound() -> None:
    name = RepositoryName("mine")
    files = skeleton(name, [RepositoryName("arbor"), name], {name: ["https://portal/mine"]})
    layout = read_layout(files)
    assert (layout.name, layout.masters, layout.problems) == ("mine", ("arbor", "mine"), ())
    assert layout.mirrors == {"mine": ("https://portal/mine/",)}
    assert files["packages/.gitkeep"] == files[CATEGORIES_CONF] == b""


@pytest.mark.parametrize(
    ("path", "content", "line", "reason"),
    [
        (REPO_NAME, b"", None, "'' is not the name of a repository"),
        (REPO_NAME, b"a b\n", None, "'a b' is not the name of a repository"),
        (REPO_NAME, b"\n\xff", 2, "is not UTF-8"),
        (LAYOUT_CONF, b"", None, "names no masters, so cave finds no profiles"),
        (LAYOUT_CONF, b"masters = arbor/x\n", None, "'arbor/x' is not the name of a repository"),
        (LAYOUT_CONF, b"\nnonsense\n", 2, "'nonsense' is not an assignment"),
        (MIRRORS_CONF, b"# ok\nmine\n", 2, "is not a name and its addresses"),
        (MIRRORS_CONF, b"mine not-an-address\n", 1, "is not a name and its addresses"),
        (MIRRORS_CONF, b"m/x http://h/\n", 1, "'m/x' is not the name of a repository"),
        (MIRRORS_CONF, b"\xff", 1, "is not UTF-8"),
    ],
)
def test_a_malformed_file_is_a_problem_with_its_line(
    path: str, content: bytes, line: int | None, reason: str
) -> None:
    layout = read_layout(changed(**{path: content}))
    assert problems(layout) == [(path, line, reason)]
    assert len(layout.pbins) == 7


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            b"dev-libsapp-shells\ndev-util\nnet-www\nsys-libs\n",
            [
                (1, "dev-libsapp-shells is dev-libs and app-shells glued together"),
                (None, "lacks app-shells, so cave sees none of its packages"),
                (None, "lacks dev-libs, so cave sees none of its packages"),
            ],
        ),
        (
            b"dev-libs\napp-shellsdev-util\napp-shells\ndev-util\nnet-www\nsys-libs\n",
            [(2, "app-shellsdev-util is app-shells and dev-util glued together")],
        ),
        (
            b"dev-libs app-shells\ndev-util\nnet-www\nsys-libs\napp-shells\ndev-libs",
            [(1, "'dev-libs app-shells' is not the name of a category, one to a line")],
        ),
        (b"# c\n\nsys-libs\r\nnet-www\ndev-util\napp-shells\ndev-libs\nunused-category", []),
    ],
)
def test_categories_may_be_glued_malformed_or_missing(
    content: bytes, expected: list[tuple[int | None, str]]
) -> None:
    layout = read_layout(changed(**{CATEGORIES_CONF: content}))
    assert problems(layout) == [(CATEGORIES_CONF, line, reason) for line, reason in expected]


@pytest.mark.parametrize(
    ("filename", "replace", "reason"),
    [
        ("hush-2.0.pbin-1+0", (b"", b""), "its EAPI is 'pbin-1+exheres-0', its file name says"),
        ("hush-3.pbin-1+exheres-0", (b"", b""), "its tarball is of app-shells/hush-2.0"),
        (
            "hush-2.0.pbin-1+exheres-0",
            (b"--app-shells--", b"--dev-libs--"),
            "its tarball is of dev-libs/hush-2.0",
        ),
        (
            "hush-2.0.pbin-1+exheres-0",
            (b".C.tar.bz2", b".tar"),
            "332719.tar' is not the name of a tarball",
        ),
        (
            "hush-2.0.pbin-1+exheres-0",
            (b'BINARY_PLATFORMS="~amd64"', b'BINARY_PLATFORMS=""'),
            "it has no BINARY_PLATFORMS, which masks it everywhere",
        ),
        (
            "hush-2.0.pbin-1+exheres-0",
            (b'SUMMARY="hush:', b'SUMMARY="`hush`'),
            "SUMMARY would run a command",
        ),
    ],
)
def test_a_doubtful_pbin_is_listed_with_a_problem(
    filename: str, replace: tuple[bytes, bytes], reason: str
) -> None:
    content = recorded_repository()[HUSH].replace(*replace)
    path = f"packages/app-shells/hush/{filename}"
    layout = read_layout(changed(**{HUSH: None} | {path: content}))
    (found,) = layout.problems
    assert found.path == path
    assert reason in found.reason
    assert path in [one.path for one in layout.pbins]


@pytest.mark.parametrize(
    ("filename", "content", "line", "reason"),
    [
        ("hush.pbin-1+exheres-0", b"", None, "does not begin with hush"),
        ("hosh-2.pbin-1+exheres-0", b"", None, "does not begin with hush"),
        ("hush-2b2.pbin-1+exheres-0", b"", None, "'2b2' is not a version"),
        ("hush-3.pbin-1+exheres-0", b'A="b"\nid\n', 2, "not a NAME="),
        ("hush-3.pbin-1+exheres-0", b'A="b"\nB="\xff"\n', 2, "is not UTF-8"),
        ("hush-3.pbin-1+exheres-0", b"", None, "'' is not the name of a slot"),
        (
            "hush-3.pbin-1+exheres-0",
            b'SLOT="0"\nGENERATED_TIME="1"\nGENERATED_FROM_REPOSITORY="r"\nDEPENDENCIES="("',
            None,
            "a group is not closed",
        ),
        ("hush-3.pbin-1+exheres-0", b"x" * 3_000_000, None, "is too long"),
    ],
)
def test_an_unusable_pbin_is_left_out_with_a_problem(
    filename: str, content: bytes, line: int | None, reason: str
) -> None:
    path = f"packages/app-shells/hush/{filename}"
    layout = read_layout(changed(**{path: content}))
    (found,) = layout.problems
    assert (found.path, found.line) == (path, line)
    assert reason in found.reason
    assert len(layout.pbins) == 7


def test_two_pbins_of_one_version_are_a_problem() -> None:
    twin = HUSH.replace("2.0", "2.0-r0")
    layout = read_layout(changed(**{twin: recorded_repository()[HUSH]}))
    assert reasons(layout, HUSH) == [f"has the same version as {twin}"]


def test_a_manifest_has_to_name_every_tarball_with_a_hash() -> None:
    tarball = "mybinaries--dev-libs--libfoo-1.2--C.21094.1795352273.748409.C.tar.bz2"
    path = f"{LIBFOO}/Manifest"
    layout = read_layout(changed(**{path: f"DIST {tarball} 20063\n".encode()}))
    assert problems(layout) == [
        (f"{LIBFOO}/libfoo-1.2.pbin-1+exheres-0", None, "its tarball has no hash in the Manifest"),
        (f"{LIBFOO}/libfoo-1.3.pbin-1+exheres-0", None, "its tarball is not in the Manifest"),
    ]
    name = QualifiedPackageName("dev-libs/libfoo")
    assert layout.manifests == {name: parse_manifest(f"DIST {tarball} 20063")}


def test_an_empty_manifest_asks_for_nothing_and_a_broken_one_is_a_problem() -> None:
    path = f"{LIBFOO}/Manifest"
    assert read_layout(changed(**{path: b""})).problems == ()
    layout = read_layout(changed(**{path: b"\nDIST\n"}))
    assert [(found.path, found.line) for found in layout.problems] == [(path, 2)]
    assert layout.manifests == {}


def test_a_file_of_nothing_but_problems_does_not_fill_the_list() -> None:
    layout = read_layout(changed(**{MIRRORS_CONF: b"bad\n" * 100_000, REPO_NAME: b""}))
    assert reasons(layout, MIRRORS_CONF) == ["is not a name and its addresses"] * 20
    assert len(reasons(layout, REPO_NAME)) == 1


def test_names_that_are_none_are_problems_and_other_files_are_nobodys_business() -> None:
    layout = read_layout(
        changed(
            **{
                "README": b"",
                "packages/.gitkeep": b"",
                "packages/a/b/files/x.pbin-1+exheres-0": b"",
                "packages/dev libs/x/x-1.pbin-1+exheres-0": b"",
                "packages/../x/x-1.pbin-1+exheres-0": b"",
                f"{LIBFOO}/metadata.xml": b"",
            }
        )
    )
    assert [found.path for found in layout.problems] == [
        "packages/../x/x-1.pbin-1+exheres-0",
        "packages/dev libs/x/x-1.pbin-1+exheres-0",
    ]


def test_published_repositories_have_only_the_problems_that_people_left_in_them() -> None:
    for files in published_repositories().values():
        layout = read_layout(files)
        assert (layout.name, layout.masters) == ("hasufell-binhost", ("arbor",))
        assert len(layout.pbins) == sum(".pbin-" in path for path in files)
        for found in layout.problems:
            assert "would run a command" in found.reason or "BINARY_PLATFORMS" in found.reason
