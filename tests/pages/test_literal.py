"""Tests for ui/literal.py: nothing from outside becomes Markdown."""

import pytest

from ui.distinct import distinct
from ui.literal import literal


@pytest.mark.parametrize(
    "text",
    [
        "![p](http://127.0.0.1/x.png)", "[Log in](http://127.0.0.1)", ":red[x]", "**bold**",
        "`code`", "<b>", "$x$", "~~x~~", "https://127.0.0.1/x", "me@127.0.0.1", ":material/star:",
        "back\\slash",
    ],
)  # fmt: skip
def test_every_sign_that_markdown_knows_is_escaped(text):
    found = literal(text)
    for position, character in enumerate(found):
        if character in "`*_[]<>$~@!" or found[position : position + 2] in (":r", ":/", ":m"):
            assert found[position - 1] == "\\"
    assert found.replace("\\\\", "\0").replace("\\", "").replace("\0", "\\") == text


def test_a_bare_address_is_no_link():
    assert literal("www.example.org") == "www\\.example.org"


def test_plain_words_stay_as_they_are():
    assert literal("no model 'nobody' (2 of 3), 50 %") == "no model 'nobody' (2 of 3), 50 %"


def test_choices_that_read_the_same_are_told_apart():
    assert distinct({"a": "x", "b": "y", "c": "x"}) == {"a": "a · x", "b": "y", "c": "c · x"}
