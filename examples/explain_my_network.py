r"""What every tool shows for a class of a network of one's own, and what those pictures do.

`make` could load the weights of any network. This one tells colours, so that it is known what a
tool should show. The same on the command line, once there are pictures:

    assay explain examples/my_network.toml --class green --pictures PICTURES \
        --passes 512 --visualizations 2
"""

import sys
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

import assay
from assay.blobs import png_bytes
from assay.subjects import load_subject
from assay.tables import observation_table
from assay.testing import check_subject


class Colours(nn.Module):
    """Logits of red, green, blue and none of these, by how much of the colour there is."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(3, 3, 1, bias=False)
        self.head = nn.Linear(3, 4)
        # Each colour is what its own channel has above the other two.
        self.mix.weight.data.copy_((1.5 * torch.eye(3) - 0.5)[:, :, None, None])
        self.head.weight.data.copy_(10 * torch.eye(4, 3))
        self.head.bias.data.copy_(torch.tensor([0.0, 0.0, 0.0, 1.0]))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.mix(x).relu().mean((2, 3)))


def make() -> nn.Module:
    """What the TOML file names under `load`: it is called once, without arguments."""
    return Colours()


def draw_pictures(folder: Path, number: int = 16) -> None:
    """Grey pictures in the place of photographs: half are shown to the tools, half held out."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = torch.Generator().manual_seed(0)
    light = F.interpolate(torch.rand(number, 1, 4, 4, generator=rng), size=32, mode="bilinear")
    for i, picture in enumerate(light.expand(-1, 3, -1, -1)):
        (folder / f"{i:02}.png").write_bytes(png_bytes(picture))


if __name__ == "__main__":
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "results/my_network")
    described = Path(__file__).with_name("my_network.toml")
    draw_pictures(out / "pictures")

    # Is the network what the tools take it for? Silent where all is well.
    check_subject(load_subject(str(described)))

    seen = assay.explain(
        described, "green", out / "pictures", passes=512, visualizations=2, out=out
    )
    print(observation_table(seen))
    print(f"the pictures: {seen.page}")
