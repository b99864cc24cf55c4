"""Full text over packages, by the database itself: FTS5 on SQLite, tsvector on PostgreSQL.

SQLite's triggers belong to the table: a migration that makes ``pbins_package`` anew drops them,
and has to run ``create`` again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = (
    """
    CREATE VIRTUAL TABLE pbins_package_text USING fts5(
        name, summary, description,
        content='pbins_package', content_rowid='id',
        tokenize='unicode61 remove_diacritics 0', prefix='2 3'
    )
    """,
    """
    CREATE TRIGGER pbins_package_text_insert AFTER INSERT ON pbins_package BEGIN
        INSERT INTO pbins_package_text(rowid, name, summary, description)
        VALUES (new.id, new.name, new.summary, new.description);
    END
    """,
    """
    CREATE TRIGGER pbins_package_text_delete AFTER DELETE ON pbins_package BEGIN
        INSERT INTO pbins_package_text(pbins_package_text, rowid, name, summary, description)
        VALUES ('delete', old.id, old.name, old.summary, old.description);
    END
    """,
    """
    CREATE TRIGGER pbins_package_text_update AFTER UPDATE ON pbins_package
    WHEN old.name IS NOT new.name OR old.summary IS NOT new.summary
        OR old.description IS NOT new.description
    BEGIN
        INSERT INTO pbins_package_text(pbins_package_text, rowid, name, summary, description)
        VALUES ('delete', old.id, old.name, old.summary, old.description);
        INSERT INTO pbins_package_text(rowid, name, summary, description)
        VALUES (new.id, new.name, new.summary, new.description);
    END
    """,
    "INSERT INTO pbins_package_text(pbins_package_text) VALUES ('rebuild')",
)
SQLITE_BACK = (
    "DROP TRIGGER pbins_package_text_update",
    "DROP TRIGGER pbins_package_text_delete",
    "DROP TRIGGER pbins_package_text_insert",
    "DROP TABLE pbins_package_text",
)
# What is no letter and no digit parts words, as in FTS5; a name's own rules would keep cat/pkg
# together. The collation is said because that of names is another.
POSTGRESQL = (
    """
    ALTER TABLE pbins_package ADD COLUMN words tsvector GENERATED ALWAYS AS (
        to_tsvector('simple', regexp_replace(
            (name || ' ' || summary || ' ' || left(description, 100000)) COLLATE "default",
            '[^[:alnum:]]+', ' ', 'g'
        ))
    ) STORED
    """,
    "CREATE INDEX pbins_package_words ON pbins_package USING gin (words)",
)
POSTGRESQL_BACK = ("ALTER TABLE pbins_package DROP COLUMN words",)


def create(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL if editor.connection.vendor == "postgresql" else SQLITE:
        editor.execute(statement, params=None)


def drop(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    for statement in POSTGRESQL_BACK if editor.connection.vendor == "postgresql" else SQLITE_BACK:
        editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("pbins", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
