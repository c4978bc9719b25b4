"""Flowers, trees and what else grows."""

from .patch import Patch
from .paths import around, box, ellipse, leaf, petal, ring_points, rounded, smooth
from .pen import Pen, blend, darker

FAMILY = "plants"
GREEN = "#3f9a3a"


def flower_head(
    pen: Pen, petals: str, middle: str, count: int, width: float, rows: int, core: float
) -> None:
    """A flower seen from the front, centred on (50, 50) and reaching to a radius of 48."""
    for row in range(rows):
        colour = petals if row == rows - 1 else darker(petals, 0.16)
        for index in range(count):
            angle = 360 * (index + (row + 1) % rows / 2) / count
            pen.shape(petal(50, 50, 48 - 2 * row, width, angle), colour, 0.8, 0.8)
    pen.shape(ellipse(50, 50, core), middle, 1, 1)


def _sunflower(pen: Pen) -> None:
    pen.pose(turn=12, stretch=0.05)
    count = pen.pick(16, 14, 18, 13)
    flower_head(pen, "#ffc61a", "#6a3c16", count, 210 / count, 2, pen.vary(20, 1.5))
    for radius, dots in ((15.5, 16), (10, 11), (4.5, 5)):
        for x, y in ring_points(dots, 50, 50, (radius,)):
            pen.shape(ellipse(x, y, 1.6), "#b8742a", 0, 0)


def _rose(pen: Pen) -> None:
    pen.pose(turn=12, flip=True)
    pink = pen.pick("#ee3f74", "#e83a86", "#f2506a", "#e0608a")
    pen.stroke("M50 54Q52 80 46 104", GREEN, 5.5, 0.9)
    pen.shape(leaf(50, 84, 36, 18, 62), GREEN)
    pen.shape(leaf(49, 90, 34, 18, -60), GREEN)
    for angle in (-120, 120, 180):
        pen.shape(leaf(50, 46, 26, 12, angle), GREEN, 0.8)
    for side in (-1, 1):
        outer = [(50, 56), (50 + side * 30, 48), (50 + side * 41, 24), (50 + side * 30, 4),
                 (50 + side * 14, 12)]  # fmt: skip
        pen.shape(smooth(outer), pink)
    pen.shape(smooth([(50, 60), (76, 46), (80, 16), (62, -4), (38, -4), (20, 16), (24, 46)]), pink)
    size = pen.vary(1, 0.05)
    for x, y, rx, ry, tone in (
        (50, 22, 25, 21, 0.14),
        (50, 19, 18, 15, 0.0),
        (50, 17, 11, 9, 0.22),
    ):
        pen.shape(ellipse(x, y, rx * size, ry * size, -8), darker(pink, tone), 0.9, 0.8)
    pen.stroke("M45 17Q48 10 54 14Q56 20 50 20", darker(pink, 0.45), 2.4)
    for side in (-1, 1):
        front = [(50 - side * 8, 61), (50 + side * 20, 58), (50 + side * 35, 28),
                 (50 + side * 35, 28), (50 + side * 14, 34)]  # fmt: skip
        pen.shape(smooth(front), pink)


def _tulip(pen: Pen) -> None:
    pen.pose(turn=11, flip=True)
    purple = pen.pick("#8f45d8", "#7d48e0", "#a24ccc", "#9464c4")
    pen.stroke("M50 50Q49 80 50 104", GREEN, 6, 0.9)
    for side in (-1, 1):
        blade = [(50, 104), (50, 104), (50 + side * 24, 84), (50 + side * pen.vary(30, 4), 50),
                 (50 + side * 30, 48), (50 + side * 12, 74)]  # fmt: skip
        pen.shape(smooth(blade), GREEN)
    pen.shape("M50 58C34 50 34 18 50 -6C66 18 66 50 50 58Z", darker(purple, 0.2))
    wide = pen.vary(30, 2)
    for side in (-1, 1):
        cup = (
            f"M50 60C{50 + side * wide * 1.3} 62 {50 + side * wide * 1.2} 26 "
            f"{50 + side * wide * 0.8} 0C{50 + side * 12} 14 {50 - side * 6} 34 50 60Z"
        )
        pen.shape(cup, purple, 1, 1.1)
    pen.shape("M50 60C34 56 38 30 50 16C62 30 66 56 50 60Z", blend(purple, "#ffffff", 0.12), 1, 1.1)


def _cactus(pen: Pen) -> None:
    pen.pose(turn=6, flip=True)
    green = pen.pick("#3f9e4a", "#359a5a", "#57a83a", "#5a9e62")
    high = pen.vary(30, 4)
    pen.stroke(f"M50 58L26 58Q20 58 20 52L20 {high}", green, 13, 1)
    pen.stroke(f"M50 48L74 48Q80 48 80 42L80 {high - 10}", green, 13, 1)
    pen.stroke("M50 80L50 10", green, 23, 1)
    pen.stroke("M50 70L50 10", blend(green, "#ffffff", 0.22), 5)
    for x, top, bottom in ((42, 12, 68), (58, 12, 68), (20, high, 48), (80, high - 8, 40)):
        for y in range(int(top), bottom, 10):
            pen.stroke(f"M{x - 2} {y}L{x + 2} {y + 3}", "#f4f6d8", 1.8)
    bloom = pen.pick("#ff5f9a", "#ffb02a", "#ff6a5a", "#f27ac0")
    for x, y in ring_points(5, 50, -2, (5,)):
        pen.shape(ellipse(x, y, 5), bloom, 0.6, 0.4)
    pen.shape(ellipse(50, -2, 3), "#ffe86a", 0, 0)
    pot = pen.pick("#c8643a", "#b8563a", "#d2763a", "#3f7fb8")
    pen.shape(rounded([(28, 76), (72, 76), (66, 106), (34, 106)], 4), pot, ball=False)
    pen.shape(box(23, 70, 54, 11, 3), pot, ball=False)


