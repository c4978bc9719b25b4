"""Symbols: simple signs, each with a shape and a colour of its own."""

from .patch import Patch
from .paths import Point, polygon, ring_points, rounded
from .pen import Pen, blend, darker

FAMILY = "symbols"


def badge(pen: Pen, points: list[Point], colour: str, corner: float = 3.0) -> None:
    """A sign with straight sides: plain, with an inner rim, or cut into facets about (50, 50)."""
    pen.shape(rounded(points, corner), colour, 1.4, 1.1)
    finish = pen.pick("rim", "plain", "facets", "rim")
    if finish == "facets":
        with pen.inside(rounded(points, corner)):
            for index, point in enumerate(points):
                tone = blend(colour, "#ffffff", 0.3) if index % 2 else darker(colour, 0.2)
                pen.shape(polygon([(50, 50), point, points[index - 1]]), tone, 0, 0)
        pen.outline(rounded(points, corner), colour, 1.4)
    elif finish == "rim":
        middle = (sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points))
        inner = [(middle[0] + 0.72 * (x - middle[0]), middle[1] + 0.72 * (y - middle[1]))
                 for x, y in points]  # fmt: skip
        pen.shape(rounded(inner, corner * 0.7), blend(colour, "#ffffff", 0.16), 0, 0.8)


def star(pen: Pen, colour: str) -> None:
    """A five-point star in any colour."""
    pen.pose(turn=13)
    inner = pen.pick(22.0, 25.5, 19.5, 23.5)
    badge(pen, ring_points(10, 50, 50, (49, inner)), colour, pen.pick(4, 9, 0.5, 6))


def _star(pen: Pen) -> None:
    star(pen, "#22b14c")


def heart_path(top: float = 26.0, wide: float = 45.0) -> str:
    """A heart whose dip is at (50, top) and whose tip is at (50, 92)."""
    return (
        f"M50 {top}C{50 - wide * 0.3} {top - 24} {50 - wide} {top - 18} {50 - wide} {top + 12}"
        f"C{50 - wide} {top + 34} {50 - wide * 0.3} {top + 48} 50 92"
        f"C{50 + wide * 0.3} {top + 48} {50 + wide} {top + 34} {50 + wide} {top + 12}"
        f"C{50 + wide} {top - 18} {50 + wide * 0.3} {top - 24} 50 {top}Z"
    )


def _heart(pen: Pen) -> None:
    pen.pose(turn=12)
    path = heart_path(pen.vary(26, 3), pen.vary(46, 3))
    pen.shape(path, "#e8212f", 1.4, 1.2)
    pen.gloss(27, 29, 11, 7, -35)
    if pen.pick(False, True, False, False):
        pen.stroke("M15 42Q14 26 27 20", "#ff9aa2", 4)


def _lightning(pen: Pen) -> None:
    pen.pose(turn=10, flip=True)
    kink = pen.vary(0, 3)
    points = [(58, 0), (20, 55 + kink), (44, 55 + kink), (34, 100), (80, 38 - kink),
              (54, 38 - kink), (76, 0)]  # fmt: skip
    pen.shape(rounded(points, pen.pick(2.5, 0.5, 1, 5)), "#ffd21c", 1.5, 1.2, ball=False)
    if pen.pick(True, False, True, False):
        pen.shape(polygon([(60, 7), (34, 49), (40, 49), (67, 7)]), "#fff3a6", 0, 0)


def _moon(pen: Pen) -> None:
    pen.pose(turn=14, flip=True)
    cut = pen.vary(35.3, 1.2)
    path = f"M66 6A46 46 0 1 0 96 66A{cut:.1f} {cut:.1f} 0 1 1 66 6Z"
    pen.shape(path, "#3f7df0", 1.4, 1.2)
    if pen.pick(True, False, False, True):
        with pen.inside(path):
            for x, y, r in ((26, 44, 6), (40, 72, 8), (64, 84, 4.5), (22, 62, 3.5)):
                pen.shape(polygon(ring_points(16, x, y, (r,))), "#2f63cc", 0, 0)
    pen.gloss(24, 32, 4, 11, 26)


def _diamond(pen: Pen) -> None:
    pen.pose(turn=6)
    wide = pen.vary(35, 4)
    ends: list[Point] = [(50, 0), (50 + wide, 50), (50, 100), (50 - wide, 50)]
    badge(pen, ends, "#9036d6", pen.pick(3, 8, 0.5, 5))


def _triangle(pen: Pen) -> None:
    pen.pose(turn=10)
    badge(pen, [(50, 4), (101, 94), (-1, 94)], "#ff861a", pen.pick(6, 14, 1, 9))


def _spade(pen: Pen) -> None:
    pen.pose(turn=9)
    black = pen.pick("#1d1d22", "#22222c", "#141418", "#34343a")
    foot = pen.vary(16, 3)
    path = (
        f"M50 0C56 18 96 38 96 62C96 84 66 88 55 72Q56 90 {50 + foot} 98L{50 - foot} 98"
        "Q44 90 45 72C34 88 4 84 4 62C4 38 44 18 50 0Z"
    )
    pen.shape(path, black, 1.2, 1.3)
    pen.gloss(27, 52, 12, 8, -42)


def _cross(pen: Pen) -> None:
    pen.pose(turn=11)
    half = pen.pick(16.0, 19.0, 14.0, 17.5)
    low, high = 50 - half, 50 + half
    points = [(low, 2), (high, 2), (high, low), (98, low), (98, high), (high, high), (high, 98),
              (low, 98), (low, high), (2, high), (2, low), (low, low)]  # fmt: skip
    path = rounded(points, pen.pick(4, 8, 1, 6))
    pen.shape(path, "#c3cad6", 2.6, 0)
    pen.shape(path, "#ffffff", 1.2, 0.9, ball=False)


PATCHES = (
    Patch("green_star", FAMILY, ("green star", "star"), _star),
    Patch("red_heart", FAMILY, ("heart", "red heart"), _heart),
    Patch("yellow_lightning", FAMILY, ("lightning bolt", "lightning", "bolt"), _lightning),
    Patch("blue_moon", FAMILY, ("moon", "crescent moon", "blue moon"), _moon),
    Patch("purple_diamond", FAMILY, ("purple diamond", "diamond", "rhombus"), _diamond),
    Patch("orange_triangle", FAMILY, ("orange triangle", "triangle"), _triangle),
    Patch("black_spade", FAMILY, ("spade", "ace of spades", "black spade"), _spade),
    Patch("white_cross", FAMILY, ("plus sign", "white cross", "cross"), _cross),
)
