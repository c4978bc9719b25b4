"""Faces: the yellow smiling face and seven that are clearly something else."""

from .patch import Patch
from .paths import box, ellipse, leaf, polygon, rounded, smooth
from .pen import Pen

INK = "#2b1a12"


def grin(pen: Pen, y: float, half: float, drop: float) -> None:
    """An open, laughing mouth with teeth and tongue; y is the height of its corners."""
    path = (
        f"M{50 - half} {y}Q50 {y + drop * 0.22} {50 + half} {y}"
        f"C{50 + half} {y + drop * 0.7} {50 + half * 0.55} {y + drop} 50 {y + drop}"
        f"C{50 - half * 0.55} {y + drop} {50 - half} {y + drop * 0.7} {50 - half} {y}Z"
    )
    pen.shape(path, "#5a1a12", line=0, shade=0.3)
    with pen.inside(path):
        pen.shape(ellipse(50, y + drop * 1.05, half * 0.62, drop * 0.42), "#f0565f", 0, 0.5)
        pen.shape(ellipse(50, y - drop * 0.02, half * 0.98, drop * 0.33), "#ffffff", 0, 0)
    pen.outline(path, "#7a3a18", line=0.7)


def smiling_face(pen: Pen, skin: str) -> None:
    """The emoji: a disc with two tall eyes and a wide smile, in any colour of skin."""
    pen.pose(turn=12)
    pen.shape(ellipse(50, 50, 45), skin, shade=1.1)
    pen.gloss(46, 20, 25, 11, -8)
    eyes = pen.pick("tall", "round", "laughing", "tall")
    apart, high = pen.vary(16.5, 2.0), pen.vary(38, 2.5)
    for side in (-1, 1):
        x = 50 + side * apart
        if eyes == "laughing":
            pen.stroke(f"M{x - 8} {high + 3}Q{x} {high - 13} {x + 8} {high + 3}", INK, 5)
            continue
        pen.shape(ellipse(x, high, 5.6 if eyes == "tall" else 6.8, 9.5 if eyes == "tall" else 7),
                  INK, 0, 0)  # fmt: skip
        pen.shape(ellipse(x - 1.5, high - 3.5, 1.9, 2.6), "#ffffff", 0, 0)
    if pen.pick(False, True, False, True):
        wide = pen.vary(27, 2)
        pen.stroke(f"M{50 - wide} 58Q50 {pen.vary(94, 4):.1f} {50 + wide} 58", INK, 6)
        for side in (-1, 1):
            pen.shape(ellipse(50 + side * 31, 60, 6.5, 5), "#ff8a5c", 0, 0)
    else:
        grin(pen, pen.vary(55, 2), pen.vary(28, 2), pen.vary(29, 3))


def _smiley(pen: Pen) -> None:
    smiling_face(pen, "#ffd02e")


def _clown(pen: Pen) -> None:
    hair = pen.pick("#ff7a1a", "#e8352e", "#3fae49", "#a24bd6")
    for side in (-1, 1):
        for x, y, r in ((33, 30, 13), (40, 44, 14), (38, 59, 13), (31, 71, 9)):
            pen.shape(ellipse(50 + side * x, y, r), hair)
    pen.shape(ellipse(50, 55, 35, 38), "#fdf3ea")
    hat = pen.pick("#2f6fe0", "#7a3fd0", "#e23b7a", "#1d9aa8")
    pen.shape(polygon([(34, 24), (53, -5), (66, 24)]), hat, ball=False)
    pen.shape(ellipse(53, -5, 6.5), "#ffe04a")
    pen.shape(ellipse(45, 12, 4), "#ffe04a", 0)
    pen.shape(ellipse(56, 17, 3.5), "#ffe04a", 0)
    for side in (-1, 1):
        x = 50 + side * 14
        pen.shape(polygon([(x, 26), (x + 7, 43), (x, 60), (x - 7, 43)]), "#3a8df0", 0, 0.4)
        pen.shape(ellipse(x, 43, 4.5, 6), "#1b1b22", 0, 0)
        pen.shape(ellipse(50 + side * 25, 62, 6.5), "#ffa4ad", 0, 0)
    mouth = "M24 66Q50 80 76 66Q80 90 50 92Q20 90 24 66Z"
    pen.shape(mouth, "#e3262f", 0.7)
    pen.shape("M33 75Q50 82 67 75Q63 85 50 86Q37 85 33 75Z", "#ffffff", 0, 0)
    pen.shape(ellipse(50, 57, pen.vary(10, 1.2)), "#e8222c")
    pen.gloss(47, 53, 4, 3)


