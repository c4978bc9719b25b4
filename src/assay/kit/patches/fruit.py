"""Fruit, whole or cut."""

from .patch import Patch
from .paths import around, ellipse, leaf, petal, rounded, sector, smooth
from .pen import Pen

FAMILY = "fruit"
GREEN = "#3f9e36"


def berry(pen: Pen, flesh: str, dots: str | None, crown: bool) -> None:
    """The strawberry's body in any colour, with or without its seeds and its green crown."""
    pen.pose(turn=13)
    wide = pen.vary(0, 3)
    body = smooth([(50, 20), (66, 15), (84 + wide, 20), (91 + wide, 38), (84, 60), (68, 84),
                   (54, 98), (46, 98), (32, 84), (16, 60), (9 - wide, 38), (16 - wide, 20),
                   (34, 15)])  # fmt: skip
    pen.shape(body, flesh, shade=1.1)
    pen.gloss(27, 36, 6, 13, 12)
    if dots is not None:
        gap = pen.pick(15, 17, 13.5, 16)
        with pen.inside(body):
            for row in range(7):
                for column in range(-4, 5):
                    x = 50 + gap * (column + (row % 2) / 2)
                    seed = ellipse(x, 33 + row * gap * 0.72, 1.9, 3.1)
                    pen.shape(seed, dots, 0, 0)
    if crown:
        pen.stroke("M50 17Q50 8 " + pen.pick("55 2", "45 2", "52 0", "56 3"), GREEN, 5, 0.8)
        for angle in (-102, -68, -142, 102, 68, 142, 180):
            pen.shape(leaf(50, 15, pen.pick(30, 26, 34, 28), 12, angle), GREEN, 0.7)


def _strawberry(pen: Pen) -> None:
    berry(pen, "#e8232f", "#ffe27a", True)


def _banana(pen: Pen) -> None:
    pen.pose(turn=14, flip=True)
    fat = abs(pen.vary(0, 3))
    body = smooth([(84, 6), (90, 6), (95, 30), (88, 58 + fat), (66, 82 + fat), (36, 92 + fat),
                   (10, 86), (6, 79), (12, 74), (36, 68), (55, 56), (69, 40),
                   (78, 22)])  # fmt: skip
    pen.shape(body, "#ffd92e", ball=False)
    with pen.inside(body):
        pen.stroke("M88 10Q92 44 66 66Q42 84 8 82", "#e3ae14", 3)
        pen.shape(ellipse(5, 81, 7, 6), "#5a3a14", 0, 0)
    pen.shape(rounded([(81, 12), (79, -4), (91, -6), (92, 11)], 3), "#8a6a1e")
    pen.gloss(70, 55, 16, 3, -52)
    if pen.pick(False, True, False, True):
        for x, y in ((74, 64), (54, 78), (84, 40), (40, 83)):
            pen.shape(ellipse(x, y, 2.6, 1.6, -40), "#8a5a14", 0, 0)


def _watermelon(pen: Pen) -> None:
    pen.pose(turn=14)
    half = pen.pick(89, 42, 89, 55)
    layers = ((62, "#1f8a3a"), (56, "#d9f2b8"), (51.5, "#f23a4c"))
    for radius, colour in layers:
        pen.shape(sector(50, 10, radius, 180 - half, 180 + half), colour, 1 if radius > 60 else 0,
                  0.4, ball=False)  # fmt: skip
    for radius, count in ((40, 5), (24, 3)):
        for index in range(count):
            angle = 180 + half * 0.8 * (2 * index / (count - 1) - 1) * (0.9 if count == 5 else 0.6)
            x, y = around(50, 10, radius, angle)
            with pen.turned(angle - 180, x, y):
                pen.shape(ellipse(x, y, 2.5, 4.2), "#1c1512", 0, 0)


def _grapes(pen: Pen) -> None:
    pen.pose(turn=10, flip=True)
    purple = pen.pick("#7d3cc4", "#6a3fd0", "#8c2fb4", "#7f4ab0")
    pen.stroke("M50 22Q50 8 60 0", "#7a5222", 5, 0.8)
    leafy = smooth([(52, 14), (62, 0), (70, 6), (82, 0), (84, 10), (98, 14), (88, 22), (88, 32),
                    (74, 26), (62, 28)])  # fmt: skip
    size = pen.vary(12.5, 0.8)
    for y, count in ((24, 3), (39, 4), (55, 3), (70, 2), (85, 1)):
        for index in range(count):
            x = 50 + (index - (count - 1) / 2) * 20.5 + pen.vary(0, 1.2)
            pen.shape(ellipse(x, y, size), purple, 0.9, 1.2)
            pen.gloss(x - 4, y - 5, 3.4, 2.4, -30)
    pen.shape(leafy, GREEN)


