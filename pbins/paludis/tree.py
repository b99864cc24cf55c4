"""The trees that exheres keep dependencies, options and licences in: words, labels and groups.

A tree renders back to the words it was read from. No tree is deeper than `MAX_DEPTH`, so whatever
walks one may recurse.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pbins.paludis.errors import ParseError, shown

MAX_DEPTH = 100
"""Groups within groups; real trees stay below ten."""
MAX_LENGTH = 1_000_000
"""Characters; the largest real trees have a few thousand."""

WORD = re.compile(r"[^ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Annotation:
    """`key = [ some words ]`, or `key = word` when it is not bracketed."""

    key: str
    value: str
    bracketed: bool = True


Annotations = tuple[Annotation, ...] | None
"""None where there is no `[[ ]]` at all."""


@dataclass(frozen=True, slots=True)
class Word:
    """A leaf: a package, an option, a licence."""

    text: str
    annotations: Annotations = None


@dataclass(frozen=True, slots=True)
class Label:
    """`build+run:`, which holds for what follows it in the same group; `text` lacks the colon."""

    text: str
    annotations: Annotations = None


@dataclass(frozen=True, slots=True)
class Group:
    """`( … )`. `opener` is what stands before it: nothing, `||`, `doc?` or `!doc?`."""

    opener: str
    children: "Tree"
    annotations: Annotations = None


Node = Word | Label | Group
Tree = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a word stands: the label that holds for it and the groups around it, outermost first.

    `label` is None where none was given.
    """

    label: str | None = None
    groups: tuple[Group, ...] = ()

    def annotated(self, key: str) -> Group | None:
        """The innermost group with an annotation, if there is one."""
        return next((one for one in reversed(self.groups) if annotation_of(one, key)), None)

    def annotation(self, key: str) -> str:
        """The value of an annotation of the innermost group that has it; empty if none has."""
        group = self.annotated(key)
        return "" if group is None else annotation_of(group, key)


def annotation_of(node: Node, key: str) -> str:
    """The value of one annotation; empty if it lacks. Exlibs write `*key` for a default."""
    for annotation in node.annotations or ():
        if annotation.key.removeprefix("*") == key:
            return annotation.value
    return ""


def render_tree(tree: Tree) -> str:
    """Write a tree on one line, its words one space apart."""
    return " ".join(_words(tree))


def scoped_words(tree: Tree, scope: Scope | None = None) -> Iterator[tuple[Word, Scope]]:
    """Every word of a tree, with where it stands."""
    scope = scope or Scope()
    for node in tree:
        if isinstance(node, Word):
            yield node, scope
        elif isinstance(node, Label):
            scope = Scope(node.text, scope.groups)
        else:
            yield from scoped_words(node.children, Scope(scope.label, (*scope.groups, node)))


def parse_tree(text: str) -> Tree:
    """Read a tree; ParseError if it is not one, is too long or too deep."""
    if len(text) > MAX_LENGTH:
        raise ParseError(f"a tree of {len(text)} characters is too long")
    return _Reader(WORD.findall(text)).read()


class _Reader:
    """Reads words from the left; a stack in place of recursion, so depth can't hurt."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.at = 0
        self.children: list[Node] = []
        self.enclosing: list[tuple[str, list[Node]]] = []

    def read(self) -> Tree:
        while self.at < len(self.words):
            word = self._next()
            if word == "(":
                self._open("")
            elif word == ")":
                self._close()
            elif word == "||" or word[-1] == "?":
                self._expect("(", f"after {shown(word)}")
                self._open(word)
            else:
                self._leaf(word)
        if self.enclosing:
            raise ParseError("a group is not closed: a ) is missing")
        return tuple(self.children)

    def _next(self) -> str:
        self.at += 1
        return self.words[self.at - 1]

    def _peek(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def _expect(self, word: str, where: str) -> None:
        if self._peek() != word:
            raise ParseError(f"a {word} is missing {where}")
        self.at += 1

    def _open(self, opener: str) -> None:
        if len(self.enclosing) == MAX_DEPTH:
            raise ParseError(f"groups are more than {MAX_DEPTH} deep")
        self.enclosing.append((opener, self.children))
        self.children = []

    def _close(self) -> None:
        if not self.enclosing:
            raise ParseError("a ) closes nothing")
        opener, siblings = self.enclosing.pop()
        siblings.append(Group(opener, tuple(self.children), self._annotations()))
        self.children = siblings

    def _leaf(self, word: str) -> None:
        if word[0] in "()]" or word.startswith(("||", "[[")):
            raise ParseError(f"{shown(word)} can't stand here")
        if word[-1] == ":":
            self.children.append(Label(word[:-1], self._annotations()))
        else:
            self.children.append(Word(word, self._annotations()))

    def _annotations(self) -> Annotations:
        if self._peek() != "[[":
            return None
        self.at += 1
        annotations: list[Annotation] = []
        while self._peek() != "]]":
            annotations.append(self._annotation())
        self.at += 1
        return tuple(annotations)

    def _annotation(self) -> Annotation:
        key = self._peek()
        if key in ("", "=", "[", "]") or key.startswith("]]"):
            raise ParseError("an annotation is not closed: a ]] is missing")
        self.at += 1
        self._expect("=", f"after the annotation {shown(key)}")
        if self._peek() != "[":
            return Annotation(key, self._bare_value(key), bracketed=False)
        self.at += 1
        try:
            end = self.words.index("]", self.at)
        except ValueError:
            raise ParseError(f"the annotation {shown(key)} is not closed: a ] is missing") from None
        value = " ".join(self.words[self.at : end])
        if " ]" in f" {value}":
            raise ParseError(f"a ] in the annotation {shown(key)} must stand alone")
        self.at = end + 1
        return Annotation(key, value)

    def _bare_value(self, key: str) -> str:
        if self._peek()[:1] in ("", "[", "]"):
            raise ParseError(f"the annotation {shown(key)} has no value")
        return self._next()


def _words(tree: Iterable[Node]) -> Iterator[str]:
    for node in tree:
        if isinstance(node, Word):
            yield node.text
        elif isinstance(node, Label):
            yield f"{node.text}:"
        else:
            yield from (node.opener, "(") if node.opener else ("(",)
            yield from _words(node.children)
            yield ")"
        if node.annotations is not None:
            yield from ("[[", *_annotation_words(node.annotations), "]]")


def _annotation_words(annotations: tuple[Annotation, ...]) -> Iterator[str]:
    for annotation in annotations:
        yield from (annotation.key, "=")
        if not annotation.bracketed:
            yield annotation.value
        elif annotation.value:
            yield from ("[", annotation.value, "]")
        else:
            yield from ("[", "]")