def _robot(pen: Pen) -> None:
    steel = pen.pick("#8fa9bf", "#9fb0b6", "#7f9cc4", "#a9b4c4")
    pen.stroke("M50 24L50 8", "#5d7183", 4, 1)
    pen.shape(ellipse(50, 6, 7), "#f0372f")
    for x in (3, 85):
        pen.shape(box(x, 44, 12, 24, 4), "#5f7a94")
    head = box(12, 20, 76, 72, pen.pick(14, 6, 22, 10))
    pen.shape(head, steel, ball=False)
    pen.gloss(50, 27, 32, 4)
    pen.shape(box(19, 34, 62, 25, 11), "#24384c", 0.6, 0.3)
    eye = pen.pick("#4ff0ff", "#ffe94a", "#6dff7a", "#ff8a4a")
    for x in (34, 66):
        if pen.pick(True, True, False, True):
            pen.shape(ellipse(x, 46.5, 9), eye, 0, 0.6)
        else:
            pen.shape(box(x - 9, 39, 18, 15, 3), eye, 0, 0.6)
        pen.shape(ellipse(x, 46.5, 3.6), "#10202c", 0, 0)
    mouth = box(28, 68, 44, 15, 4)
    pen.shape(mouth, "#e8eef2", 0.8, 0.3)
    for x in (37, 46, 54, 63):
        pen.stroke(f"M{x} 69L{x} 82", "#3d5163", 2.2)
    for x in (18, 82):
        pen.shape(ellipse(x, 86, 2.4), "#4b6075", 0, 0)


def _skull(pen: Pen) -> None:
    bone = pen.pick("#f4eedc", "#ffffff", "#e6dcc0", "#f3f3ee")
    wide = pen.vary(0, 2)
    head = smooth([(50, 3), (80 + wide, 13), (93 + wide, 40), (84, 63), (72, 71), (71, 90),
                   (60, 97), (40, 97), (29, 90), (28, 71), (16, 63), (7 - wide, 40),
                   (20 - wide, 13)])  # fmt: skip
    pen.shape(head, bone)
    pen.gloss(42, 14, 20, 8, -14)
    size = pen.vary(14, 1.2)
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 20, 46, size, size * 1.05, side * 12), "#17130f", 0, 0)
    pen.shape(smooth([(50, 57), (57, 71), (50, 68), (43, 71)]), "#17130f", 0, 0)
    pen.stroke("M31 80L69 80", "#3a3226", 1.8)
    for x in (35, 42.5, 50, 57.5, 65):
        pen.stroke(f"M{x} 76L{x} 95", "#3a3226", 2.6)


def _alien(pen: Pen) -> None:
    skin = pen.pick("#79c94a", "#58c25a", "#95d03f", "#6fbf6a")
    if pen.pick(False, True, False, False):
        for side in (-1, 1):
            pen.stroke(f"M{50 + side * 14} 14Q{50 + side * 20} 0 {50 + side * 30} -6", skin, 4, 1)
            pen.shape(ellipse(50 + side * 31, -7, 6), skin)
    cheek = pen.vary(0, 2)
    head = smooth([(50, 3), (77, 10), (90, 36), (81 + cheek, 62), (63, 88), (50, 97), (37, 88),
                   (19 - cheek, 62), (10, 36), (23, 10)])  # fmt: skip
    pen.shape(head, skin)
    pen.gloss(46, 16, 22, 9, -8)
    tilt = pen.vary(33, 5)
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 20, 50, 19, 11.5, side * -tilt), "#101418", 0.4, 0)
        pen.shape(ellipse(50 + side * 24 - 3, 43, 5, 3, side * -tilt), "#ffffff", 0, 0)
        pen.shape(ellipse(50 + side * 3, 70, 1.5, 2.4), "#2c5a1c", 0, 0)
    pen.stroke("M41 81Q50 87 59 81", "#2c5a1c", 2.8)


def _cat(pen: Pen) -> None:
    fur = pen.pick("#8e939c", "#a08f83", "#7c8794", "#98989c")
    dark = pen.pick("#565b66", "#5f4d42", "#434d5b", "#5c5c62")
    for side in (-1, 1):
        ear = [(50 + side * 44, 52), (50 + side * 40, 2), (50 + side * 8, 24)]
        pen.shape(rounded(ear, 6), fur)
        inner = [(50 + side * 36, 36), (50 + side * 35, 13), (50 + side * 18, 25)]
        pen.shape(rounded(inner, 3), "#f5a3b0", 0, 0.3)
    face = smooth([(50, 18), (78, 26), (94, 54), (80, 83), (50, 92), (20, 83), (6, 54), (22, 26)])
    pen.shape(face, fur)
    with pen.inside(face):
        for x, slant in ((50, 0), (39, -2), (61, 2)):
            pen.stroke(f"M{x + slant} 16L{x} {33 if x == 50 else 29}", dark, 5)
        for side in (-1, 1):
            for y in (52, 63):
                pen.stroke(f"M{50 + side * 47} {y - 3}L{50 + side * 35} {y}", dark, 4)
    pen.shape(ellipse(50, 73, 22, 16), "#f6f2ee", 0, 0.3)
    eye = pen.pick("#8fdc3c", "#ffd23c", "#62d0e8", "#a5d84a")
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 21, 50, 10.5, 9.5), eye, 0.8, 0.5)
        pen.shape(ellipse(50 + side * 21, 50, pen.pick(3.2, 4.6, 2.6, 4), 8.5), "#111111", 0, 0)
        pen.shape(ellipse(48 + side * 21, 46.5, 2.2), "#ffffff", 0, 0)
        for y, end in ((70, 64), (75, 76), (80, 88)):
            pen.stroke(f"M{50 + side * 18} {y}L{50 + side * 47} {end}", "#fbfbfb", 1.8)
    pen.shape(rounded([(43, 63), (57, 63), (50, 71)], 3), "#ee7f92", 0.6, 0.3)
    pen.stroke("M50 71Q49 80 39 79M50 71Q51 80 61 79", "#3c3434", 2.2)