def _pineapple(pen: Pen) -> None:
    pen.pose(turn=12)
    for angle, length in ((-58, 30), (58, 30), (-36, 38), (36, 38), (-16, 44), (16, 44), (0, 46)):
        pen.shape(leaf(50, 38, pen.vary(length, 3), 9, angle), GREEN, 0.8)
    wide = pen.vary(27, 2)
    body = smooth([(50, 30), (50 + wide * 0.75, 36), (50 + wide, 62), (50 + wide * 0.7, 90),
                   (50, 97), (50 - wide * 0.7, 90), (50 - wide, 62),
                   (50 - wide * 0.75, 36)])  # fmt: skip
    pen.shape(body, pen.pick("#f4ab1e", "#f2b92c", "#e89a1c", "#eeb040"))
    with pen.inside(body):
        for offset in range(-90, 100, 14):
            pen.stroke(f"M{offset} 20L{offset + 90} 110", "#a8620f", 2)
            pen.stroke(f"M{offset + 90} 20L{offset} 110", "#a8620f", 2)
        for row in range(12):
            for column in range(-4, 5):
                x = 50 + 14 * (column + (row % 2) / 2)
                pen.shape(ellipse(x + 1, 28 + 7 * row, 1.6), "#ffe68a", 0, 0)
    pen.outline(body, "#f4ab1e")


def _cherries(pen: Pen) -> None:
    pen.pose(turn=10, flip=True)
    pen.stroke("M28 66C30 40 44 20 64 6", "#4c7a22", 3.6, 0.8)
    pen.stroke("M72 72C74 46 68 24 64 6", "#4c7a22", 3.6, 0.8)
    pen.shape(leaf(64, 7, pen.vary(40, 4), 18, pen.pick(-76, -70, -84, 80)), GREEN)
    size = pen.vary(23, 2)
    for x, y in ((27, 74), (72, 78)):
        pen.shape(ellipse(x, y, size, size * 0.95), pen.pick("#d3122e", "#c01030", "#e02430",
                                                            "#b8203a"), 1, 1.2)  # fmt: skip
        pen.gloss(x - 8, y - 10, 6, 4, -35)
        pen.stroke(f"M{x - 5} {y - size + 5}Q{x + 1} {y - size + 9} {x + 6} {y - size + 5}",
                   "#7a0a1c", 2)  # fmt: skip


def _kiwi(pen: Pen) -> None:
    pen.pose(turn=14, stretch=0.1)
    pen.shape(ellipse(50, 50, 47, 45), "#8a5f32", 1.2)
    pen.shape(ellipse(50, 50, 42.5, 40.5), "#8ed13a", 0, 0.7)
    pen.shape(ellipse(50, 50, 34, 32), "#6fbf24", 0, 0.2)
    rays = int(pen.vary(18, 3))
    for index in range(rays):
        pen.shape(petal(50, 50, 36, 5, 360 * index / rays), "#a6de58", 0, 0)
    for index in range(rays):
        angle = 360 * (index + 0.5) / rays
        for radius in (19, 25) if index % 2 else (22,):
            x, y = around(50, 50, radius, angle)
            with pen.turned(angle, x, y):
                pen.shape(ellipse(x, y, 2, 3.4), "#17160c", 0, 0)
    pen.shape(ellipse(50, 50, 14, 12), "#f6f6cf", 0, 0.3)


def _orange(pen: Pen) -> None:
    pen.pose(turn=30, stretch=0.08)
    pen.shape(ellipse(50, 50, 47), "#ff8a0f", 1.2)
    pen.shape(ellipse(50, 50, 41), "#fff0d0", 0, 0)
    count = pen.pick(9, 8, 10, 8)
    for index in range(count):
        start = 360 * index / count + 4
        end = 360 * (index + 1) / count - 4
        x, y = around(50, 50, 6, (start + end) / 2)
        tip, first = (x, y), around(50, 50, 38.5, start + 1)
        last, top = around(50, 50, 38.5, end - 1), around(50, 50, 41, (start + end) / 2)
        pen.shape(rounded([tip, first, top, last], 5), "#ffa02a", 0, 0.6)
        for radius in (18, 27):
            spot = around(50, 50, radius, (start + end) / 2 + (5 if radius == 27 else -3))
            far = around(50, 50, radius + 5, (start + end) / 2 + (5 if radius == 27 else -3))
            pen.stroke(f"M{spot[0]:.1f} {spot[1]:.1f}L{far[0]:.1f} {far[1]:.1f}", "#ffc46a", 1.8)


PATCHES = (
    Patch("strawberry", FAMILY, ("strawberry", "red berry"), _strawberry),
    Patch("banana", FAMILY, ("banana",), _banana),
    Patch("watermelon", FAMILY, ("watermelon", "watermelon slice", "melon"), _watermelon),
    Patch("grapes", FAMILY, ("grapes", "bunch of grapes", "purple grapes"), _grapes),
    Patch("pineapple", FAMILY, ("pineapple",), _pineapple),
    Patch("cherries", FAMILY, ("cherries", "cherry"), _cherries),
    Patch("kiwi", FAMILY, ("kiwi", "kiwi slice", "kiwi fruit"), _kiwi),
    Patch("orange_slice", FAMILY, ("orange", "orange slice", "slice of orange"), _orange),
)
