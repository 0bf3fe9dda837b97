"""All lessons, in the order in which they are listed within their groups."""

from ui.learn.lesson import Group, Lesson
from ui.learn.lessons import (
    autoencoder,
    beta,
    between,
    dimension,
    elbo,
    holes,
    honest,
    packing,
    reparameterization,
    strange,
)
from ui.learn.lessons.bugs import BUGS

LESSONS: tuple[Lesson, ...] = (
    autoencoder.LESSON,
    holes.LESSON,
    reparameterization.LESSON,
    elbo.LESSON,
    beta.LESSON,
    honest.LESSON,
    between.LESSON,
    strange.LESSON,
    dimension.LESSON,
    packing.LESSON,
    *BUGS,
)
GROUPS: tuple[Group, ...] = ("Foundations", "Reading maps", "Using it", "Spot the bug")
