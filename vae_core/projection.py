"""The map: a plane through latent space, and the way back from it.

A point on a two-dimensional map of a D-dimensional space stands for many codes. `to_latent`
has to choose one, and its caller has to say which: the one on the plane itself ("zero"), the
one that is as far off the plane as the nearest encoded image ("nearest"), or the one so far off
the plane along each of the other components as the given numbers say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree
from torch import Tensor

from vae_core.errors import ConfigError

Completion = Literal["nearest", "zero"] | tuple[float, ...]
Basis = Literal["auto", "pca", "latent"]
FloatArray = npt.NDArray[np.float64]
MARGIN = 0.12  # of the width of the data, left free around it
TAIL = 0.005  # of the codes, on each side, that the map's extent need not hold
MIN_CODES = 3  # fewer do not span a plane


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through latent space, fitted to N codes.

    Plane coordinates are in latent units: the axes are orthonormal, so a distance on the map
    is a distance in latent space (of what lies in the plane).

    Attributes:
        mean: Point of latent space at the map's origin, shape (D,).
        basis: Directions of the K components, orthonormal, shape (K, D); K is D, or less if
            there are fewer codes than dimensions.
        explained_variance: Share of the codes' variance along every component, shape (D,).
        components: Which of them are the map's axes, from 0.
        names: Of the two axes, such as "PC 1" or "z1"; the second is "" for D = 1.
        codes: What the plane was fitted to, shape (N, D).
    """

    mean: FloatArray
    basis: FloatArray
    explained_variance: FloatArray
    components: tuple[int, int]
    names: tuple[str, str]
    codes: FloatArray = field(repr=False)

    @cached_property
    def axes(self) -> FloatArray:
        """Directions of the horizontal and the vertical axis, shape (2, D).

        For D = 1 there is no second one: it is zero.
        """
        if len(self.mean) == 1:
            return np.vstack([self.basis, np.zeros((1, 1))])
        return self.basis[list(self.components)]

    def name_of(self, component: int) -> str:
        """Such as "PC 3" or "z3"."""
        return f"{self.names[0].rstrip('0123456789′')}{component + 1}"

    @property
    def others(self) -> tuple[int, ...]:
        """The components that the map does not show."""
        return tuple(c for c in range(len(self.basis)) if c not in self.components)

    @cached_property
    def spread(self) -> FloatArray:
        """Standard deviation of the codes along every component, latent units, shape (K,)."""
        deviation: FloatArray = ((self.codes - self.mean) @ self.basis.T).std(0)
        return deviation

    def off_axes(self, z: Tensor | npt.ArrayLike) -> FloatArray:
        """How far codes, shape (N, D), lie along each of `others`; latent units, (N, K - 2)."""
        codes = np.asarray(z, dtype=np.float64)
        found: FloatArray = (codes - self.mean) @ self.basis[list(self.others)].T
        return found

    def to_plane(self, z: Tensor | npt.ArrayLike) -> FloatArray:
        """Project codes, shape (N, D), onto the map, shape (N, 2)."""
        projected: FloatArray = (np.asarray(z, dtype=np.float64) - self.mean) @ self.axes.T
        return projected

    def to_latent(self, xy: npt.ArrayLike, completion: Completion = "nearest") -> FloatArray:
        """Codes, shape (N, D), that lie over places of the map, shape (N, 2).

        Args:
            xy: Plane coordinates.
            completion: "zero" takes the code on the plane itself; "nearest" adds the part
                off the plane of the encoded image that is nearest on the map; numbers are how
                far to go along each of `others`, latent units. All agree for D <= 2, where
                nothing lies off the plane.

        Returns:
            Codes with `to_plane(to_latent(xy)) == xy` (for D = 1, in the first coordinate).

        Raises:
            ConfigError: No such completion, or not one finite number for each of `others`.
        """
        places = np.asarray(xy, dtype=np.float64)
        z: FloatArray = self.mean + places @ self.axes
        if isinstance(completion, tuple):
            return z + self._along(completion)
        if completion not in ("nearest", "zero"):
            raise ConfigError(f"Unknown completion {completion!r}; choose nearest or zero.")
        if completion == "nearest" and len(self.mean) > 2:
            z = z + self._residuals[self.nearest(places)]
        return z

    def _along(self, offsets: tuple[float, ...]) -> FloatArray:
        """The step off the plane, shape (D,), of so much along each of `others`."""
        if len(offsets) != len(self.others) or not np.isfinite(offsets).all():
            raise ConfigError(
                f"Off this map there are {len(self.others)} components; a completion takes one "
                f"finite number for each, not {offsets}."
            )
        step: FloatArray = np.asarray(offsets) @ self.basis[list(self.others)]
        return step

    def nearest(self, xy: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Index of the code nearest on the map to each place, shape (N,)."""
        places = np.asarray(xy, dtype=np.float64)
        if not np.isfinite(places).all():
            raise ConfigError("A place on the map must be made of finite numbers.")
        return np.asarray(self._tree.query(places)[1], dtype=np.intp)

    def off_plane(self, z: Tensor | npt.ArrayLike) -> FloatArray:
        """Distance of codes, shape (N, D), from the plane, in latent units, shape (N,)."""
        codes = np.asarray(z, dtype=np.float64)
        distance: FloatArray = np.linalg.norm(
            codes - self.to_latent(self.to_plane(codes), "zero"), axis=1
        )
        return distance

    @cached_property
    def extent(self) -> tuple[float, float, float, float]:
        """(left, right, bottom, top) of a square around the codes, with a margin.

        The outermost half percent on each side may lie beyond it: a few far codes would
        shrink the map of all others.
        """
        low, high = np.quantile(self._places, (TAIL, 1 - TAIL), axis=0)
        centre = (low + high) / 2
        half = max(float((high - low).max()) / 2 * (1 + 2 * MARGIN), 1e-3)
        (left, bottom), (right, top) = centre - half, centre + half
        return float(left), float(right), float(bottom), float(top)

    @cached_property
    def _places(self) -> FloatArray:
        return self.to_plane(self.codes)

    @cached_property
    def _tree(self) -> KDTree:
        return KDTree(self._places)

    @cached_property
    def _residuals(self) -> FloatArray:
        """The part of each fitted code that the map does not show, shape (N, D)."""
        residuals: FloatArray = self.codes - self.to_latent(self._places, "zero")
        return residuals


def fit_plane(
    mu: Tensor | npt.ArrayLike,
    components: tuple[int, int] = (0, 1),
    basis: Basis = "auto",
) -> Plane:
    """Fit a map to posterior means, shape (N, D).

    Args:
        mu: Codes; at least 3.
        components: Which two components span the map, from 0; ignored for D = 1.
        basis: "pca": directions of most variance (scikit-learn, signs fixed so that the map
            never mirrors itself). "latent": the latent axes themselves. "auto": latent axes
            for D <= 2, where PCA would only rotate, else PCA.

    Raises:
        ConfigError: Too few codes, codes that are not finite, or no such component.
    """
    codes = np.asarray(mu, dtype=np.float64)
    if codes.ndim != 2 or len(codes) < MIN_CODES:
        raise ConfigError(f"A map needs at least {MIN_CODES} codes, not shape {codes.shape}.")
    if not np.isfinite(codes).all():
        raise ConfigError("A map needs finite codes; some of these are not.")
    if basis not in get_args(Basis):
        raise ConfigError(f"Unknown basis {basis!r}; choose auto, pca or latent.")
    n_dims = codes.shape[1]
    if n_dims == 1:
        return Plane(np.zeros(1), np.eye(1), np.ones(1), (0, 0), ("z1", ""), codes)
    if (
        len(components) != 2
        or len(set(components)) != 2
        or not all(0 <= c < n_dims for c in components)
    ):
        raise ConfigError(
            f"A map needs two different components from 0 to {n_dims - 1}, not {components}."
        )
    chosen = list(components)
    if basis == "pca" or (basis == "auto" and n_dims > 2):
        from sklearn.decomposition import PCA  # seconds to import, and often not needed

        with np.errstate(invalid="ignore"):  # codes that are all equal have no shares
            pca = PCA(min(codes.shape), svd_solver="full").fit(codes)
        if max(chosen) >= len(pca.components_):
            raise ConfigError(f"{len(codes)} codes have only {len(pca.components_)} components.")
        names = (f"PC {chosen[0] + 1}", f"PC {chosen[1] + 1}")
        share = np.zeros(n_dims)  # fewer codes than dimensions have fewer components
        share[: len(pca.components_)] = np.nan_to_num(pca.explained_variance_ratio_)
        return Plane(pca.mean_, pca.components_, share, components, names, codes)
    variance = codes.var(0)
    share = variance / max(variance.sum(), np.finfo(float).tiny)
    names = (f"z{chosen[0] + 1}", f"z{chosen[1] + 1}")
    return Plane(np.zeros(n_dims), np.eye(n_dims), share, components, names, codes)
