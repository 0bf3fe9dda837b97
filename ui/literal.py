"""Words from outside, shown as they are: names in links and in files can hold anything."""

from __future__ import annotations

import re


def literal(text: object) -> str:
    """Text in which Streamlit's Markdown finds no link, picture, colour or formula."""
    return re.sub(r"([\\`*_[\]<>$~|#!&@]|:(?=\S)|(?<=www)\.)", r"\\\1", str(text))
