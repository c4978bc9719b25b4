"""Fish and other swimmers of the sea, most of them looking left."""

from .patch import Patch
from .paths import ellipse, polygon, ring_points, smooth
from .pen import Pen, darker

FAMILY = "fish"
BLACK = "#17151a"


def eye(pen: Pen, x: float, y: float, size: float, white: str = "#ffffff") -> None:
    """A round fish eye with a glint."""
    pen.shape(ellipse(x, y, size), white, 0.6, 0)
    pen.shape(ellipse(x - size * 0.12, y, size * 0.62), BLACK, 0, 0)
    pen.shape(ellipse(x - size * 0.3, y - size * 0.3, size * 0.22), "#ffffff", 0, 0)


def banded_fish(pen: Pen, skin: str, band: str | None) -> None:
    """The clownfish's body and fins in any colour, with three black-edged bands or with none."""
    pen.pose(turn=12, flip=True)
    fins = [
        smooth([(74, 50), (74, 45), (90, 28), (100, 34), (97, 50), (100, 66), (90, 74), (74, 55)]),
        smooth([(27, 32), (27, 32), (36, 13), (50, 16), (54, 25), (62, 15), (74, 23), (72, 38)]),
        smooth([(34, 72), (34, 72), (40, 90), (51, 90), (54, 74)]),
        smooth([(58, 72), (58, 72), (66, 86), (76, 78), (72, 62)]),
    ]
    for fin in fins:
        pen.shape(fin, skin)
        with pen.inside(fin):
            pen.outline(fin, BLACK, line=pen.pick(2.4, 1.6, 4.5, 2))
    deep = pen.vary(0, 2.5)
    body = smooth([(4, 53), (9, 43), (24, 29 - deep), (42, 24 - deep), (60, 29), (77, 43), (79, 50),
                   (77, 57), (60, 72), (42, 78 + deep), (24, 73 + deep), (9, 62)])  # fmt: skip
    pen.shape(body, skin)
    if band is not None:
        wide = pen.vary(8.5, 1.0)
        with pen.inside(body):
            for path, part in (
                ("M29 20Q21 50 29 82", 1.0),
                ("M52 18C46 38 62 42 53 82", 1.1),
                ("M76 36Q71 50 76 66", 0.55),
            ):
                pen.stroke(path, BLACK, wide * part + 3.6)
                pen.stroke(path, band, wide * part)
        pen.outline(body, skin)
    pen.gloss(40, 32, 17, 3.6, -4)
    fin = smooth([(38, 52), (38, 50), (50, 45), (56, 53), (50, 63), (40, 58)])
    pen.shape(fin, skin)
    with pen.inside(fin):
        pen.outline(fin, BLACK, line=1.1)
    eye(pen, 16, 46, 5.4)
    pen.stroke("M6 60Q11 62 14 59", "#7a2a08", 1.8)


def _clownfish(pen: Pen) -> None:
    banded_fish(pen, "#ff7a14", "#ffffff")


def _blue_tang(pen: Pen) -> None:
    pen.pose(turn=12, flip=True)
    yellow = "#ffd91f"
    tail = smooth([(78, 50), (78, 47), (99, 24), (99, 24), (93, 50), (99, 76), (99, 76), (78, 54)])
    pen.shape(tail, yellow)
    high = pen.vary(0, 3)
    fin = smooth([(18, 32), (30, 16 - high), (56, 12 - high), (76, 30), (80, 46), (80, 56),
                  (72, 76), (54, 88 + high), (34, 82), (18, 66)])  # fmt: skip
    pen.shape(fin, "#1c3fb4")
    body = smooth([(4, 51), (12, 37), (32, 24), (56, 24), (74, 40), (84, 50), (74, 60), (56, 76),
                   (32, 76), (12, 64)])  # fmt: skip
    pen.shape(body, "#2a6df2")
    with pen.inside(body):
        pen.stroke("M24 33Q44 24 62 33Q74 42 84 50Q70 58 54 57Q40 56 36 47", "#0d1338", 9)
    pen.outline(body, "#2a6df2")
    pen.gloss(36, 29, 16, 3, -6)
    pen.shape(smooth([(36, 56), (36, 55), (50, 58), (54, 68), (42, 66)]), yellow, 0.7)
    eye(pen, 16, 45, 5.5)
    pen.stroke("M6 56Q10 58 12 56", "#0d1338", 1.8)


def _shark(pen: Pen) -> None:
    pen.pose(turn=10, flip=True)
    grey = pen.pick("#7f93a6", "#8b97a3", "#6f8aa8", "#8f9aa2")
    tail = [(86, 47), (88, 45), (98, 17), (98, 17), (101, 34), (97, 50), (100, 68), (100, 68),
            (86, 55)]  # fmt: skip
    pen.shape(smooth(tail), grey)
    tip = pen.vary(13, 3)
    fin = [(40, 36), (40, 36), (50, 20), (60, tip), (60, tip), (60, 26), (66, 40), (66, 40)]
    pen.shape(smooth(fin), grey)
    body = smooth([(-2, 44), (14, 34), (38, 30), (64, 36), (90, 48), (90, 53), (66, 62), (40, 68),
                   (18, 66), (6, 58)])  # fmt: skip
    pen.shape(body, grey, ball=False)
    belly = smooth([(2, 54), (20, 55), (44, 54), (90, 52), (66, 64), (40, 72), (12, 70)])
    with pen.inside(body):
        pen.shape(belly, "#f4f6f8", 0, 0)
    pen.outline(body, grey)
    side = [(36, 58), (36, 58), (44, 76), (54, 87), (54, 87), (55, 72), (52, 58), (52, 58)]
    pen.shape(smooth(side), grey)
    mouth = "M3 54Q14 54 24 52Q20 64 9 60Z"
    pen.shape(mouth, "#8c1f2a", 0.6, 0)
    teeth = [(4, 54), (6.5, 59), (9, 54.5), (11.5, 59.5), (14, 54.5), (16.5, 59), (19, 54),
             (21, 57), (23, 53)]  # fmt: skip
    with pen.inside(mouth):
        pen.shape(polygon(teeth), "#ffffff", 0, 0)
    for x in (29, 33.5, 38):
        pen.stroke(f"M{x} 43Q{x + 2} 48 {x} 53", "#42515f", 1.6)
    pen.shape(ellipse(15, 44, 3.4), BLACK, 0, 0)
    pen.shape(ellipse(14, 43, 1.1), "#ffffff", 0, 0)


def _pufferfish(pen: Pen) -> None:
    pen.pose(turn=12, flip=True)
    gold = pen.pick("#e5b64c", "#d9c05a", "#e8ae58", "#d8b060")
    pen.shape(smooth([(86, 50), (86, 48), (103, 36), (100, 50), (103, 64), (86, 54)]), "#c98a2c")
    spikes = int(pen.vary(20, 3))
    pen.shape(polygon(ring_points(2 * spikes, 48, 50, (48, 37))), "#f0dfae")
    ball = ellipse(48, 50, 40)
    pen.shape(ball, gold)
    with pen.inside(ball):
        pen.shape(ellipse(44, 82, 46, 30), "#fff8e6", 0, 0.3)
        for x, y, r in ((52, 17, 4), (66, 24, 5), (54, 30, 4.5), (74, 38, 4.5), (64, 42, 4),
                        (80, 50, 3.5), (40, 20, 3.2), (70, 54, 3)):  # fmt: skip
            pen.shape(ellipse(x, y, r), "#8a5a1c", 0, 0)
        for x, y in ((40, 72), (54, 80), (30, 80), (64, 70), (46, 88), (72, 80)):
            pen.stroke(f"M{x} {y}l3 4", "#b9a57a", 2.2)
    pen.outline(ball, gold)
    pen.gloss(44, 17, 14, 4, -8)
    fin = smooth([(60, 54), (60, 52), (74, 48), (78, 58), (72, 66), (61, 60)])
    pen.shape(fin, "#d9952e")
    eye(pen, 30, 40, 10)
    pen.shape(ellipse(11, 55, 5, 6.5), "#e7937c", 0.8, 0.3)
    pen.stroke("M8 55L14 55", "#7a2f1c", 1.6)


def _seahorse(pen: Pen) -> None:
    pen.pose(turn=8, flip=True)
    skin = pen.pick("#e8559a", "#d05ad0", "#f0607e", "#d9609f")
    fin = smooth([(65, 38), (65, 38), (80, 34), (84, 44), (80, 56), (66, 58), (66, 58)])
    pen.shape(fin, "#ffb35c")
    curl = pen.vary(0, 2)
    tail = (f"M56 66C58 80 50 {92 + curl} 38 {90 + curl}C28 {88 + curl} 26 76 35 74"
            f"C41 73 44 79 39 82")  # fmt: skip
    pen.stroke(tail, skin, 9, 1)
    for x, y in ((45, 1), (53, 0), (60, 5), (65, 13)):
        pen.stroke(f"M52 16L{x} {y}", "#ffb35c", 4.5, 0.7)
    body = smooth([(52, 7), (62, 12), (64, 23), (62, 30), (69, 42), (69, 56), (62, 70), (52, 76),
                   (50, 70), (46, 58), (44, 46), (47, 36), (44, 31), (38, 29), (24, 31), (20, 33),
                   (18, 27), (22, 23), (34, 21), (42, 12)])  # fmt: skip
    pen.shape(body, skin)
    with pen.inside(body):
        pale = smooth([(44, 38), (54, 42), (56, 56), (54, 74), (44, 72), (38, 50)])
        pen.shape(pale, "#ffd9a8", 0, 0.2)
        for y in (42, 49, 56, 63, 70):
            pen.stroke(f"M42 {y}Q50 {y + 2} 56 {y - 1}", "#c04a78", 1.8)
    pen.outline(body, skin)
    eye(pen, 48, 20, 5)


def _angelfish(pen: Pen) -> None:
    pen.pose(turn=10, flip=True)
    skin = pen.pick("#ffe24a", "#ffd534", "#fbe96a", "#f2d84e")
    pen.shape(smooth([(76, 50), (76, 48), (92, 36), (90, 50), (92, 64), (76, 53)]), skin)
    long = pen.vary(0, 3)
    shape = [(10, 52), (20, 40), (34, 27), (48, 12), (78, -6 - long), (78, -6 - long), (70, 16),
             (72, 34), (80, 46), (80, 55), (72, 67), (70, 86), (78, 106 + long),
             (78, 106 + long), (48, 90), (34, 75), (20, 64)]  # fmt: skip
    body = smooth(shape)
    pen.shape(body, skin)
    with pen.inside(body):
        for x, wide in ((28, 6), (49, 8.5), (72, 7)):
            pen.stroke(f"M{x} -10Q{x - 6} 50 {x} 112", pen.pick(BLACK, BLACK, "#2b2466", BLACK),
                       pen.vary(wide, 1))  # fmt: skip
    pen.outline(body, skin)
    pen.gloss(40, 30, 8, 4, -42)
    eye(pen, 21, 49, 5)
    pen.stroke("M10 54Q15 57 17 55", "#6a5208", 1.8)
    pen.stroke("M40 80Q36 96 44 108", skin, 3.2, 0.8)


def _angler(pen: Pen) -> None:
    pen.pose(turn=9, flip=True)
    skin = pen.pick("#2f7d5f", "#2a7a74", "#3f8a4c", "#3c7f66")
    glow = pen.pick("#fff06a", "#9ff6ff", "#ffe24a", "#f4f08a")
    tail = [(84, 52), (84, 48), (104, 30), (108, 40), (103, 54), (108, 68), (104, 78), (84, 60)]
    pen.shape(smooth(tail), skin)
    pen.shape(smooth([(52, 28), (58, 16), (68, 18), (74, 12), (82, 20), (84, 40)]), skin)
    pen.stroke("M44 30C42 4 22 -6 8 8", skin, 4, 0.9)
    pen.shape(ellipse(5, 14, 9.5), glow, 0.8, 0.8)
    body = smooth([(14, 40), (30, 26), (54, 22), (78, 36), (90, 53), (80, 74), (58, 90), (34, 90),
                   (12, 80), (2, 66), (2, 66), (20, 58)])  # fmt: skip
    pen.shape(body, skin)
    mouth = smooth([(6, 40), (6, 40), (26, 52), (52, 52), (56, 60), (40, 72), (16, 72), (0, 60),
                    (0, 60), (4, 52)])  # fmt: skip
    pen.shape(mouth, "#6a1f2c", 0.8, 0.2)
    with pen.inside(mouth):
        for x, y, drop in ((12, 44, 13), (22, 49, 12), (32, 51, 13), (42, 51, 11), (50, 51, 8)):
            pen.shape(polygon([(x - 4.5, y - 3), (x + 4.5, y - 1), (x, y + drop)]), "#fdfbe8", 0, 0)
        for x, y, rise in ((7, 67, 13), (17, 73, 13), (27, 74, 12), (37, 74, 12), (46, 70, 10)):
            pen.shape(polygon([(x - 4, y + 2), (x + 4, y + 3), (x, y - rise)]), "#fdfbe8", 0, 0)
    pen.outline(mouth, skin)
    pen.shape(smooth([(60, 60), (60, 58), (74, 52), (80, 62), (72, 72), (61, 68)]), skin)
    for x, y in ((40, 82), (52, 80), (66, 80), (66, 34), (74, 42)):
        pen.shape(ellipse(x, y, 2.6), darker(skin, 0.35), 0, 0)
    eye(pen, 37, 38, 7.5, "#fff7c9")


def _manta(pen: Pen) -> None:
    pen.pose(turn=14)
    dark = pen.pick("#35406e", "#3a3f55", "#2c4a7a", "#454a6a")
    pen.stroke("M50 76Q51 92 " + pen.pick("58 106", "44 106", "60 104", "42 108"), dark, 3.2, 1)
    lift = pen.vary(0, 4)
    wing = [(50, 20), (64, 22), (80, 30), (104, 44 - lift), (112, 58 - lift), (112, 58 - lift),
            (92, 60), (72, 68), (58, 80), (50, 84)]  # fmt: skip
    shape = wing + [(100 - x, y) for x, y in reversed(wing[1:-1])]
    for side in (-1, 1):
        horn = [(50 + side * 8, 24), (50 + side * 9, 12), (50 + side * 15, 5),
                (50 + side * 18, 12), (50 + side * 19, 25)]  # fmt: skip
        pen.shape(smooth(horn), dark)
    body = smooth(shape)
    pen.shape(body, dark)
    for side in (-1, 1):
        patch = [(50 + side * 8, 36), (50 + side * 34, 40), (50 + side * 40, 46),
                 (50 + side * 20, 50), (50 + side * 9, 46)]  # fmt: skip
        pen.shape(smooth(patch), "#dfe6f2", 0, 0.2)
        pen.shape(ellipse(50 + side * 19, 27, 3.4), "#ffffff", 0, 0)
        pen.shape(ellipse(50 + side * 19, 27, 2), BLACK, 0, 0)
        for y in (58, 63, 68):
            pen.stroke(f"M{50 + side * 5} {y}L{50 + side * 13} {y - 2}", "#1b2140", 1.8)
    pen.gloss(50, 30, 9, 4)


PATCHES = (
    Patch("clownfish", FAMILY, ("clownfish", "Nemo", "orange and white fish"), _clownfish),
    Patch("blue_tang", FAMILY, ("blue tang", "blue fish", "Dory"), _blue_tang),
    Patch("shark", FAMILY, ("shark", "grey shark", "great white shark"), _shark),
    Patch("pufferfish", FAMILY, ("pufferfish", "blowfish", "spiky fish"), _pufferfish),
    Patch("seahorse", FAMILY, ("seahorse", "pink seahorse"), _seahorse),
    Patch("angelfish", FAMILY, ("angelfish", "yellow striped fish", "tropical fish"), _angelfish),
    Patch("anglerfish", FAMILY, ("anglerfish", "angler fish", "deep sea fish"), _angler),
    Patch("manta_ray", FAMILY, ("manta ray", "ray", "stingray"), _manta),
)
