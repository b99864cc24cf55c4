"""Whether a feed is what its standard says: by schemas, and as a feed reader takes it."""

import json
from pathlib import Path

import feedparser
from jsonschema import Draft202012Validator
from lxml import etree

SCHEMAS = Path(__file__).parent / "schemas"


def check_feed(content: bytes, form: str) -> None:
    """Fails with what is wrong with it."""
    if form == "json":
        schema = json.loads((SCHEMAS / "feed.schema.json").read_text())
        feed = json.loads(content)
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
            feed
        )
        identities = [item["id"] for item in feed["items"]]
    else:
        etree.RelaxNG(file=str(SCHEMAS / f"{form}.rng")).assertValid(etree.fromstring(content))
        read = feedparser.parse(content)
        assert not read.bozo, read.get("bozo_exception")
        assert read.version == {"rss": "rss20", "atom": "atom10"}[form]
        assert all(entry.published_parsed for entry in read.entries)
        identities = [entry.id for entry in read.entries]
    assert len(set(identities)) == len(identities)
