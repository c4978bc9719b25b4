"""Toys and games."""

from .patch import Patch
from .paths import around, box, ellipse, polygon, rounded, smooth
from .pen import Pen, darker

FAMILY = "toys"
BLACK = "#1c1a20"


def _die(pen: Pen) -> None:
    pen.pose(turn=12, flip=True)
    red = pen.pick("#e0302c", "#e02a2e", "#ee3a2a", "#d8443c")
    top = rounded([(50, 0), (94, 22), (50, 46), (6, 22)], 5)
    left = rounded([(6, 24), (49, 47), (49, 101), (6, 76)], 5)
    right = rounded([(51, 47), (94, 24), (94, 76), (51, 101)], 5)
    core = polygon([(50, 4), (92, 24), (92, 75), (50, 97), (8, 75), (8, 24)])
    pen.shape(core, darker(red, 0.2), 0, 0)
    pen.shape(top, red, 1, 0.6)
    pen.shape(left, darker(red, 0.1), 1, 0.6)
    pen.shape(right, darker(red, 0.25), 1, 0.6)
    faces = {1: [(0, 0)], 2: [(-1, -1), (1, 1)], 3: [(-1, -1), (0, 0), (1, 1)],
             4: [(-1, -1), (1, -1), (-1, 1), (1, 1)],
             5: [(-1, -1), (1, -1), (-1, 1), (1, 1), (0, 0)]}  # fmt: skip
    shown = pen.pick((1, 2, 5), (3, 4, 1), (5, 3, 4), (4, 5, 3))
    for u, v in faces[shown[0]]:
        x, y = 50 + 11.5 * (u - v), 23 + 6 * (u + v)
        pen.shape(ellipse(x, y, 7.2, 4.4), "#ffffff", 0, 0)
    for centre, slope, count in ((28, 1, shown[1]), (72, -1, shown[2])):
        for u, v in faces[count]:
            x, y = centre + 11.5 * u, 62 + 14.5 * v + slope * 6 * u
            pen.shape(ellipse(x, y, 4.8, 6.6, -slope * 18), "#ffffff", 0, 0)


def duck(pen: Pen, skin: str, beak: str | None, face: bool = True) -> None:
    """The rubber duck in any colour, with or without its beak and its eye."""
    pen.pose(turn=10, flip=True)
    long = pen.vary(0, 3)
    body = smooth([(16, 60), (26, 50), (46, 58), (70, 54), (84, 42), (98 + long, 36),
                   (98 + long, 36), (99, 60), (90, 84), (64, 97), (34, 96), (14, 82)])  # fmt: skip
    pen.shape(body, skin)
    if beak is not None:
        pen.shape(smooth([(14, 30), (2, 28), (-10, 34), (-10, 34), (-4, 40), (16, 42)]), beak)
        pen.stroke("M-6 34.5L10 35", darker(beak, 0.4), 1.8)
    pen.shape(ellipse(32, 30, 25, 25.5), skin)
    pen.gloss(29, 12, 11, 5, -12)
    wing = smooth([(44, 68), (52, 62), (72, 62), (86, 56), (86, 56), (84, 74), (66, 84), (48, 80)])
    pen.shape(wing, skin)
    if face:
        pen.shape(ellipse(25, 24, 5.2, 6.2), BLACK, 0, 0)
        pen.shape(ellipse(23.4, 21.6, 1.8), "#ffffff", 0, 0)


def _duck(pen: Pen) -> None:
    duck(pen, "#ffd71f", "#ff7d1a")


