"""Paper: a plot with a title above it and notes below, as PNG or SVG.

Lengths are in pixels, 96 to the inch, as on the page. The same sheet gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from textwrap import wrap
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from ui import palette

if TYPE_CHECKING:  # importing it takes half a second, and most visits need none of it
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Kind = Literal["png", "svg"]
PER_INCH, DPI = 96, 200  # pixels of the page; dots of a PNG
POINT = 72 / PER_INCH  # of a printer, in a pixel
WIDTH = 640  # of the plot
LEFT, RIGHT, TOP, BOTTOM = 80, 20, 12, 56  # margins of the plot, without title and notes
BAR, BAR_WIDTH, BAR_SHARE = 56, 12, 0.6  # of a colour bar: its margin, its width, its height
TITLE_FONT, FONT, NOTE_FONT = 17, 13, 12  # heights of letters
LINE = 1.45  # from one line of text to the next, in heights of its letters
LETTERS = {TITLE_FONT: 0.64, NOTE_FONT: 0.54}  # width of an average letter, in heights
GAP = 8
SOFT = "#4d515a"  # of all but the title
MAX_TEXT = 300  # characters of anything that is written
LAST_RESORT = "Last Resort"  # a font that has a sign for every character, and says nothing
_LOCK = Lock()  # the settings of matplotlib belong to the whole process
_SETTINGS: dict[Any, object] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "latent-loupe",  # else names inside the file are random
    "text.parse_math": False,  # a class may be called "$"
    # What is laid out here, then what is as wide, for a viewer of SVG that does not have it.
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": FONT * POINT,
    "text.color": palette.INK["light"],
    "axes.labelcolor": palette.INK["light"],
}


@dataclass(frozen=True)
class Sheet:
    """What stands around a plot.

    Attributes:
        title: In bold.
        subtitle: Under it.
        notes: Under the plot, each on lines of its own.
        height: Of the plot; its width is `WIDTH`.
        has_bar: Whether there is room for a colour bar beside it.
    """

    title: str
    subtitle: str
    notes: tuple[str, ...]
    height: float
    has_bar: bool = False

    @property
    def head(self) -> list[tuple[str, int]]:
        """Lines above the plot, and the height of their letters."""
        title = [(line, TITLE_FONT) for line in _lines(self.title, TITLE_FONT)]
        return title + [(line, NOTE_FONT) for line in _lines(self.subtitle, NOTE_FONT)]

    @property
    def foot(self) -> list[tuple[str, int]]:
        """Lines below it."""
        return [(line, NOTE_FONT) for note in self.notes for line in _lines(note, NOTE_FONT)]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the whole sheet."""
        height = TOP + _height(self.head) + GAP + self.height + BOTTOM + _height(self.foot) + TOP
        return LEFT + WIDTH + RIGHT + BAR * self.has_bar, height


def print_sheet(sheet: Sheet, kind: Kind, plot: Callable[[Axes], None]) -> bytes:
    """The file; `plot` draws into the axes."""
    import matplotlib
    from matplotlib.figure import Figure

    width, height = sheet.size
    with _LOCK, matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever this machine prefers
        matplotlib.rcParams.update(_SETTINGS)
        figure = Figure((width / PER_INCH, height / PER_INCH))
        plot(_lay_out(figure, sheet))
        _find_fonts(figure)
        buffer = BytesIO()
        about = {"Title": plain(sheet.title)} | ({"Date": None} if kind == "svg" else {})
        figure.savefig(buffer, format=kind, dpi=DPI, metadata=about)
    return buffer.getvalue()


def beside(axes: Axes) -> Axes:
    """Axes of a colour bar right of the plot."""
    figure, place = axes.get_figure(root=True), axes.get_position()
    assert figure is not None
    pixel = place.width / WIDTH
    y = place.y0 + place.height * (1 - BAR_SHARE) / 2
    x = place.x1 + RIGHT * pixel
    return figure.add_axes((x, y, BAR_WIDTH * pixel, place.height * BAR_SHARE))


def plain(text: str) -> str:
    """A text from outside as it can be written: on one line, and not too long."""
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
    return shown if len(shown) <= MAX_TEXT else f"{shown[:MAX_TEXT]}…"


def _lay_out(figure: Figure, sheet: Sheet) -> Axes:
    """Write the texts; the axes between them."""
    width, height = sheet.size

    def write(lines: list[tuple[str, int]], y: float) -> float:
        for line, font in lines:
            text = figure.text(LEFT / width, y / height, line, va="top", size=font * POINT)
            text.set(**({"weight": "bold"} if font == TITLE_FONT else {"color": SOFT}))
            y -= font * LINE
        return y

    y = write(sheet.head, height - TOP) - GAP - sheet.height
    write(sheet.foot, y - BOTTOM)
    return figure.add_axes(
        (LEFT / width, y / height, WIDTH / width, sheet.height / height), axisbelow=True
    )


def _find_fonts(figure: Figure) -> None:
    """Add fonts of this machine for characters that matplotlib's own does not have."""
    from matplotlib.font_manager import findfont, fontManager, get_font
    from matplotlib.text import Text

    texts = [text for text in figure.findobj(Text) if isinstance(text, Text)]
    missing = {ord(letter) for text in texts for letter in text.get_text()}
    missing -= get_font(findfont("DejaVu Sans")).get_charmap().keys()
    families = ["sans-serif"]
    for font in fontManager.ttflist:
        if not missing:
            break
        found = missing & get_font(font.fname).get_charmap().keys()
        if found and LAST_RESORT not in font.name:
            families.append(font.name)
            missing -= found
    for text in texts if len(families) > 1 else ():
        text.set_fontfamily(families)


def _lines(text: str, font: int) -> Iterator[str]:
    yield from wrap(plain(text), int(WIDTH / (font * LETTERS[font])))


def _height(lines: list[tuple[str, int]]) -> float:
    return sum(font * LINE for _, font in lines)
