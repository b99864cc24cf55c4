"""Every page that links lead to, found as a person finds them: from the dashboard on."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import APIRequestContext

GONE = 410
EXAMPLES = 3  # pages of one kind that are looked into for links
LOADS = {("link", "href"), ("script", "src"), ("img", "src")}
LEADS = {("a", "href"), *LOADS}


class Links(HTMLParser):
    """Addresses that a page leads to, and those that only its buttons and its script ask for."""

    def __init__(self) -> None:
        super().__init__()
        self.led: list[str] = []
        self.asked: list[str] = []
        self.form = ""
        self.fields: dict[str, str] = {}
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.asked += [value for name, value in values.items() if _is_fetched(name) and value]
        self.led += [value for name, value in values.items() if (tag, name) in LEADS]
        if tag == "form" and values.get("method") == "post":
            self.asked.append(values.get("action", ""))
        elif tag == "form":
            self.form, self.fields = values.get("action", ""), {}
        elif tag == "select":
            self.select = values.get("name", "")
        elif tag == "input" and values.get("type") not in {"checkbox", "radio"}:
            self.fields[values.get("name", "")] = values.get("value", "")
        elif tag == "option" and (self.select not in self.fields or "selected" in values):
            self.fields[self.select] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        """A form that only asks leads to what it asks for as it is filled in already."""
        if tag == "form" and self.form:
            filled = {name: value for name, value in self.fields.items() if name and value}
            self.led.append(f"{self.form}?{urlencode(filled)}")
            self.form = ""


@dataclass(slots=True)
class Walk:
    """What was found: pages by the name of their pattern, what else is asked for, what is dead."""

    pages: dict[str, list[str]] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    dead: list[str] = field(default_factory=list)


def walk(request: APIRequestContext, root: str) -> Walk:
    """Follow every link, into the first pages of each kind; ``root`` ends without a slash."""
    found, seen, waiting = Walk(), set[str](), [("/", "the start")]
    while waiting:
        path, origin = waiting.pop(0)
        name = pattern_of(path)
        looked_into = found.pages.get(name, [])
        if path in seen or len(looked_into) >= EXAMPLES or name.startswith("admin:"):
            continue
        seen.add(path)
        answer = request.get(f"{root}{path}")
        if answer.status == GONE:  # says where it is now
            continue
        if not answer.ok:
            found.dead.append(f"{path} ({answer.status}), from {origin}")
        elif not answer.headers.get("content-type", "").startswith("text/html"):
            found.others.add(name)
        else:
            found.pages[name] = [*looked_into, path]
            links = Links()
            links.feed(answer.text())
            found.others |= {pattern_of(one) for one in _own(links.asked, root, path)}
            waiting += [(one, path) for one in _own(links.led, root, path)]
    return found


def pattern_of(path: str) -> str:
    """The name of the pattern that answers an address; empty when there is none."""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""


def patterns() -> set[str]:
    """The names of all addresses of the portal but those of the administration."""
    return set(_names(get_resolver().url_patterns))


def _names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLPattern):
            yield str(one.name)
        elif one.namespace is None:
            yield from _names(one.url_patterns)


def _is_fetched(attribute: str) -> bool:
    return attribute in {"hx-get", "hx-post"} or attribute.startswith("data-")


def _own(addresses: list[str], root: str, path: str) -> list[str]:
    """Those of the portal itself as paths, with their query and without static files."""
    absolute = (urldefrag(urljoin(f"{root}{path}", one)).url for one in addresses)
    paths = [one.removeprefix(root) for one in absolute if one.startswith(f"{root}/")]
    return [one for one in paths if not one.startswith("/static/")]