def _mushroom(pen: Pen) -> None:
    pen.pose(turn=11)
    fat = pen.vary(0, 2)
    stem = smooth([(38, 50), (62, 50), (63, 76), (72 + fat, 94), (60, 100), (40, 100),
                   (28 - fat, 94), (37, 76)])  # fmt: skip
    pen.shape(stem, "#fbf3e0")
    pen.shape(rounded([(34, 58), (66, 58), (72, 72), (28, 72)], 5), "#f1e4c8", 0.8)
    cap = "M-2 52C-2 18 22 -2 50 -2C78 -2 102 18 102 52Q102 60 92 60Q50 48 8 60Q-2 60 -2 52Z"
    pen.shape(cap, "#e0262a", 1.1, 1.1)
    with pen.inside(cap):
        size = pen.vary(8.5, 0.8)
        for x, y, part in ((50, 20, 1.3), (24, 32, 1), (77, 32, 1), (46, 44, 0.75), (8, 50, 0.7),
                           (94, 50, 0.7), (36, 6, 0.7), (66, 5, 0.75), (65, 47, 0.55)):  # fmt: skip
            pen.shape(ellipse(x, y, size * part, size * part * 0.88), "#ffffff", 0, 0)
    pen.outline(cap, "#e0262a", 1.1)
    pen.gloss(28, 12, 8, 3.4, -36)


def _maple_leaf(pen: Pen) -> None:
    pen.pose(turn=18, flip=True)
    colour = pen.pick("#f07a1a", "#e8641e", "#f2902a", "#e08038")
    half = [(50, -2), (57, 14), (66, 10), (64, 36), (76, 24), (79, 31), (95, 28), (90, 44),
            (98, 49), (76, 66), (79, 75), (54, 71)]  # fmt: skip
    outline = half + [(100 - x, y) for x, y in reversed(half[1:])]
    pen.stroke("M50 66Q51 86 " + pen.pick("54 102", "46 102", "56 100", "50 104"), colour, 4, 0.9)
    path = rounded(outline, pen.pick(1.5, 3, 0.5, 2))
    pen.shape(path, colour, 1.1, 1.1)
    for x, y in ((50, 14), (79, 40), (21, 40), (68, 62), (32, 62)):
        pen.stroke(f"M50 68L{x} {y}", darker(colour, 0.35), 2.2)


def _palm(pen: Pen) -> None:
    pen.pose(turn=5, flip=True)
    sand = ellipse(50, 100, 36, 8)
    pen.shape(sand, "#f2d58a", 1)
    trunk = smooth([(42, 98), (46, 74), (50, 52), (52, 34), (60, 34), (59, 54), (57, 76), (58, 98)])
    pen.shape(trunk, "#a5692e", ball=False)
    with pen.inside(trunk):
        for y in range(42, 98, 8):
            pen.stroke(f"M40 {y + 2}Q52 {y + 5} 62 {y}", "#6e421a", 2)
    green = pen.pick("#35a046", "#2f9a55", "#4aa832", "#4a9a56")
    droop = pen.vary(0, 4)
    fronds = (
        (-104, 62),
        (104, 52),
        (-140, 50),
        (140, 46),
        (-66, 66),
        (66, 56),
        (-26, 50),
        (30, 46),
    )
    for turn, reach in fronds:
        side = 1 if turn > 0 else -1
        steep = abs(turn) / 140
        top = (55 + side * reach * 0.5, 33 - 26 * (1 - steep) - 8)
        tip = (55 + side * reach * (0.95 - 0.3 * steep), 33 - 22 + 52 * steep + droop)
        low = (55 + side * reach * 0.42, 33 - 14 * (1 - steep) + 5)
        frond = (
            f"M55 33Q{top[0]:.1f} {top[1] - 8:.1f} {tip[0]:.1f} {tip[1]:.1f}"
            f"Q{low[0]:.1f} {low[1]:.1f} 55 33Z"
        )
        pen.shape(frond, green, 0.9, 0.9)
    for x, y in ((49, 38), (60, 39), (55, 43)):
        pen.shape(ellipse(x, y, 5.6), "#7a4a22", 0.8)


def _daisy(pen: Pen) -> None:
    pen.pose(turn=16, stretch=0.05)
    count = pen.pick(12, 10, 14, 11)
    flower_head(pen, "#ffffff", "#ffc31e", count, 220 / count, 1, pen.vary(15, 1.5))
    for radius, dots in ((9, 10), (4, 5)):
        for x, y in ring_points(dots, 50, 50, (radius,)):
            pen.shape(ellipse(x, y, 1.4), "#e08a12", 0, 0)
    gaze = around(50, 50, 9, -40)
    pen.gloss(*gaze, 5, 3, -40)


PATCHES = (
    Patch("sunflower", FAMILY, ("sunflower", "yellow flower"), _sunflower),
    Patch("pink_rose", FAMILY, ("rose", "pink rose", "flower"), _rose),
    Patch("purple_tulip", FAMILY, ("tulip", "purple tulip"), _tulip),
    Patch("cactus", FAMILY, ("cactus", "potted cactus"), _cactus),
    Patch("mushroom", FAMILY, ("mushroom", "toadstool", "red mushroom"), _mushroom),
    Patch("maple_leaf", FAMILY, ("maple leaf", "autumn leaf", "leaf"), _maple_leaf),
    Patch("palm_tree", FAMILY, ("palm tree", "palm", "coconut tree"), _palm),
    Patch("daisy", FAMILY, ("daisy", "white flower"), _daisy),
)
