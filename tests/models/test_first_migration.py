"""The first migration, which every new portal and every test's database runs."""

from importlib import import_module

from django.db.migrations import CreateModel

OPERATIONS = import_module("pbins.migrations.0001_initial").Migration.operations


def test_a_table_is_made_whole() -> None:
    # An index, a constraint or a field that is added later has Django draw every model again.
    later = [operation.describe() for operation in OPERATIONS if type(operation) is not CreateModel]
    assert not later
