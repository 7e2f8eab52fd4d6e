"""HTML as text for people: its words, its lines, and where its links and images lead. Pure, in linear time.

What the help desk sends may be HTML, plain text, or plain text with a `<` in it, and nothing says which: only
what is a tag of HTML is taken for one, and everything else stays as it was written.
"""

from __future__ import annotations

import html
import re

_NEW_LINE = re.compile(
    r"address|article|aside|blockquote|body|br|caption|center|d[dlt]|div|fieldset|figcaption|figure|footer"
    r"|form|h[1-6r]|head|header|html|li|main|nav|[ou]l|p|pre|section|summary|table|tbody|tfoot|thead|tr"
)
_SHOWN_BY_ADDRESS = frozenset(("img", "video", "audio", "source", "iframe", "embed"))
_WITHIN_A_LINE = re.compile(
    r"a|abbr|acronym|area|b|base|bdi|bdo|big|button|canvas|cite|code|col|colgroup|del|details|dfn|em|font|i"
    r"|input|ins|kbd|label|link|map|mark|marquee|meta|nobr|noscript|object|picture|q|r[pt]|ruby|s|samp|script"
    r"|select|small|span|strike|strong|style|sub|sup|svg|t[dh]|template|textarea|time|title|tt|u|var|wbr"
)
# Their content is nothing to read.
_SKIPPED = ("script", "style", "head", "title", "template", "svg")
_SKIPPED_TO = {name: re.compile(rf"</{name}(?![\w-])", re.IGNORECASE) for name in _SKIPPED}

# Office's tags have a prefix.
_NAME = re.compile(r"</?((?:(?:o|w|v|m|st1):)?[a-zA-Z][a-zA-Z0-9]{0,20})(?=[\s>]|/>)")
_NO_TEXT = re.compile(r"<(?:!doctype|!\[|\?xml)", re.IGNORECASE)
# To the next sign that means something in a tag.
_ORDINARY = re.compile(r"[^<>\"']*")
_UNQUOTED = re.compile(r"[^<>]*")
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(href|src|alt)\s{0,20}=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# Nothing that a browser would run, and no picture written out in letters.
_SCHEME = re.compile(r"(?!https?:|mailto:|tel:|ftp:)[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_LONGEST_ADDRESS = 2000


def plain(markup: str) -> str:
    """The text without empty lines; "" for HTML that shows nothing."""
    reader = _Reader(markup)
    reader.read()
    lines = (" ".join(line.split()) for line in "".join(reader.out).splitlines())
    # Not one of characters that nobody can see either.
    return "\n".join(line for line in lines if any(one.isprintable() and one != " " for one in line))


class _Reader:
    """Reads from left to right, each character a bounded number of times."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.out: list[str] = []
        # What ends of tags may be looked for in vain: so many characters, and then quotations do not count.
        self._patience = 2 * len(markup)
        self._endless: set[str] = set()
        """What is opened and never closed from here on."""
        self._link: tuple[str, int] | None = None
        """The address of the link that is open, and where its words begin in `out`."""

    def read(self) -> None:
        position = 0
        while (start := self.markup.find("<", position)) >= 0:
            self._text(position, start)
            position = self._after(start)
        self._text(position, len(self.markup))
        self._end_link()

    def _text(self, start: int, end: int) -> None:
        if start < end:
            self.out.append(_unescaped(self.markup[start:end]))

    def _after(self, start: int) -> int:
        """Where to go on after what begins with the `<` at `start`."""
        if self.markup.startswith("<!--", start):
            return self._past("-->", start)
        if _NO_TEXT.match(self.markup, start):
            return self._past(">", start)
        named = _NAME.match(self.markup, start)
        if named and _is_known(named[1].lower()):
            end = self._end_of_tag(named.end())
            attributes = "" if end is None else self.markup[named.end() : end]
            if end is not None and not _is_a_sum(named[1], attributes):
                closing = self.markup.startswith("</", start)
                return self._tag(named[1].lower(), attributes, end + 1, closing=closing)
        self.out.append("<")
        return start + 1

    def _past(self, end: str, start: int) -> int:
        found = -1 if end in self._endless else self.markup.find(end, start)
        if found >= 0:
            return found + len(end)
        self._endless.add(end)
        self.out.append("<")
        return start + 1

    def _end_of_tag(self, position: int) -> int | None:
        """Where the `>` of a tag is; None when it has none before the next tag."""
        at = position
        while self._patience > 0:
            at = _end(_ORDINARY, self.markup, at)
            sign = self.markup[at : at + 1]
            if sign == ">":
                return at
            closed = self.markup.find(sign, at + 1) if sign in ("'", '"') else -1
            if closed < 0:
                self._patience -= (len(self.markup) if sign in ("'", '"') else at) - position
                break
            at = closed + 1
        at = _end(_UNQUOTED, self.markup, position)
        return at if self.markup.startswith(">", at) else None

    def _tag(self, name: str, attributes: str, position: int, *, closing: bool) -> int:
        """Take in a tag; gives where to go on."""
        if _NEW_LINE.fullmatch(name):
            self.out.append("\n")
        elif name in ("td", "th"):
            self.out.append(" ")
        if name == "a":
            self._end_link()
            if not closing and (address := _address(attributes, "href")):
                self._link = address, len(self.out)
        elif name in _SHOWN_BY_ADDRESS and not closing:
            address, words = _address(attributes, "src"), _unescaped(_attribute(attributes, "alt"))
            self.out.append(f" {_with_address(words, address)} ")
        elif name in _SKIPPED_TO and not closing and not attributes.endswith("/"):
            return self._skipped(name, position)
        return position

    def _skipped(self, name: str, position: int) -> int:
        found = None if name in self._endless else _SKIPPED_TO[name].search(self.markup, position)
        if found:
            return found.start()
        self._endless.add(name)
        # Of a script that was cut off nothing is left to read; any other may just not be closed.
        return len(self.markup) if name in ("script", "style") else position

    def _end_link(self) -> None:
        if self._link:
            address, start = self._link
            words = " ".join("".join(self.out[start:]).split())
            if address not in words:
                self.out.append(f" ({address})" if words else address)
            self._link = None


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return found.end() if found else start


def _is_known(name: str) -> bool:
    return (
        name in _SHOWN_BY_ADDRESS
        or ":" in name
        or bool(_NEW_LINE.fullmatch(name) or _WITHIN_A_LINE.fullmatch(name))
    )


def _is_a_sum(name: str, attributes: str) -> bool:
    """Is it `a <b and c> d`, which somebody wrote of numbers?"""
    return len(name) == 1 and bool(attributes.strip(" /")) and "=" not in attributes


def _with_address(words: str, address: str) -> str:
    return f"{words} ({address})" if words.strip() and address else words or address


def _address(attributes: str, name: str) -> str:
    """Where the tag leads, as a person can use it; "" for anything else."""
    found = "".join(_unescaped(_attribute(attributes, name)).split())
    if not found or found.startswith("#") or _SCHEME.match(found) or len(found) > _LONGEST_ADDRESS:
        return ""
    return found.removeprefix("mailto:").removeprefix("tel:")


def _attribute(attributes: str, name: str) -> str:
    for found in _ATTRIBUTE.finditer(attributes):
        if found[1].lower() == name:
            return found[2] or found[3] or found[4] or ""
    return ""


def _unescaped(text: str) -> str:
    """With the characters that entities stand for; not `&copy` in an address, which has no end."""
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)
