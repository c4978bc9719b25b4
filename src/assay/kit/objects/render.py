"""Renders views of the objects with mitsuba (an extra that only rebuilding the kit needs)."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from assay.kit.objects import OBJECTS
from assay.kit.objects.mesh import Array, Mesh
from assay.kit.objects.model import Material, Part
from assay.kit.objects.scenes import FIELD_OF_VIEW, Setting, arrange
from assay.kit.objects.surroundings import directions

_HIT_DETAIL = 2
# Single paths that carry more than this leave specks that no filter removes.
_BRIGHTEST = 4.0
_GROUND_WIDTH = 40.0


def render(
    model_name: str, view: int, size: int, samples: int, ood: bool = False
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """One view of an object: the picture (size, size, 3) and where the object is (size, size).

    (model_name, view, ood) alone decide what is shown; the same view at another size or number of
    samples shows the same. Raises KeyError for an unknown model, ImportError without mitsuba.
    """
    setting = stage(model_name, view, ood)
    scene = _build(setting)
    seed = crc32(f"{model_name}/{view}/{ood}".encode())
    light = _trace(scene, setting, size, samples, seed) * _exposure(setting.light)
    albedo, normal, share = _first_hits(scene, setting, size)
    picture = _develop(_denoise(np.minimum(light, _BRIGHTEST), albedo, normal))
    return picture, share >= 0.5


def stage(model_name: str, view: int, ood: bool = False) -> Setting:
    """The scene of a view, before any rendering."""
    kind = OBJECTS[model_name]
    seeds = np.random.SeedSequence([crc32(model_name.encode()), view, int(ood)]).spawn(2)
    build_rng, scene_rng = (np.random.default_rng(seed) for seed in seeds)
    return arrange(kind, kind.build(build_rng), scene_rng, ood)


def _mitsuba() -> Any:
    try:
        import mitsuba
    except ImportError as error:
        raise ImportError("rendering objects needs the extra assay-interp[kit]") from error
    if mitsuba.variant() != "scalar_rgb":
        mitsuba.set_variant("scalar_rgb")
        # It warns whenever a sampler rounds its number of samples up.
        mitsuba.set_log_level(mitsuba.LogLevel.Error)
    return mitsuba


def _build(setting: Setting) -> Any:
    """The mitsuba scene, its shapes numbered: the model's parts, the props, the ground."""
    mi = _mitsuba()
    entries: dict[str, Any] = {"type": "scene"}
    # The numbers go by the names' order; that is how a hit is known to be the model's.
    for k, part in enumerate(setting.model.parts):
        entries[f"a{k:03d}"] = _shape(part)
    for k, part in enumerate(setting.props):
        entries[f"b{k:03d}"] = _shape(part)
    entries["c_ground"] = _ground(setting)
    turn = mi.ScalarTransform4f().rotate([1, 0, 0], 90)
    light = mi.Bitmap(np.ascontiguousarray(setting.light[:, :, :], np.float32))
    entries["light"] = {"type": "envmap", "bitmap": light, "to_world": turn}
    return mi.load_dict(entries)


def _shape(part: Part) -> Any:
    """A mitsuba mesh with smooth normals and the colours of its vertices."""
    mi = _mitsuba()
    source = part.mesh
    props = mi.Properties()
    props["bsdf"] = mi.load_dict(_surface(part.material, {"type": "mesh_attribute"}))
    mesh = mi.Mesh("part", len(source.vertices), len(source.faces), props, True, False)
    mesh.add_attribute("vertex_color", 3, _linear(source.colours).astype(np.float32).ravel())
    params = mi.traverse(mesh)
    params["vertex_positions"] = source.vertices.astype(np.float32).ravel()
    params["vertex_normals"] = source.normals.astype(np.float32).ravel()
    params["faces"] = source.faces.astype(np.uint32).ravel()
    params.update()
    return mesh


def _surface(material: Material, colour: dict[str, Any]) -> dict[str, Any]:
    """The mitsuba description of a material over a colour texture."""
    if material.glass:
        return {"type": "thindielectric"}
    if colour["type"] == "mesh_attribute":
        colour = {"type": "mesh_attribute", "name": "vertex_color"}
    principled = {
        "type": "principled",
        "base_color": colour,
        "roughness": max(material.roughness, 0.06),
        "metallic": material.metallic,
        "specular": material.specular,
        "clearcoat": material.clearcoat,
        "clearcoat_gloss": 0.9,
    }
    return {"type": "twosided", "bsdf": principled}


