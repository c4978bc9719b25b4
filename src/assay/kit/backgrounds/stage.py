"""A small stage for path-traced surroundings: boxes, blobs, sheets, a camera and a light."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from assay.kit.backgrounds.fields import cloudy, mix

SAMPLES = 32
Colour = ArrayLike


class Stage:
    """Collects shapes and lights in z-up space, then renders them; needs mitsuba."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        """The generator serves the programs and seeds the renderer; size is in pixels."""
        import mitsuba

        mitsuba.set_variant("scalar_rgb")
        mitsuba.set_log_level(mitsuba.LogLevel.Error)
        self.rng = rng
        self.size = size
        self._mi: Any = mitsuba
        self._scene: dict[str, Any] = {"type": "scene"}
        self._bitmaps = 0

    def matt(self, colour: Colour) -> dict:
        """A diffuse surface of one colour."""
        return {"type": "twosided", "bsdf": {"type": "diffuse", "reflectance": self._rgb(colour)}}

    def shiny(self, colour: Colour, roughness: float = 0.2, metallic: float = 0.0) -> dict:
        """Lacquer, plastic or (metallic 1) metal."""
        bsdf = {
            "type": "principled",
            "base_color": self._rgb(colour),
            "roughness": roughness,
            "metallic": metallic,
            "specular": 0.5,
        }
        return {"type": "twosided", "bsdf": bsdf}

    def painted(self, pixels: np.ndarray, repeat: float = 1.0) -> dict:
        """A diffuse surface that shows a picture (h, w, 3) in [0, 1], `repeat` times a side."""
        bitmap = self._mi.Bitmap(np.ascontiguousarray(pixels, np.float32))
        texture = {
            "type": "bitmap",
            "bitmap": bitmap,
            "raw": True,
            "to_uv": self._mi.ScalarTransform4f().scale([repeat, repeat, 1]),
        }
        return {"type": "twosided", "bsdf": {"type": "diffuse", "reflectance": texture}}

    def box(
        self, centre: Sequence[float], sides: Sequence[float], bsdf: dict, yaw: float = 0.0
    ) -> None:
        """A block; `sides` are full lengths, yaw in degrees about z."""
        place = self._place(centre, yaw).scale([s / 2 for s in sides])
        self._add("cube", bsdf, to_world=place)

    def ball(
        self, centre: Sequence[float], radius: float, bsdf: dict, flat: Sequence[float] = (1, 1, 1)
    ) -> None:
        """A sphere, or with `flat` an ellipsoid."""
        if tuple(flat) == (1, 1, 1):
            self._add("sphere", bsdf, center=[float(c) for c in centre], radius=radius)
            return
        # The renderer's own sphere can't be flattened.
        points = _ball_grid()
        self.sheet(points * radius * np.asarray(flat) + np.asarray(centre), bsdf)

    def pad(
        self, centre: Sequence[float], sides: Sequence[float], bsdf: dict, yaw: float = 0.0
    ) -> None:
        """A block with soft edges, as upholstery has; `sides` are full lengths."""
        points = _ball_grid()
        points = points / np.linalg.norm(points, ord=5, axis=-1, keepdims=True)
        c, s = np.cos(np.deg2rad(yaw)), np.sin(np.deg2rad(yaw))
        points = points * np.asarray(sides) / 2 @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
        self.sheet(points + np.asarray(centre), bsdf)

    def rod(self, start: Sequence[float], end: Sequence[float], radius: float, bsdf: dict) -> None:
        """A cylinder between two points, closed by discs' absence: keep its ends hidden."""
        self._add("cylinder", bsdf, p0=list(start), p1=list(end), radius=radius)

    def ground(self, bsdf: dict, half: float = 60.0, height: float = 0.0) -> None:
        """A flat floor."""
        place = self._place((0, 0, height), 0).scale([half, half, 1])
        self._add("rectangle", bsdf, to_world=place)

    def sheet(self, points: np.ndarray, bsdf: dict | None = None, colours: Any = None) -> None:
        """A smooth surface through a grid (rows, columns, 3), of one bsdf or coloured (.., 3)."""
        rows, columns = points.shape[:2]
        i, j = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
        a = (i * columns + j).ravel()
        faces = np.concatenate(
            [
                np.stack([a, a + columns, a + columns + 1], 1),
                np.stack([a, a + columns + 1, a + 1], 1),
            ]
        )
        if bsdf is None:
            shown = {"type": "mesh_attribute", "name": "vertex_color"}
            bsdf = {"type": "twosided", "bsdf": {"type": "diffuse", "reflectance": shown}}
        props = self._mi.Properties()
        props["bsdf"] = self._mi.load_dict(bsdf)
        mesh = self._mi.Mesh(
            "sheet", rows * columns, len(faces), has_vertex_normals=True, props=props
        )
        if colours is not None:
            mesh.add_attribute("vertex_color", 3, np.asarray(colours, np.float32).ravel())
        params = self._mi.traverse(mesh)
        params["vertex_positions"] = np.asarray(points, np.float32).ravel()
        params["faces"] = faces.astype(np.uint32).ravel()
        params.update()
        mesh.recompute_vertex_normals()
        self._scene[f"shape{len(self._scene)}"] = mesh

    def daylight(self, haze: float | None = None) -> None:
        """A sun behind or beside a camera that looks towards +y, and a sky, perhaps with clouds.

        `haze` is 0 (deep blue) to 1 (white, the sun weak); drawn where it isn't given.
        """
        rng = self.rng
        haze = float(rng.beta(1.2, 1.8)) if haze is None else haze
        up, turn = np.deg2rad(rng.uniform(14, 65)), np.deg2rad(rng.uniform(-105, 105))
        towards = np.array([np.cos(up) * np.sin(turn), -np.cos(up) * np.cos(turn), np.sin(up)])
        low = np.exp(-3.0 * np.sin(up))
        warm = np.array([1.0, 1.0 - 0.45 * low, 1.0 - 0.75 * low])
        self._scene["light_sun"] = {
            "type": "directional",
            "direction": [float(-t) for t in towards],
            "irradiance": self._rgb(warm * 3.2 * (1 - 0.93 * haze)),
        }
        self.surround(_sky_panorama(rng, haze, warm))

    def surround(self, light: np.ndarray) -> None:
        """Light from a panorama of linear radiance (h, 2 h, 3), its first row straight up."""
        self._scene["light_sky"] = {
            "type": "envmap",
            "bitmap": self._mi.Bitmap(np.ascontiguousarray(light, np.float32)),
            # The renderer's poles are +y and -y; ours are up and down.
            "to_world": self._mi.ScalarTransform4f().rotate([1, 0, 0], 90),
        }

    def glow(self, colour: Colour) -> None:
        """Even light from all around, which is also what is seen where nothing is."""
        self._scene["light_glow"] = {"type": "constant", "radiance": self._rgb(colour)}

    def lamp(
        self, centre: Sequence[float], target: Sequence[float], half: float, colour: Colour
    ) -> None:
        """A square area light that shines towards a target."""
        place = self._mi.ScalarTransform4f().look_at(
            origin=list(centre), target=list(target), up=[0.01, 0.02, 1]
        )
        self._scene[f"light{len(self._scene)}"] = {
            "type": "rectangle",
            "to_world": place.scale([half, half, 1]),
            "emitter": {"type": "area", "radiance": self._rgb(colour)},
        }

    def bulb(self, centre: Sequence[float], radius: float, colour: Colour) -> None:
        """A glowing ball."""
        self._scene[f"light{len(self._scene)}"] = {
            "type": "sphere",
            "center": list(centre),
            "radius": radius,
            "emitter": {"type": "area", "radiance": self._rgb(colour)},
        }

    def shoot(
        self,
        origin: Sequence[float],
        target: Sequence[float],
        fov: float = 55.0,
        aperture: float = 0.0,
        samples: int = SAMPLES,
    ) -> np.ndarray:
        """The photograph: float (size, size, 3) in [0, 1], exposed, toned and denoised a little.

        `aperture` above 0 blurs what is nearer or farther than the target.
        """
        look = self._mi.ScalarTransform4f().look_at(
            origin=list(origin), target=list(target), up=[0, 0, 1]
        )
        sensor: dict[str, Any] = {"type": "perspective", "fov": fov, "to_world": look}
        if aperture > 0:
            distance = float(np.linalg.norm(np.subtract(target, origin)))
            sensor |= {
                "type": "thinlens", "aperture_radius": aperture, "focus_distance": distance
            }  # fmt: skip
        sensor["film"] = {
            "type": "hdrfilm", "width": self.size, "height": self.size,
            "rfilter": {"type": "gaussian"},
        }  # fmt: skip
        sensor["sampler"] = {"type": "independent", "sample_count": samples}
        self._scene |= {"sensor": sensor, "integrator": {"type": "path", "max_depth": 5}}
        seed = int(self.rng.integers(2**31))
        light = np.array(self._mi.render(self._mi.load_dict(self._scene), seed=seed))[..., :3]
        return developed(np.maximum(light, 0), self.rng)

    def _place(self, centre: Sequence[float], yaw: float) -> Any:
        move = self._mi.ScalarTransform4f().translate([float(c) for c in centre])
        return move.rotate([0, 0, 1], float(yaw))

    def _add(self, shape: str, bsdf: dict, **values: Any) -> None:
        self._scene[f"shape{len(self._scene)}"] = {"type": shape, "bsdf": bsdf, **values}

    def _rgb(self, colour: Colour) -> dict:
        return {"type": "rgb", "value": [float(c) for c in np.asarray(colour)]}


