"""Tests for vae_core.strict_json."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core import strict_json

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)  # fmt: skip


@given(plain)
def test_plain_values_come_back(value: object) -> None:
    assert strict_json.loads(strict_json.dumps(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        '{"loss": NaN}',
        "[Infinity]",
        "[-Infinity]",
        '{"a": 1, "a": 2}',
        '{"b": {"a": 1, "a": 1}}',
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000,
        "[1,]",
        "{'a': 1}",
        "\ufeff{}",
        "",
        "{} {}",
        '"\x01"',
        "1" * 5000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        strict_json.loads(text)


@pytest.mark.parametrize("data", [b"\xff\xff", b'"\xc3', b"\x80\x04K\x01."])
def test_bytes_that_are_not_text_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        strict_json.loads(data)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, {"loss": [math.nan]}])
def test_undefined_numbers_are_not_written(value: object) -> None:
    with pytest.raises(ValueError):
        strict_json.dumps(value)


def test_equal_values_are_written_alike() -> None:
    assert strict_json.dumps({"b": 1, "a": [2]}) == strict_json.dumps({"a": [2], "b": 1})


@given(st.binary(max_size=50) | st.text(max_size=50))
def test_any_input_is_read_or_refused_with_a_value_error(data: bytes | str) -> None:
    try:
        strict_json.loads(data)
    except ValueError:
        return
