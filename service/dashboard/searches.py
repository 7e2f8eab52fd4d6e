"""Searched texts, kept in the session: a phone or a name must not stand in an address, which gets logged."""

from __future__ import annotations

import secrets

from flask import session

# The session is a cookie of at most 4 kB: a few searches for a few open tabs.
MOST = 3
LONGEST = 100
_KEY = "searches"


def keep(text: str) -> str:
    """Remember the text; gives the word that stands for it in an address."""
    word = secrets.token_urlsafe(6)
    # Pairs and not a dictionary: the cookie's JSON would sort that.
    session[_KEY] = [*session.get(_KEY, [])[-(MOST - 1) :], [word, text[:LONGEST]]]
    return word


def recall(word: str) -> str | None:
    """The text that the word stands for; None when it was forgotten."""
    text: str | None = dict(session.get(_KEY, [])).get(word)
    return text
