"""Real images, for tests of what was made from them."""

from __future__ import annotations

import os

import pytest

from vae_core.data import DATASETS, ImageSet, load_images
from vae_core.errors import DataMissingError


def real_images(name: str, split: str = "test") -> ImageSet:
    """Those of a data set; without them the test is skipped.

    On a machine of the continuous integration that says where they are they must be there.
    """
    if name not in DATASETS:
        pytest.skip(f"{name} is a data set of somebody's own")
    try:
        return load_images(name, split)
    except DataMissingError as err:
        if os.environ.get("CI") and os.environ.get("VAE_DATA_DIR"):
            raise
        pytest.skip(str(err))
