"""What a map of two dimensions leaves open: where a code of more lies off its plane."""

from __future__ import annotations


def borrowed(image: int, distance: float, n_dims: int) -> str:
    """Whose part off the plane a place of the map got, in a sentence or two.

    Args:
        image: Number of the held-out image.
        distance: Of the code from the plane, latent units.
        n_dims: Of the code; more than the map's two.
    """
    return (
        f"Off the plane the code is that of held-out image {image}: {distance:.2f} latent units "
        f"from the plane. The map shows 2 of {n_dims} dimensions."
    )
