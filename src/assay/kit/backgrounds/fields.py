"""Random fields: the clouds, hills and stains that scenes are made of."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage


def cloudy(
    rng: np.random.Generator, shape: tuple[int, int], slope: float = 2.0, stretch: float = 1.0
) -> np.ndarray:
    """A field with amplitude 1 / frequency ** (slope / 2), scaled to [0, 1]; it wraps round.

    Natural pictures have a slope of about 2; `stretch` above 1 draws it out sideways.
    """
    fy = np.fft.fftfreq(shape[0])[:, None] * shape[0]
    fx = np.fft.rfftfreq(shape[1])[None, :] * shape[1] * stretch
    frequency = np.hypot(fy, fx)
    frequency[0, 0] = np.inf
    spectrum = rng.standard_normal(frequency.shape) + 1j * rng.standard_normal(frequency.shape)
    field = np.fft.irfft2(spectrum * frequency ** (-slope / 2 - 0.5), s=shape)
    return (field - field.min()) / np.ptp(field)


def blurred(picture: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian blur over the first two axes; sigma in pixels."""
    sigmas = (sigma, sigma) + (0,) * (picture.ndim - 2)
    return ndimage.gaussian_filter(picture, sigmas, mode="nearest")


def mix(a: np.ndarray, b: ArrayLike, share: np.ndarray) -> np.ndarray:
    """(1 - share) of colour a and share of colour b; share is (h, w), colours broadcast to RGB."""
    return a + (np.asarray(b) - a) * np.clip(share, 0, 1)[..., None]


def hue_colour(rng: np.random.Generator, low: float = 0.2, high: float = 0.85) -> np.ndarray:
    """A muted random colour (3,), its brightness between low and high.

    Warm and cool tints are common, green and purple ones rare, as in photographs.
    """
    warm, green = rng.normal(0.06, 0.16), rng.normal(0.01, 0.05)
    tint = np.array([warm - green, 0.1 * warm + green, -1.1 * warm - green])
    return np.clip(rng.uniform(low, high) * (1 + np.clip(tint, -0.7, 0.7)), 0.02, 0.97)


def stained(rng: np.random.Generator, size: int, colour: np.ndarray, depth: float) -> np.ndarray:
    """A plain surface (size, size, 3) with soft stains and fine grain, as paint or plaster has."""
    soft = cloudy(rng, (size, size), 2.4) - 0.5
    fine = cloudy(rng, (size, size), 0.6) - 0.5
    shade = 1 + depth * (1.2 * soft + 0.5 * fine)
    return np.clip(colour * shade[..., None], 0, 1)