def _ball_grid() -> np.ndarray:
    # From pole to pole, but for a pinhole: at a pole itself the triangles have no area.
    polar, turn = np.meshgrid(
        np.linspace(2e-3, np.pi - 2e-3, 65), np.linspace(0, 2 * np.pi, 97), indexing="ij"
    )
    around = np.sin(polar)
    return np.stack([around * np.cos(turn), around * np.sin(turn), np.cos(polar)], -1)


def developed(light: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Linear light (h, w, 3) as a photograph: no sparks, exposed, toned, a little grain."""
    near = ndimage.median_filter(light, (3, 3, 1))
    # Sparks: single pixels far above their neighbours.
    light = np.where(light > 3 * near + 0.1, near, light)
    brightness = light.mean(-1)
    usual = np.minimum(brightness, np.percentile(brightness, 95)).mean()
    light = light * rng.uniform(0.17, 0.32) / max(float(usual), 1e-6) * rng.uniform(0.95, 1.05, 3)
    picture = np.clip(1.15 * (1 - np.exp(-1.5 * light)), 0, 1) ** (1 / 2.2)
    # A film's curve: darker darks, lighter lights.
    picture = picture + 0.6 * rng.random() * (picture - 0.5) * picture * (1 - picture) * 2
    low, high = np.percentile(picture, (1, 99))
    stretch = rng.uniform(0.3, 0.8)
    picture = picture + stretch * ((picture - low) / max(high - low, 0.2) - picture)
    picture = _denoised(np.clip(picture, 0, 1))
    return np.clip(picture + 0.006 * rng.standard_normal((*picture.shape[:2], 1)), 0, 1)


def _sky_panorama(rng: np.random.Generator, haze: float, warm: np.ndarray) -> np.ndarray:
    """All directions as (128, 256, 3): zenith in the first row, below the middle the far haze."""
    rows, columns = 128, 256
    height = np.sin(np.linspace(np.pi / 2, -np.pi / 2, rows))[:, None]
    pale = np.array([0.8, 0.85, 0.9]) * (0.6 + 0.4 * warm)
    blue = mix(np.array([0.18, 0.36, 0.75]), pale, np.array(haze))
    sky = mix(
        blue * np.ones((rows, columns, 3)), pale, np.exp(-4 * np.abs(height)) * np.ones(columns)
    )
    if rng.random() < 0.7:
        field = cloudy(rng, (rows, columns), rng.uniform(2.4, 3.0), rng.uniform(1, 2))
        cover = np.clip((field - rng.uniform(0.35, 0.6)) * rng.uniform(2, 6), 0, 1)
        body = (0.6 + 0.5 * field)[..., None] * np.array([1.0, 1.0, 1.02])
        sky = sky + (body - sky) * (cover * np.clip(3 * height + 0.2, 0, 1))[..., None]
    ground = pale * rng.uniform(0.35, 0.8)
    return mix(sky, ground, np.clip(-height * 60, 0, 1) * np.ones(columns))


def _denoised(picture: np.ndarray) -> np.ndarray:
    from skimage.restoration import denoise_nl_means

    # Immerkaer's fast estimate: what is left when smooth surfaces and straight edges are gone.
    line = np.array([1.0, -2.0, 1.0])
    rest = ndimage.convolve(picture.mean(-1), np.outer(line, line))
    sigma = float(1.4826 * np.median(np.abs(rest)) / 6) * 3**0.5
    return denoise_nl_means(
        picture, patch_size=3, patch_distance=5, h=0.7 * sigma, sigma=sigma, channel_axis=-1
    )
