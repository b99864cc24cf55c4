"""Manifests, both ways."""

import random
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis.errors import ParseError
from pbins.paludis.manifest import HASH_LENGTHS, ManifestEntry, parse_manifest, render_manifest
from tests.paludis.repositories import published_repositories

TARBALL = "mybinaries--dev-util--mker-3--C.1.2.3.C.tar.bz2"
SHA256 = "ab" * 32


def test_a_line_is_a_type_a_name_a_size_and_hashes() -> None:
    text = f"DIST {TARBALL} 20073 SHA256 {SHA256.upper()} MD5 {'0' * 32}\n"
    assert parse_manifest(text) == (
        ManifestEntry("DIST", TARBALL, 20073, {"SHA256": SHA256, "MD5": "0" * 32}),
    )


def test_blank_lines_and_carriage_returns_say_nothing() -> None:
    assert parse_manifest("") == ()
    assert parse_manifest("\n \r\nDIST a 1\r\n\n") == (ManifestEntry("DIST", "a", 1, {}),)


@pytest.mark.parametrize(
    "line",
    [
        *("DIST", "DIST a", "DIST a 1 SHA256", "DIST a x", "DIST a -1", "DIST a 1e3", "dist a 1"),
        *("DIST a 1 SHA256 xyz", f"DIST a 1 SHA256 {SHA256}0", "DIST a 1 sha256 00", "DIST a ١"),
        *("DIST a/b 1", "DIST .. 1", "DIST ../a 1", "DIST /a 1", "AUX ../a 1", "AUX a//b 1"),
        *("PBIN . 1", f"DIST a 1 SHA256 {SHA256} SHA256 {SHA256}", "DIST a " + "9" * 5000),
        "DIST " + "a/" * 1_000_000 + " 1",
    ],
    ids=lambda line: line[:20],
)
def test_a_malformed_line_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_manifest(f"DIST ok 1\n{line}\n")
    assert caught.value.line == 2
    assert len(caught.value.reason) < 200


def test_files_of_an_exheres_may_lie_in_directories() -> None:
    assert parse_manifest("AUX patches/a.patch 1")[0].name == "patches/a.patch"


def test_a_manifest_is_written_in_one_order_only() -> None:
    text = (
        f"AUX a 1\nDIST a 2 BLAKE2B 00 SHA256 {SHA256}\nDIST b 1 MD5 {'0' * 32}\n"
        f"PBIN a-1.pbin-1+exheres-0 4108 SHA256 {SHA256}\n"
    )
    entries = list(parse_manifest(text))
    random.Random(1).shuffle(entries)
    assert render_manifest(entries) == text
    assert render_manifest([]) == ""


@pytest.mark.parametrize(
    ("size", "hashes", "wrong"),
    [
        (5, {"SHA256": SHA256, "MD5": "0" * 32}, []),
        (5, {"SHA256": SHA256.upper()}, []),
        (5, {"SHA256": SHA256, "SHA512": "0" * 128}, []),
        (6, {"SHA256": SHA256}, ["x has 6 bytes, not 5"]),
        (5, {"SHA256": "0" * 64, "MD5": "0" * 32}, ["x has another SHA256"]),
        (5, {"SHA256": "0" * 64, "MD5": "1" * 32}, ["x has another SHA256", "x has another MD5"]),
        (5, {"SHA512": "0" * 128}, ["x has no hash in its Manifest that can be compared"]),
        (5, {}, ["x has no hash in its Manifest that can be compared"]),
    ],
)
def test_a_file_is_checked_as_paludis_would(
    size: int, hashes: dict[str, str], wrong: list[str]
) -> None:
    entry = ManifestEntry("DIST", "x", 5, {"SHA256": SHA256, "MD5": "0" * 32})
    assert list(entry.differences(size, hashes)) == wrong


def test_a_hash_that_paludis_does_not_know_proves_nothing() -> None:
    entry = ManifestEntry("DIST", "x", 5, {"BLAKE2B": "00"})
    assert entry.differences(5, {"BLAKE2B": "00"})


def test_every_real_manifest_comes_back() -> None:
    manifests = 0
    for files in published_repositories().values():
        for path, content in files.items():
            if path.endswith("/Manifest"):
                manifests += 1
                entries = parse_manifest(content.decode())
                assert render_manifest(entries).split() == content.decode().split()
                assert {entry.type for entry in entries} == {"DIST", "PBIN"}
    assert manifests > 2000


DIGESTS = st.sampled_from(sorted(HASH_LENGTHS)).flatmap(
    lambda name: st.text(
        "0123456789abcdef", min_size=HASH_LENGTHS[name], max_size=HASH_LENGTHS[name]
    ).map(lambda digest: (name, digest))
)
ENTRIES = st.builds(
    ManifestEntry,
    st.sampled_from(["DIST", "PBIN", "MISC"]),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,20}", fullmatch=True),
    st.integers(0, 10**15),
    st.lists(DIGESTS, max_size=3).map(dict),
)


@given(st.lists(ENTRIES, max_size=5))
def test_entries_come_back(entries: list[ManifestEntry]) -> None:
    text = render_manifest(entries)
    assert sorted(map(str, parse_manifest(text))) == sorted(map(str, entries_in_order(entries)))
    assert render_manifest(parse_manifest(text)) == text


def entries_in_order(entries: list[ManifestEntry]) -> list[ManifestEntry]:
    return [
        ManifestEntry(one.type, one.name, one.size, dict(sorted(one.hashes.items())))
        for one in entries
    ]


@given(st.text(alphabet="DIST a1/.\n\r\t SHA256", max_size=40))
def test_no_text_raises_anything_but_a_parse_error(text: str) -> None:
    with suppress(ParseError):
        assert render_manifest(parse_manifest(text)).count("\n") <= text.count("\n") + 1
