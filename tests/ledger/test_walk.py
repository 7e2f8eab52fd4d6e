"""The walk through a list that changes while it is walked: nothing that stays is missed, and it ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workers.reconcile.walk import Page, Walk

CHANGES = st.sampled_from(["add", "delete", "nothing"])


def shown(rows: list[int], number: int, size: int) -> list[int]:
    """The store's page: newest first, and the last one for every number past the end (FIELD-NOTES)."""
    ordered = sorted(rows, reverse=True)
    last = max(1, -(-len(ordered) // size))
    number = min(number, last)
    return ordered[(number - 1) * size : number * size]


def test_a_list_that_stands_still_is_seen_once_a_page() -> None:
    asked, walk = [], Walk()
    while walk.page is not None:
        asked.append(walk.page)
        walk = walk.after(Page(shown(list(range(1, 251)), walk.page, 100), 250, 100, past=False))
    assert asked == [1, 2, 3]
    assert walk.highest == 250


def test_it_ends_at_what_is_older_than_wanted() -> None:
    walk = Walk().after(Page([9, 8, 7], 900, 3, past=True))
    assert walk.page is None


def test_a_store_that_does_not_say_how_many_there_are_is_walked_to_its_clamped_end() -> None:
    rows, asked, walk = list(range(1, 8)), [], Walk()
    while walk.page is not None:
        asked.append(walk.page)
        walk = walk.after(Page(shown(rows, walk.page, 3), None, 3, past=False))
    assert asked == [1, 2, 3, 4]


def test_rows_deleted_behind_it_send_it_back() -> None:
    walk = Walk().after(Page([9, 8, 7], 9, 3, past=False))
    assert walk.page == 2
    # 9 and 8 are gone: 6 has slid from the second page to the first one.
    walk = walk.after(Page([4, 3, 2], 7, 3, past=False))
    assert walk.page == 1


def test_it_is_the_same_after_a_pause() -> None:
    walk = Walk().after(Page([9, 8, 7], 9, 3, past=False))
    assert Walk(**walk.as_json()) == walk


@given(
    rows=st.integers(0, 40),
    size=st.integers(1, 7),
    changes=st.lists(
        st.tuples(st.sampled_from(["add", "delete", "nothing"]), st.integers(0, 60)), max_size=40
    ),
)
def test_whatever_changes_meanwhile_nothing_that_stays_is_missed(
    rows: int, size: int, changes: list[tuple[str, int]]
) -> None:
    standing = list(range(1, rows + 1))
    before, seen, walk, next_id = set(standing), set[int](), Walk(), rows + 1
    todo = iter(changes)
    calls = 0
    while walk.page is not None:
        page = shown(standing, walk.page, size)
        seen.update(page)
        walk = walk.after(Page(page, len(standing), size, past=False))
        calls += 1
        assert calls < 500, "the walk ends"
        for kind, number in (next(todo, ("nothing", 0)) for _ in range(2)):
            if kind == "add":
                standing.append(next_id)
                next_id += 1
            elif kind == "delete" and standing:
                standing.pop(number % len(standing))
    assert before & set(standing) <= seen
