"""Vehicles, seen from the side."""

from .patch import Patch
from .paths import around, box, ellipse, polygon, rounded, smooth
from .pen import Pen

FAMILY = "vehicles"
GLASS = "#bfe6f7"
TYRE = "#26262b"


def wheel(pen: Pen, x: float, y: float, size: float, hub: str = "#c9ced6") -> None:
    """A tyre with its hub."""
    pen.shape(ellipse(x, y, size), TYRE, 0.8, 0.5)
    pen.shape(ellipse(x, y, size * 0.5), hub, 0.6, 0.5)


def _car(pen: Pen) -> None:
    pen.pose(turn=6, flip=True)
    roof = pen.pick(22, 18, 26, 21)
    cabin = [(22, 50), (32, roof), (64, roof), (80, 50)]
    pen.shape(rounded(cabin, 9), "#e02a26", ball=False)
    pen.shape(rounded([(29, 48), (36, roof + 6), (47, roof + 6), (47, 48)], 4), GLASS, 0.7, 0.4)
    pen.shape(rounded([(52, 48), (52, roof + 6), (62, roof + 6), (72, 48)], 4), GLASS, 0.7, 0.4)
    body = smooth([(0, 60), (6, 50), (20, 46), (50, 45), (82, 46), (97, 52), (101, 64), (100, 74),
                   (100, 74), (50, 75), (0, 74), (0, 74)])  # fmt: skip
    pen.shape(body, "#e02a26", ball=False)
    pen.gloss(50, 50, 40, 2)
    pen.shape(ellipse(97, 59, 4, 5), "#fff2a0", 0.7, 0.3)
    pen.shape(box(-1, 55, 5, 9, 2), "#ffb02a", 0.6, 0)
    pen.stroke("M49.5 48L49.5 72", "#8c1414", 1.6)
    pen.stroke("M55 56L62 56", "#f6d9d6", 2.4)
    size = pen.vary(13, 1.2)
    for x in (23, 78):
        wheel(pen, x, 74, size)


def _bus(pen: Pen) -> None:
    pen.pose(turn=5, flip=True)
    yellow = "#ffc21a"
    pen.shape(rounded([(74, 44), (94, 46), (102, 54), (102, 76), (74, 76)], 5), yellow, ball=False)
    pen.shape(box(-2, 18, 82, 58, pen.pick(7, 4, 10, 6)), yellow, ball=False)
    pen.gloss(38, 22, 34, 2)
    for index in range(4):
        pen.shape(box(4 + 15 * index, 28, 12, 15, 2), GLASS, 0.8, 0.4)
    pen.shape(box(65, 28, 13, 19, 2), GLASS, 0.8, 0.4)
    for y in pen.pick((51, 59), (51, 61), (55,), (50, 58)):
        pen.stroke(f"M0 {y}L{76} {y}", "#2a2620", 2.6)
    pen.shape(ellipse(98, 62, 4), "#fff8cc", 0.7, 0.2)
    pen.shape(box(92, 70, 14, 6, 2), "#3c3c42", 0.6, 0)
    for x in (19, 82):
        wheel(pen, x, 77, pen.vary(11.5, 1))


def _airplane(pen: Pen) -> None:
    pen.pose(turn=10, flip=True)
    trim = pen.pick("#2f6fd6", "#d6392f", "#2f9a8f", "#3a56b0")
    pen.shape(rounded([(10, 46), (-4, 18), (10, 18), (30, 44)], 4), trim, ball=False)
    pen.shape(rounded([(56, 44), (40, 18), (50, 18), (76, 44)], 4), "#c4d2e2", ball=False)
    body = smooth([(-2, 46), (20, 42), (60, 38), (84, 38), (98, 45), (102, 53), (94, 59), (70, 63),
                   (30, 62), (8, 56)])  # fmt: skip
    pen.shape(body, "#f1f5fa", 1.2, ball=False)
    with pen.inside(body):
        pen.stroke("M-4 57Q50 64 104 56", trim, 5)
    pen.outline(body, "#f1f5fa", 1.2)
    for x in range(26, 78, 9):
        pen.shape(ellipse(x, 48.5, 2.7), "#3a6fa8", 0, 0)
    pen.shape(rounded([(84, 42), (93, 45), (96, 50), (85, 49)], 2), "#3a6fa8", 0.5, 0)
    drop = pen.vary(86, 4)
    pen.shape(rounded([(66, 54), (40, drop), (26, drop), (42, 54)], 4), "#d5dfeb", ball=False)
    pen.shape(box(40, 67, 16, 8, 4), trim, 0.8)
    pen.shape(rounded([(16, 50), (2, 64), (-6, 64), (2, 50)], 3), "#c4d2e2", 0.9)


