"""What differs between two builds of a version, field by field."""

import pytest

from pbins.models import Repository
from pbins.services.pbin_differences import FieldChange, field_changes
from tests.factories import make_pbin, make_repository

MYOPTIONS = "( bar [[ description = [ Enable bar ] ]] {} )"


@pytest.fixture
def owner(db: None) -> Repository:
    return make_repository()


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {}, ()),
        ({"GENERATED_TIME": "1"}, {"GENERATED_TIME": "2"}, ()),
        ({"SUMMARY": "A"}, {"SUMMARY": "B"}, (FieldChange("SUMMARY", "A", "B"),)),
        (
            {"OPTIONS": "bar baz "},
            {"OPTIONS": "baz qux "},
            (FieldChange("OPTIONS", gone=("bar",), new=("qux",)),),
        ),
        (
            {"MYOPTIONS": MYOPTIONS.format("")},
            {"MYOPTIONS": MYOPTIONS.format("baz")},
            (FieldChange("MYOPTIONS", new=("baz",)),),
        ),
        (
            {"DEPENDENCIES": "( build+run: dev-libs/a build: dev-libs/b )"},
            {"DEPENDENCIES": "( build+run: dev-libs/a run: bar? ( !dev-libs/c ) )"},
            (
                FieldChange(
                    "DEPENDENCIES", gone=("build: dev-libs/b",), new=("run: bar? !dev-libs/c",)
                ),
            ),
        ),
        (
            {"DEPENDENCIES": "( run: ( )"},
            {"DEPENDENCIES": "( )"},
            (FieldChange("DEPENDENCIES", "( run: ( )", "( )"),),
        ),
        (
            {"BINARY_PLATFORMS": "amd64 ~x86"},
            {"BINARY_PLATFORMS": "amd64"},
            (FieldChange("BINARY_PLATFORMS", gone=("~x86",)),),
        ),
    ],
)
def test_what_differs_is_told_and_nothing_else(
    owner: Repository,
    before: dict[str, str],
    after: dict[str, str],
    expected: tuple[FieldChange, ...],
) -> None:
    old, new = (make_pbin(owner, fields=fields) for fields in (before, after))
    assert field_changes(old, new) == expected


def test_the_size_of_the_tarball_is_told(owner: Repository) -> None:
    old, new = make_pbin(owner, size=1), make_pbin(owner, size=2)
    assert field_changes(old, new) == (FieldChange("Tarball", "1 bytes", "2 bytes"),)