def _ground(setting: Setting) -> dict[str, Any]:
    """The table top: a rectangle from far before the object to `ground_depth` behind it."""
    mi = _mitsuba()
    front = _GROUND_WIDTH / 2
    depth = front + setting.ground_depth
    place = mi.ScalarTransform4f().translate([0, (setting.ground_depth - front) / 2, 0])
    place = place.scale([_GROUND_WIDTH / 2, depth / 2, 1])
    repeat = [_GROUND_WIDTH / setting.top_extent, depth / setting.top_extent, 1]
    top = {
        "type": "bitmap",
        "bitmap": mi.Bitmap(np.ascontiguousarray(_linear(setting.top), np.float32)),
        "raw": True,
        "wrap_mode": "mirror",
        "to_uv": mi.ScalarTransform4f().scale(repeat),
    }
    surface = _surface(setting.ground_material, top)
    return {"type": "rectangle", "to_world": place, "bsdf": surface}


def _sensor(setting: Setting, size: int, samples: int, seed: int) -> Any:
    mi = _mitsuba()
    camera = setting.camera
    look = mi.ScalarTransform4f().look_at(
        origin=camera.origin.tolist(), target=camera.target.tolist(), up=[0, 0, 1]
    )
    film = {"type": "hdrfilm", "width": size, "height": size, "rfilter": {"type": "box"}}
    sampler = {"type": "multijitter", "sample_count": samples, "seed": seed}
    return mi.load_dict(
        {
            "type": "perspective",
            "fov": FIELD_OF_VIEW,
            "to_world": look,
            "film": {**film, "pixel_format": "rgb", "component_format": "float32"},
            "sampler": sampler,
        }
    )


def _trace(scene: Any, setting: Setting, size: int, samples: int, seed: int) -> Array:
    """Linear radiance (size, size, 3)."""
    mi = _mitsuba()
    integrator = mi.load_dict({"type": "path", "max_depth": 6, "rr_depth": 4})
    sensor = _sensor(setting, size, samples, seed)
    image = mi.render(scene, sensor=sensor, integrator=integrator, spp=samples, seed=seed)
    return np.array(image, float)[..., :3]


def _first_hits(scene: Any, setting: Setting, size: int) -> tuple[Array, Array, Array]:
    """What each pixel sees first: albedo (size, size, 3), normal, and the model's share (0..1).

    Albedos are looked up here because mitsuba estimates those of a principled surface slowly.
    """
    mi = _mitsuba()
    wanted = "shape:shape_index,face:prim_index,place:position,normal:sh_normal"
    integrator = mi.load_dict({"type": "aov", "aovs": wanted})
    sensor = _sensor(setting, size * _HIT_DETAIL, 1, 0)
    image = mi.render(scene, sensor=sensor, integrator=integrator, spp=1, seed=0)
    hits = np.array(image, float)[..., -8:]
    shape, face = (np.round(hits[..., k]).astype(int) for k in (0, 1))
    albedo = np.ones((*shape.shape, 3))
    parts = [*setting.model.parts, *setting.props]
    for k, part in enumerate(parts, start=1):
        here = shape == k
        albedo[here] = _colours_at(part.mesh, face[here], hits[here][:, 2:5])
    ground = shape == len(parts) + 1
    albedo[ground] = _top_at(setting, hits[ground][:, 2:4])
    mine = ((shape >= 1) & (shape <= len(setting.model.parts))).astype(float)
    blocks = (size, _HIT_DETAIL, size, _HIT_DETAIL)
    shrunk = [
        layer.reshape(*blocks, -1).mean(axis=(1, 3))
        for layer in (_linear(albedo), hits[..., 5:8], mine)
    ]
    return shrunk[0], shrunk[1], shrunk[2][..., 0]


def _colours_at(mesh: Mesh, faces: NDArray[np.int64], places: Array) -> Array:
    """The mesh's colours (n, 3) at places (n, 3) in its faces (n,)."""
    corners = mesh.faces[faces]
    a, b, c = (mesh.vertices[corners[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    size = np.maximum((across * across).sum(1), 1e-18)
    at_b = (np.cross(places - a, c - a) * across).sum(1) / size
    at_c = (np.cross(b - a, places - a) * across).sum(1) / size
    shares = np.clip(np.stack([1 - at_b - at_c, at_b, at_c], axis=1), 0, 1)
    return np.einsum("nk,nkc->nc", shares, mesh.colours[corners])


def _top_at(setting: Setting, places: Array) -> Array:
    """The top's colours (n, 3) at places (n, 2) on the ground, mirrored as mitsuba does."""
    count = setting.top.shape[0]
    corner = np.array([-_GROUND_WIDTH / 2, -_GROUND_WIDTH / 2])
    across = (places - corner) / setting.top_extent
    turn = np.abs(across - 2 * np.round(across / 2))
    index = np.clip((turn * count).astype(int), 0, count - 1)
    return setting.top[index[:, 1], index[:, 0]]


def _exposure(light: Array) -> float:
    """The factor that puts a white surface, lying or facing the camera, at about 0.9."""
    ways = directions(light.shape[0])
    solid = np.sqrt(np.maximum(1 - ways[..., 2] ** 2, 0)) * (np.pi / light.shape[0]) ** 2
    total = 0.0
    for facing in (np.array([0.0, 0.0, 1.0]), np.array([0.0, -0.87, 0.5])):
        cosine = np.maximum(ways @ facing, 0) * solid
        total += 0.5 * float((light.mean(axis=2) * cosine).sum()) / np.pi
    return 0.9 / total


def _denoise(colour: Array, albedo: Array, normal: Array, rounds: int = 3) -> Array:
    """The picture smoothed where surface and light are alike (an edge-avoiding wavelet filter).

    What is smoothed is the light divided by the albedo, so that painted detail stays sharp.
    """
    base = np.maximum(albedo, 0.04)
    light = _despeckled(colour) / base
    kernel = (0.25, 0.5, 0.25)
    for step in (2**k for k in range(rounds)):
        total = np.zeros_like(light)
        weights = np.zeros(light.shape[:2])
        tone = np.log1p(light.mean(axis=2))
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                near_light = _shifted(light, dy * step, dx * step)
                near_normal = _shifted(normal, dy * step, dx * step)
                near_base = _shifted(base, dy * step, dx * step)
                near_tone = _shifted(tone, dy * step, dx * step)
                apart = 14.0 * ((near_normal - normal) ** 2).sum(axis=2)
                apart += 20.0 * ((near_base - base) ** 2).sum(axis=2)
                apart += np.abs(near_tone - tone) * (2.5 * step)
                weight = kernel[dy + 1] * kernel[dx + 1] * np.exp(-apart)
                total += weight[..., None] * near_light
                weights += weight
        light = total / weights[..., None]
    return light * base


def _despeckled(colour: Array) -> Array:
    """The picture with no pixel brighter than the brightest of its eight neighbours."""
    tone = colour.mean(axis=2)
    around = [
        _shifted(tone, dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0)
    ]
    limit = np.max(around, axis=0)
    return colour * np.minimum(1.0, limit / np.maximum(tone, 1e-9))[..., None]


def _shifted(layer: Array, dy: int, dx: int) -> Array:
    """The layer moved by so many pixels, edges repeated."""
    rows = np.clip(np.arange(layer.shape[0]) + dy, 0, layer.shape[0] - 1)
    columns = np.clip(np.arange(layer.shape[1]) + dx, 0, layer.shape[1] - 1)
    return layer[rows][:, columns]


def _linear(colours: Array) -> Array:
    """sRGB values to linear light."""
    return np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)


def _develop(light: Array) -> NDArray[np.uint8]:
    """Linear light to 8-bit sRGB, with a soft shoulder instead of clipping."""
    knee = 0.75
    over = np.maximum(light - knee, 0)
    light = np.clip(np.minimum(light, knee) + (1 - knee) * (1 - np.exp(-over / (1 - knee))), 0, 1)
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(255 * np.clip(srgb, 0, 1)).astype(np.uint8)