def _sailboat(pen: Pen) -> None:
    pen.pose(turn=7, flip=True)
    sail = pen.pick(("#fdfbf2", "#f0533a"), ("#f4f6fa", "#f2b92e"), ("#fdfbf2", "#3a8fd6"),
                    ("#f3efe2", "#d84a5a"))  # fmt: skip
    pen.stroke("M48 2L48 76", "#7a4a20", 3.6, 0.6)
    tall = pen.vary(4, 3)
    pen.shape(f"M52 {tall}Q88 36 92 68L52 68Z", sail[0], 1.2, 0.7, ball=False)
    with pen.inside(f"M52 {tall}Q88 36 92 68L52 68Z"):
        if pen.pick(False, True, False, True):
            pen.stroke("M50 40L96 40", sail[1], 8)
    pen.shape("M44 14Q24 40 12 68L44 68Z", sail[1], 1.2, 0.7, ball=False)
    hull = "M2 74L98 74Q92 98 76 98L24 98Q8 96 2 74Z"
    pen.shape(hull, pen.pick("#a4622c", "#8e4a22", "#b8743a", "#9a5a30"), 1.1, ball=False)
    with pen.inside(hull):
        pen.stroke("M0 80L100 80", "#f5e6c8", 4)
        pen.stroke("M0 91L100 91", "#6e3c16", 1.6)


def _rocket(pen: Pen) -> None:
    pen.pose(turn=26, flip=True)
    pen.shape(
        smooth([(38, 80), (34, 94), (50, 116), (50, 116), (66, 94), (62, 80)]), "#ff8a1e", 0.7
    )
    pen.shape(
        smooth([(43, 82), (42, 92), (50, 105), (50, 105), (58, 92), (57, 82)]), "#ffe45a", 0, 0
    )
    fin = pen.pick("#e23030", "#2f6fd6", "#e0403a", "#d6522a")
    for side in (-1, 1):
        points = [
            (50 + side * 18, 52),
            (50 + side * 40, 70),
            (50 + side * 40, 94),
            (50 + side * 15, 80),
        ]
        pen.shape(rounded(points, 6), fin)
    wide = pen.vary(22, 2)
    body = f"M50 -8C{50 + wide * 1.2} 14 {50 + wide * 1.25} 54 {50 + wide * 0.72} 84" \
           f"L{50 - wide * 0.72} 84C{50 - wide * 1.25} 54 {50 - wide * 1.2} 14 50 -8Z"  # fmt: skip
    pen.shape(body, "#f2f4f8", 1.1, ball=False)
    with pen.inside(body):
        pen.shape(box(0, -20, 100, 33), fin, 0.6, 0.5)
        pen.shape(box(0, 76, 100, 20), "#8a93a3", 0.6, 0.3)
    pen.outline(body, "#f2f4f8", 1.1)
    pen.shape(ellipse(50, 38, 11), "#5a6678", 0.8, 0.3)
    pen.shape(ellipse(50, 38, 7.6), "#69c8f2", 0.4, 0.8)
    pen.gloss(48, 35, 2.8, 2.2)
    pen.shape(rounded([(46, 58), (54, 58), (52, 92), (48, 92)], 2), fin, 0.8)


def _tractor(pen: Pen) -> None:
    pen.pose(turn=5, flip=True)
    green = pen.pick("#2f9e3a", "#3a9a2a", "#27a050", "#4a9a40")
    pen.stroke("M83 48L83 20", "#4a4a50", 5, 0.8)
    pen.shape(box(14, 2, 48, 9, 4), green, ball=False)
    for x in (20, 56):
        pen.stroke(f"M{x} 11L{x} 52", green, 4, 0.8)
    pen.shape(rounded([(24, 14), (52, 14), (52, 46), (24, 46)], 2), GLASS, 0.6, 0.4)
    pen.shape(rounded([(6, 44), (54, 44), (58, 40), (94, 42), (102, 52), (102, 72), (10, 76)], 5),
              green, ball=False)  # fmt: skip
    pen.shape(box(64, 50, 32, 5, 2), "#ffe14a", 0, 0)
    for y in (60, 66):
        pen.stroke(f"M66 {y}L90 {y}", "#1c5c24", 2.2)
    big = pen.vary(28, 2)
    for x, y, size in ((22, 70, big), (84, 80, big * 0.62)):
        for index in range(14):
            spot = around(x, y, size, 360 * index / 14)
            pen.shape(ellipse(*spot, size * 0.16), TYRE, 0, 0)
        pen.shape(ellipse(x, y, size), TYRE, 0.8, 0.6)
        pen.shape(ellipse(x, y, size * 0.56), "#ffd82a", 0.8, 0.6)
        pen.shape(ellipse(x, y, size * 0.18), "#8a6a10", 0.5, 0)


def _balloon(pen: Pen) -> None:
    pen.pose(turn=8)
    first, second = pen.pick(("#7a3fd0", "#ffcf3a"), ("#8a34c0", "#f7a62e"), ("#6a45e0", "#ffe05a"),
                             ("#9048b0", "#f2c65a"))  # fmt: skip
    for x in (39, 61):
        pen.stroke(f"M{50 + (x - 50) * 1.9} 62L{x} 88", "#7a5a30", 2)
    pen.shape(rounded([(37, 86), (63, 86), (60, 104), (40, 104)], 3), "#b5793a", ball=False)
    pen.stroke("M38 91L62 91", "#7c4a1c", 2)
    wide = pen.vary(43, 2)
    envelope = (
        f"M50 -8C{50 + wide * 0.7} -8 {50 + wide} 12 {50 + wide} 32"
        f"C{50 + wide} 54 {50 + wide * 0.6} 62 62 80L38 80"
        f"C{50 - wide * 0.6} 62 {50 - wide} 54 {50 - wide} 32"
        f"C{50 - wide} 12 {50 - wide * 0.7} -8 50 -8Z"
    )
    pen.shape(envelope, first, shade=1.1)
    with pen.inside(envelope):
        for low, high in ((8, 21), (34, 60)):
            for side in (-1, 1):
                a, b = 50 + side * low * 1.25, 50 + side * high * 1.25
                gore = f"M50 -10Q{a} 20 50 90Q{b} 30 50 -10Z"
                pen.shape(gore, second, 0.4, 0.8)
    pen.outline(envelope, first)
    pen.gloss(30, 14, 7, 12, 28)


def _locomotive(pen: Pen) -> None:
    pen.pose(turn=4, flip=True)
    black, red = "#2c2f38", "#d0302a"
    puff = pen.pick("#eef1f5", "#ffffff", "#dfe5ee", "#f0f0ea")
    for x, y, r in ((78, 8, 8), (66, 2, 10), (52, -2, 8)):
        pen.shape(ellipse(x, y, r), puff, 0.6, 0.6)
    pen.shape(rounded([(76, 46), (74, 22), (70, 18), (92, 18), (88, 22), (86, 46)], 2), black)
    pen.shape(smooth([(50, 44), (50, 34), (57, 28), (64, 34), (64, 44)]), "#e9b83a")
    pen.shape(box(38, 38, 58, 32, 8), black, ball=False)
    pen.gloss(68, 43, 24, 2.4)
    for x in (54, 72):
        pen.stroke(f"M{x} 39L{x} 69", "#e9b83a", 3)
    pen.shape(ellipse(96, 54, 5, 12), "#e9b83a", 0.8)
    pen.shape(box(2, 22, 38, 50, 3), red, ball=False)
    pen.shape(box(-4, 15, 50, 9, 4), black, ball=False)
    pen.shape(box(9, 30, 22, 18, 3), GLASS, 0.8, 0.4)
    pen.shape(box(0, 68, 98, 10, 2), red, ball=False)
    pen.shape(polygon([(92, 72), (100, 72), (112, 96), (88, 96)]), red, 1)
    big = pen.vary(15, 1.2)
    for x, size in ((20, big), (52, big), (79, big * 0.68)):
        wheel(pen, x, 96 - size, size, "#e9b83a")
    pen.stroke(f"M20 {98 - big}L52 {98 - big}", "#b8bfca", 3.4, 0.6)


PATCHES = (
    Patch("red_car", FAMILY, ("car", "red car", "automobile"), _car),
    Patch("school_bus", FAMILY, ("bus", "school bus", "yellow bus"), _bus),
    Patch("airplane", FAMILY, ("airplane", "plane", "jet"), _airplane),
    Patch("sailboat", FAMILY, ("sailboat", "boat", "sailing boat"), _sailboat),
    Patch("rocket", FAMILY, ("rocket", "spaceship", "space rocket"), _rocket),
    Patch("tractor", FAMILY, ("tractor", "green tractor"), _tractor),
    Patch("hot_air_balloon", FAMILY, ("hot air balloon", "balloon"), _balloon),
    Patch("locomotive", FAMILY, ("train", "steam train", "locomotive"), _locomotive),
)