def _teddy(pen: Pen) -> None:
    pen.pose(turn=8)
    fur = pen.pick("#a86a34", "#9a5f3a", "#b87a3a", "#a0704a")
    pale = "#edc994"
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 28, 90, 16, 14), fur)
        pen.shape(ellipse(50 + side * 29, 92, 9, 8), pale, 0, 0.3)
        pen.shape(ellipse(50 + side * 32, 62, 11, 17, side * pen.vary(-32, 8)), fur)
    pen.shape(ellipse(50, 74, 29, 28), fur)
    pen.shape(ellipse(50, 77, 18, 18), pale, 0, 0.3)
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 27, 6, 13), fur)
        pen.shape(ellipse(50 + side * 27, 7, 7.5), pale, 0, 0.3)
    pen.shape(ellipse(50, 27, 34, 29), fur)
    pen.shape(ellipse(50, 38, 16, 13), pale, 0.7, 0.3)
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 15, 22, 4.6, 5.2), BLACK, 0, 0)
        pen.shape(ellipse(48.8 + side * 15, 20, 1.6), "#ffffff", 0, 0)
    pen.shape(rounded([(43, 31), (57, 31), (50, 39)], 4), BLACK, 0, 0)
    pen.stroke("M50 38L50 42M43 43Q50 49 57 43", "#4a2a14", 2.4)
    if pen.pick(True, False, False, True):
        bow = pen.pick("#e0343a", "#2f7fd6", "#e0343a", "#3a9a5a")
        for side in (-1, 1):
            knot = [(50, 57), (50 + side * 15, 50), (50 + side * 15, 66)]
            pen.shape(rounded(knot, 4), bow, 0.8)
        pen.shape(ellipse(50, 58, 4.6), bow, 0.8)


def _beach_ball(pen: Pen) -> None:
    pen.pose(turn=28, stretch=0.04)
    ball = ellipse(50, 50, 47)
    pen.shape(ball, "#ffffff", 1.1)
    x, y = pen.pick((38, 30), (60, 32), (44, 24), (36, 42))
    colours = ("#e8322e", "#ffffff", "#2f7fe0", "#ffffff", "#ffcb1e", "#ffffff")
    with pen.inside(ball):
        for index, colour in enumerate(colours):
            first, last = 60 * index + 12, 60 * index + 72
            ends = [around(50, 50, 62, angle) for angle in (first, (first + last) / 2, last)]
            bends = []
            for angle, end in ((first, ends[0]), (last, ends[2])):
                bends.append(around((x + end[0]) / 2, (y + end[1]) / 2, 9, angle + 90))
            gore = (
                f"M{x} {y}Q{bends[0][0]:.1f} {bends[0][1]:.1f} {ends[0][0]:.1f} {ends[0][1]:.1f}"
                f"L{ends[1][0]:.1f} {ends[1][1]:.1f}L{ends[2][0]:.1f} {ends[2][1]:.1f}"
                f"Q{bends[1][0]:.1f} {bends[1][1]:.1f} {x} {y}Z"
            )
            pen.shape(gore, colour, 0.5, 0.4)
        pen.shape(ellipse(x, y, 7, 6), "#ffffff", 0.7, 0.2)
    pen.outline(ball, "#8a94a4", 1.1)
    pen.gloss(32, 18, 13, 6, -32)


def _kite(pen: Pen) -> None:
    pen.pose(turn=14, flip=True)
    blue, other = pen.pick(("#2f86e8", "#7fd0ff"), ("#3a72e0", "#ffd23c"), ("#2a9ae0", "#ffffff"),
                           ("#4a86c8", "#a8d8f0"))  # fmt: skip
    tail = "M54 78C44 86 66 90 56 98C50 103 44 104 38 103"
    pen.stroke(tail, "#5a4a3a", 2.6)
    for x, y, turn in ((53, 87, 20), (57, 97, -40), (40, 103, 0)):
        bow = pen.pick("#f0403a", "#f06a2a", "#e8408a", "#e85a4a")
        with pen.turned(turn, x, y):
            for side in (-1, 1):
                knot = [(x, y), (x + side * 10, y - 6), (x + side * 10, y + 6)]
                pen.shape(rounded(knot, 2), bow, 0.8)
    wide = pen.vary(44, 3)
    top, right, low, left, cross = (50, -14), (50 + wide, 24), (54, 80), (50 - wide, 24), (50, 25)
    for first, second, colour in ((top, right, blue), (right, low, other), (low, left, blue),
                                  (left, top, other)):  # fmt: skip
        pen.shape(polygon([cross, first, second]), colour, 0.5, 0.6)
    pen.outline(polygon([top, right, low, left]), blue, 1.4)
    pen.stroke(f"M50 -14L54 80M{50 - wide} 24L{50 + wide} 24", "#6a4a2a", 2.2)


