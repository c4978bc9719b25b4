"""Objects modelled as meshes and path-traced in small scenes."""

from __future__ import annotations

import importlib
import pkgutil

from assay.kit.objects.model import ObjectModel


def _discover() -> dict[str, ObjectModel]:
    """Every entry of MODELS in this package's modules models_*; a name used twice is an error."""
    found: dict[str, ObjectModel] = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda item: item.name):
        if not info.name.startswith("models_"):
            continue
        for model in importlib.import_module(f"{__name__}.{info.name}").MODELS:
            if model.name in found:
                raise ValueError(f"two objects are called {model.name!r}")
            found[model.name] = model
    return found


OBJECTS: dict[str, ObjectModel] = _discover()
FAMILIES: dict[str, tuple[str, ...]] = {
    family: tuple(name for name, model in OBJECTS.items() if model.family == family)
    for family in dict.fromkeys(model.family for model in OBJECTS.values())
}
