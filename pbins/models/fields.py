"""Fields whose text was checked by the ground floor before it can be stored from a form."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName, SetName
from pbins.paludis.sets import spec_and_comment
from pbins.paludis.specs import PackageSpec

if TYPE_CHECKING:  # generic for the type checker only
    CharField = models.CharField[str, str]
    TextField = models.TextField[str, str]
else:
    CharField, TextField = models.CharField, models.TextField


def _checked(parse: Callable[[str], object], text: str) -> None:
    try:
        parse(text)
    except ParseError as error:
        raise ValidationError(f"{text}: {error.reason}") from error


def validate_repository_name(text: str) -> None:
    _checked(RepositoryName, text)


def validate_set_name(text: str) -> None:
    _checked(SetName, text)


def validate_words(text: str) -> None:
    """Words for a configuration file: no character that means something there."""
    for word in text.split():
        if not word.lstrip("~-").replace("-", "").replace("_", "").isalnum():
            raise ValidationError(f"{word} is not a name of a repository or platform")


def validate_specs(text: str) -> None:
    for line in text.splitlines():
        spec, _ = spec_and_comment(line)
        if spec:
            _checked(PackageSpec.parse, spec)


class RepositoryNameField(CharField):
    default_validators = [validate_repository_name]  # noqa: RUF012 - as Django declares it

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_length": 100, **options})


class SetNameField(CharField):
    default_validators = [validate_set_name]  # noqa: RUF012 - as Django declares it

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_length": 100, **options})


class WordListField(CharField):
    """Words separated by spaces."""

    default_validators = [validate_words]  # noqa: RUF012 - as Django declares it

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"max_length": 500, **options})


class SpecListField(TextField):
    """Package specs, one a line, with # comments."""

    default_validators = [validate_specs]  # noqa: RUF012 - as Django declares it


class ByteOrderField(CharField):
    """Text that the database compares byte by byte, whatever language it was made for."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, str | None]:
        """SQLite compares like that by itself."""
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters
