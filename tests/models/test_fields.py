"""What forms may store was checked by the ground floor first."""

import pytest
from django.core.exceptions import ValidationError

from pbins.models import Host, PackageSet, Repository, Tag
from tests.factories import make_credential

pytestmark = pytest.mark.django_db


def a_host(**values: object) -> Host:
    credential = make_credential()
    return Host(**{"name": "web1", "address": "web1", "credential": credential, **values})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "web 1"),
        ("name", "-web"),
        ("name", "web1\n"),
        ("address", "web1;reboot"),
        ("address", "-oProxyCommand=x"),
        ("port", 0),
        ("port", 65536),
        ("user", "root root"),
        ("user", "$(id)"),
        ("prefix", "relative"),
        ("prefix", "/with space"),
        ("prefix", "/quote'"),
        ("prefix", "/ends/"),
    ],
)
def test_a_host_that_could_mean_something_to_a_shell_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        a_host(**{field: value}).full_clean()
    assert field in refused.value.message_dict


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "2001:db8::1"),
        ("address", "web1.example.org"),
        ("user", "builder_1"),
        ("prefix", "/srv/exherbo-1.0"),
        ("prefix", ""),
    ],
)
def test_what_a_host_may_be(field: str, value: object) -> None:
    a_host(**{field: value}).full_clean()


@pytest.mark.parametrize("name", ["Web", "two words", "", "-x"])
def test_a_tag_is_one_small_word(name: str) -> None:
    with pytest.raises(ValidationError):
        Tag(name=name).full_clean()


@pytest.mark.parametrize("specs", ["no-category\n", "a/b c/d\n", "a/b[>=x]\n"])
def test_a_package_set_holds_package_specs_alone(specs: str) -> None:
    with pytest.raises(ValidationError):
        PackageSet(name="tools", specs=specs).full_clean()


def test_a_package_set_may_hold_comments() -> None:
    tools = PackageSet(
        name="tools", specs="# shells\napp-shells/bash # the usual\n\nsys-apps/sed\n"
    )
    tools.full_clean()
    assert tools.spec_list == ["app-shells/bash", "sys-apps/sed"]


@pytest.mark.parametrize("name", ["two words", "../up", "-x", ""])
def test_a_set_or_a_repository_has_a_name_that_paludis_takes(name: str) -> None:
    with pytest.raises(ValidationError):
        PackageSet(name=name, specs="a/b\n").full_clean()
    with pytest.raises(ValidationError) as refused:
        Repository(name=name, masters="arbor", platforms="amd64").full_clean()
    assert "name" in refused.value.message_dict


@pytest.mark.parametrize("value", ["amd64 $x", "a\nb = c", "a;b"])
def test_words_for_a_configuration_file_mean_nothing_there(value: str) -> None:
    repository = Repository(name="pbins", masters="arbor", platforms=value)
    repository.location = repository.distdir = "/srv/pbins"
    with pytest.raises(ValidationError) as refused:
        repository.full_clean()
    assert "platforms" in refused.value.message_dict
