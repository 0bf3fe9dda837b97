"""Tests for ui/link.py: an address is read strictly, and written to the last bit."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui import link
from ui.images import tiled
from ui.link import MAX_COORDINATE, Link

COORDINATES = st.floats(-MAX_COORDINATE, MAX_COORDINATE)


@dataclass(frozen=True)
class Shown:
    """A page that shows a place, a number and a switch."""

    place: tuple[float, float] = (0.0, 0.0)
    seed: int = 0
    is_open: bool = False


def to_params(shown: Shown) -> dict[str, str]:
    return {
        "at": link.written(shown.place),
        "seed": str(shown.seed),
        "open": str(int(shown.is_open)),
    }


READERS = {
    "at": ("place", link.place),
    "seed": ("seed", link.whole(0, 99)),
    "open": ("is_open", link.switch),
}
LINK = Link("test_shown", Shown(), READERS, to_params)


@given(st.builds(Shown, st.tuples(COORDINATES, COORDINATES), st.integers(0, 99), st.booleans()))
def test_a_link_gives_back_what_was_written(shown):
    assert LINK.parse(to_params(shown)) == (shown, [])


def test_what_is_missing_or_unknown_changes_nothing():
    assert LINK.parse({}) == (Shown(), [])
    assert LINK.parse({"seed": "7", "page": "x"}) == (Shown(seed=7), [])


@given(st.text())
def test_any_text_is_read_or_named(text):
    shown, unread = LINK.parse(dict.fromkeys(READERS, text))
    assert isinstance(shown, Shown)
    assert set(unread) <= set(READERS)


@pytest.fixture
def browser(monkeypatch):
    """A browser that tells its own address, and keeps what it was sent for later."""
    sent = []
    told = to_params(Shown())
    address = SimpleNamespace(to_dict=lambda: dict(told), from_dict=sent.append)
    monkeypatch.setattr(link.st, "query_params", address)
    monkeypatch.setattr(link.st, "session_state", {})
    return sent


def test_what_is_taken_back_is_sent_to_a_browser_that_is_a_message_behind(browser):
    LINK.current()
    assert browser == []
    LINK.update(seed=1)
    # It still tells the old address, so what it says is what is wanted; but the new one arrives.
    assert LINK.current() == Shown()
    assert browser == [to_params(Shown(seed=1)), to_params(Shown())]
    LINK.current()
    assert len(browser) == 2


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (link.whole(0, 9), "10"),
        (link.whole(0, 9), "-1"),
        (link.whole(0, 9), "1.0"),
        (link.whole(0, 9), "³"),
        (link.number(0, 1), "nan"),
        (link.number(0, 1), "inf"),
        (link.number(0, 1), "1.01"),
        (link.numbers, "1,,2"),
        (link.numbers, "1e7"),
        (link.numbers, ",".join(["0"] * 513)),
        (link.place, "1"),
        (link.place, "1,2,3"),
        (link.switch, "true"),
        (link.one_of("a", "b"), "c"),
        (link.name, ""),
        (link.name, "a\nb"),
        (link.name, "a" * 4097),
    ],
)
def test_garbage_is_refused(reader, text):
    with pytest.raises(ValueError):
        reader(text)


def test_tiled_images_stand_row_by_row():
    images = np.arange(2 * 3 * 1 * 2 * 2, dtype=np.uint8).reshape(2, 3, 1, 2, 2)
    whole = tiled(images)
    assert whole.shape == (1, 4, 6)
    for row in range(2):
        for column in range(3):
            cell = whole[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
            np.testing.assert_array_equal(cell, images[row, column])