def _devil(pen: Pen) -> None:
    horn = pen.pick("#3b2a30", "#f1e2c0", "#5a2030", "#2a2a30")
    lift = pen.vary(0, 3)
    for side in (-1, 1):
        x = 50
        points = [(x + side * 40, 36), (x + side * 46, 14), (x + side * 38, -8 + lift)]
        inner = [(x + side * 38, -8 + lift), (x + side * 32, 8), (x + side * 14, 22)]
        pen.shape(smooth([points[0], *points, *inner, inner[-1]]), horn)
        ear = [(x + side * 38, 48), (x + side * 56, 36), (x + side * 56, 36), (x + side * 42, 66)]
        pen.shape(smooth(ear), "#c81d24")
    pen.shape(ellipse(50, 55, 42, 41), "#e02a2a")
    pen.gloss(45, 25, 22, 8, -8)
    for side in (-1, 1):
        eye = [
            (50 + side * 8, 52),
            (50 + side * 32, 38),
            (50 + side * 31, 53),
            (50 + side * 20, 58),
        ]
        pen.shape(rounded(eye, 5), "#ffe64a", 0.7, 0.3)
        pen.shape(ellipse(50 + side * 20, 50, 4, 5), "#1b0b0b", 0, 0)
        pen.stroke(f"M{50 + side * 6} 46L{50 + side * 35} 30", "#2a0c10", 6)
    mouth = "M22 67Q50 78 78 67Q70 91 50 91Q30 91 22 67Z"
    pen.shape(mouth, "#3a0a10", 0.6, 0.2)
    for x in (31, 69):
        pen.shape(polygon([(x - 5, 69.5), (x + 5, 71), (x, 83)]), "#ffffff", 0, 0)
    if pen.pick(True, False, True, True):
        pen.shape(leaf(50, 92, 19, 12, 180), "#2a0c10", 0.4, 0.3)


def _pig(pen: Pen) -> None:
    pink = pen.pick("#f7a1b4", "#f58fae", "#f9b3b8", "#f3a0bb")
    for side in (-1, 1):
        ear = [(50 + side * 14, 18), (50 + side * 46, 0), (50 + side * 44, 40)]
        pen.shape(rounded(ear, 9), "#ec7e98")
    pen.shape(ellipse(50, 55, 44, 40), pink)
    pen.gloss(45, 26, 22, 7, -8)
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 22, 43, 5.5, 7), "#2a1a1e", 0, 0)
        pen.shape(ellipse(48.5 + side * 22, 40, 2), "#ffffff", 0, 0)
        pen.shape(ellipse(50 + side * 32, 62, 7, 5.5), "#f2748f", 0, 0)
    wide, high = pen.vary(19, 2), pen.vary(14, 1.2)
    pen.shape(ellipse(50, 61, wide, high), "#ee7591")
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 7.5, 61, 3.6, 6.5), "#8d2c46", 0, 0)
    pen.stroke(f"M37 81Q50 {pen.vary(92, 3):.1f} 63 81", "#8d2c46", 3.2)


FAMILY = "faces"
PATCHES = (
    Patch("smiley_emoji", FAMILY, ("smiley", "smiley face", "emoji", "happy face"), _smiley),
    Patch("clown_face", FAMILY, ("clown", "clown face"), _clown),
    Patch("robot_face", FAMILY, ("robot", "robot head", "robot face"), _robot),
    Patch("skull", FAMILY, ("skull", "skeleton", "skeleton head"), _skull),
    Patch("alien_head", FAMILY, ("alien", "alien head", "green alien"), _alien),
    Patch("cat_face", FAMILY, ("cat", "cat face", "kitten"), _cat),
    Patch("devil_face", FAMILY, ("devil", "demon", "red devil"), _devil),
    Patch("pig_face", FAMILY, ("pig", "pig face", "piglet"), _pig),
)