def _puzzle(pen: Pen) -> None:
    pen.pose(turn=16, flip=True)
    knob = pen.vary(12.5, 1.2)
    neck, arc = knob * 0.62, f"A{knob:.2f} {knob:.2f} 0 1"
    path = (
        f"M8 26L{42 - neck:.2f} 26{arc} 1 {42 + neck:.2f} 26L76 26"
        f"L76 {60 - neck:.2f}{arc} 1 76 {60 + neck:.2f}L76 94"
        f"L{42 + neck:.2f} 94{arc} 0 {42 - neck:.2f} 94L8 94"
        f"L8 {60 + neck:.2f}{arc} 0 8 {60 - neck:.2f}Z"
    )
    pen.shape(path, "#37b24a", 1.5, 1.1)
    if pen.pick(True, False, True, False):
        pen.gloss(24, 34, 12, 2.6)


def _top(pen: Pen) -> None:
    pen.pose(turn=20, flip=True)
    main, band = pen.pick(("#8a45d6", "#ffd23c"), ("#7348e0", "#6ff0d0"), ("#a24ad0", "#ffb03a"),
                          ("#9060c0", "#f2dc7a"))  # fmt: skip
    pen.shape(box(45, -8, 10, 30, 4), "#e8a84a", 1, 1, ball=False)
    pen.shape(ellipse(50, -8, 9, 7), "#e8504a")
    pen.shape(polygon([(45, 84), (55, 84), (50, 106)]), "#8a93a0")
    wide = pen.vary(47, 2)
    body = (
        f"M50 16C70 16 {50 + wide} 28 {50 + wide} 42C{50 + wide} 58 62 76 57 90L43 90"
        f"C38 76 {50 - wide} 58 {50 - wide} 42C{50 - wide} 28 30 16 50 16Z"
    )
    pen.shape(body, main, 1.1, 1.1)
    with pen.inside(body):
        pen.stroke("M-2 44Q50 64 102 44", band, 10)
        pen.stroke("M10 64Q50 82 90 64", "#f0503f", 7)
    pen.outline(body, main, 1.1)
    pen.gloss(32, 27, 13, 4, -14)


def _bowling_pin(pen: Pen) -> None:
    pen.pose(turn=15)
    fat = pen.vary(0, 2)
    pin = smooth([(50, -8), (63, -3), (68, 10), (63, 25), (65, 36), (80 + fat, 60), (76, 86),
                  (66, 101), (34, 101), (24, 86), (20 - fat, 60), (35, 36), (37, 25), (32, 10),
                  (37, -3)])  # fmt: skip
    pen.shape(pin, "#ffffff", 1.3, 1.1)
    with pen.inside(pin):
        stripe = pen.pick("#e02a2e", "#d8283c", "#ec3a26", "#d6443e")
        for y in pen.pick((22, 32), (21, 33), (23, 33), (27,)):
            pen.stroke(f"M20 {y}Q50 {y + 5} 80 {y}", stripe, pen.pick(5.5, 6, 5, 9))
    pen.outline(pin, "#ffffff", 1.3)
    pen.gloss(37, 62, 4.6, 14, 4)


PATCHES = (
    Patch("red_die", FAMILY, ("dice", "die", "red dice"), _die),
    Patch("rubber_duck", FAMILY, ("rubber duck", "duck", "yellow duck"), _duck),
    Patch("teddy_bear", FAMILY, ("teddy bear", "teddy", "bear"), _teddy),
    Patch("beach_ball", FAMILY, ("beach ball", "ball"), _beach_ball),
    Patch("kite", FAMILY, ("kite", "blue kite"), _kite),
    Patch("puzzle_piece", FAMILY, ("puzzle piece", "jigsaw piece", "puzzle"), _puzzle),
    Patch("spinning_top", FAMILY, ("spinning top", "top"), _top),
    Patch("bowling_pin", FAMILY, ("bowling pin", "skittle", "pin"), _bowling_pin),
)
