"""Small animals: insects, a frog, birds and others, each of its own colour."""

from .patch import Patch
from .paths import around, ellipse, petal, rounded, smooth
from .pen import Pen

FAMILY = "animals"
BLACK = "#1b1a1f"


def beetle(pen: Pen, shell: str, dots: bool, head: bool = True) -> None:
    """The ladybird from above in any colour, with or without dots, head and legs."""
    pen.pose(turn=24)
    if head:
        for side in (-1, 1):
            for y, reach in ((38, 30), (58, 46), (78, 60)):
                x = 50 + side * 34
                path = f"M{x} {y}L{x + side * 13} {reach + 8}L{x + side * 18} {reach + 18}"
                pen.stroke(path, BLACK, 4.6)
            pen.stroke(f"M{50 + side * 8} 14Q{50 + side * 14} 2 {50 + side * 24} -2", BLACK, 3.6)
        pen.shape(smooth([(28, 30), (32, 14), (50, 6), (68, 14), (72, 30)]), BLACK)
        for side in (-1, 1):
            pen.shape(ellipse(50 + side * 13, 19, 4.8, 4.2), "#ffffff", 0, 0)
    wide = pen.vary(42, 2)
    body = smooth([(50, 22), (50 + wide * 0.7, 28), (50 + wide, 56), (50 + wide * 0.68, 88),
                   (50, 99), (50 - wide * 0.68, 88), (50 - wide, 56),
                   (50 - wide * 0.7, 28)])  # fmt: skip
    pen.shape(body, shell, 1.2, 1.1)
    with pen.inside(body):
        if head:
            pen.stroke("M50 20L50 102", BLACK, 3.4)
        if dots:
            size = pen.vary(7.6, 0.9)
            for x, y, part in ((17, 41, 1), (31, 58, 1), (14, 66, 1.1), (22, 84, 0.9)):
                for side in (-1, 1):
                    pen.shape(ellipse(50 + side * x, y, size * part), BLACK, 0, 0)
    pen.outline(body, shell, 1.2)
    pen.gloss(30, 38, 8, 4, -40)


def _ladybird(pen: Pen) -> None:
    beetle(pen, "#e4252b", True)


def _butterfly(pen: Pen) -> None:
    pen.pose(turn=14)
    blue = pen.pick("#2f8cf0", "#3a70e8", "#20a4ee", "#5a94dc")
    spread = pen.vary(0, 4)
    for side in (-1, 1):
        low = [(50 + side * 4, 54), (50 + side * 20, 52), (50 + side * (40 + spread), 64),
               (50 + side * 36, 86), (50 + side * 22, 92), (50 + side * 8, 74)]  # fmt: skip
        high = [(50 + side * 4, 48), (50 + side * 12, 24), (50 + side * (34 + spread), 4),
                (50 + side * (52 + spread), 10), (50 + side * (50 + spread), 34),
                (50 + side * 36, 54), (50 + side * 16, 58)]  # fmt: skip
        for wing, dot in ((low, (24, 74)), (high, (34, 28))):
            path = smooth(wing)
            pen.shape(path, BLACK)
            middle = (sum(x for x, _ in wing) / len(wing), sum(y for _, y in wing) / len(wing))
            inner = [(middle[0] + 0.76 * (x - middle[0]), middle[1] + 0.76 * (y - middle[1]))
                     for x, y in wing]  # fmt: skip
            pen.shape(smooth(inner), blue, 0, 1)
            spot = ellipse(50 + side * dot[0], dot[1], 5.5)
            pen.shape(spot, pen.pick("#d9f1ff", "#ffe27a", "#ffffff", "#cfe6ff"), 0, 0)
        pen.stroke(f"M50 26Q{50 + side * 6} 12 {50 + side * 13} 6", BLACK, 2.6)
        pen.shape(ellipse(50 + side * 13, 6, 2.4), BLACK, 0, 0)
    pen.shape(ellipse(50, 56, 5.2, 29), "#3a2c28", 0.8)
    pen.shape(ellipse(50, 27, 6.5), "#3a2c28", 0.8)


def striped_insect(pen: Pen, stripe: str | None, wings: bool) -> None:
    """The bee from the side in yellow, with or without its stripes and wings."""
    pen.pose(turn=12, flip=True)
    if wings:
        lift = pen.vary(0, 6)
        pen.shape(petal(56, 36, 48, 28, 32 + lift), "#d4ecfa", 1, 0.6)
        pen.shape(petal(48, 36, 50, 30, -6 + lift), "#e2f4fd", 1, 0.6)
    pen.shape(rounded([(90, 54), (108, 60), (90, 66)], 2), BLACK)
    body = smooth([(28, 46), (46, 33), (70, 34), (90, 46), (97, 60), (88, 74), (66, 84), (44, 82),
                   (28, 72)])  # fmt: skip
    pen.shape(body, "#ffc91e", 1.1)
    if stripe is not None:
        with pen.inside(body):
            for x in pen.pick((46, 65, 84), (44, 62, 80), (48, 66, 84), (45, 66, 86)):
                pen.stroke(f"M{x} 28Q{x + 8} 60 {x - 2} 90", stripe, pen.vary(8.5, 1))
    pen.outline(body, "#ffc91e", 1.1)
    pen.shape(ellipse(20, 57, 20, 20), "#ffd23c" if stripe else "#ffc91e", 1.1)
    pen.shape(ellipse(13, 52, 5, 6.5), BLACK, 0, 0)
    pen.shape(ellipse(11.5, 49.5, 1.8), "#ffffff", 0, 0)
    pen.stroke("M8 66Q13 71 19 68", "#6a3a08", 2.4)
    for x in (12, 24):
        pen.stroke(f"M{x + 2} 38Q{x} 26 {x - 8} 23", BLACK, 2.8)
        pen.shape(ellipse(x - 8, 23, 3), BLACK, 0, 0)
    pen.gloss(58, 39, 14, 3, -2)


def _bee(pen: Pen) -> None:
    striped_insect(pen, BLACK, True)


def _frog(pen: Pen) -> None:
    pen.pose(turn=9)
    green = pen.pick("#56b83a", "#3fae4e", "#77c22c", "#66b050")
    for side in (-1, 1):
        thigh = [(50 + side * 20, 66), (50 + side * 44, 58), (50 + side * 52, 76),
                 (50 + side * 44, 92), (50 + side * 20, 92)]  # fmt: skip
        pen.shape(smooth(thigh), green)
        foot = [
            (50 + side * 30, 88),
            (50 + side * 56, 92),
            (50 + side * 58, 99),
            (50 + side * 28, 99),
        ]
        pen.shape(rounded(foot, 4), green)
    pen.shape(ellipse(50, 72, 30, 27), green)
    pen.shape(ellipse(50, 78, 20, 19), "#e6f2b0", 0, 0.3)
    for side in (-1, 1):
        arm = f"M{50 + side * 20} 66Q{50 + side * 24} 84 {50 + side * 16} 95"
        pen.stroke(arm, green, 9, 0.9)
        pen.shape(ellipse(50 + side * 13, 97, 9, 4), green)
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 23, 16, 15), green)
    pen.shape(ellipse(50, 37, 43, 25), green)
    size = pen.vary(10, 1)
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 23, 15, size), "#ffffff", 0.7, 0)
        pen.shape(ellipse(50 + side * 22, 16, size * 0.58), BLACK, 0, 0)
        pen.shape(ellipse(48 + side * 22, 13, 2), "#ffffff", 0, 0)
        pen.shape(ellipse(50 + side * 5, 33, 1.6), "#24601c", 0, 0)
        pen.shape(ellipse(50 + side * 31, 44, 6, 4), "#f2a08a", 0, 0)
    pen.stroke(f"M21 41Q50 {pen.vary(62, 3):.1f} 79 41", "#24601c", 3.4)


def _penguin(pen: Pen) -> None:
    pen.pose(turn=9)
    coat = pen.pick("#23262f", "#2b3346", "#1d1f26", "#3a3f4c")
    beak = "#ffa41e"
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 16, 96, 15, 6), beak)
        lift = pen.pick(0, 8, 14, 4) * side
        wing = [(50 + side * 26, 40), (50 + side * 42, 52),
                (50 + side * 47 + lift * 0.6, 78 - abs(lift)), (50 + side * 34, 74)]  # fmt: skip
        pen.shape(smooth(wing), coat)
    body = smooth([(50, 0), (70, 6), (78, 24), (82, 50), (84, 74), (74, 92), (50, 97), (26, 92),
                   (16, 74), (18, 50), (22, 24), (30, 6)])  # fmt: skip
    pen.shape(body, coat)
    belly = smooth([(50, 28), (60, 17), (72, 26), (70, 44), (74, 70), (64, 89), (50, 92), (36, 89),
                    (26, 70), (30, 44), (28, 26), (40, 17)])  # fmt: skip
    pen.shape(belly, "#fdfdfb", 0, 0.4)
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 12, 30, 4.4, 5.4), BLACK, 0, 0)
        pen.shape(ellipse(49 + side * 12, 28, 1.5), "#ffffff", 0, 0)
    pen.shape(rounded([(39, 39), (61, 39), (50, 52)], 4), beak)


def _octopus(pen: Pen) -> None:
    pen.pose(turn=9)
    skin = pen.pick("#9a4fd6", "#8444c8", "#b052cc", "#9460c4")
    arms = (
        "M22 62Q8 70 6 82Q4 94 -6 92",
        "M32 68Q24 82 24 92Q20 102 10 98",
        "M44 70Q42 88 42 96Q40 104 32 102",
        "M56 70Q58 88 58 96Q60 104 68 102",
        "M68 68Q76 82 76 92Q80 102 90 98",
        "M78 62Q92 70 94 82Q96 94 106 92",
    )
    for path in arms:
        pen.stroke(path, skin, pen.vary(12, 1), 0.9)
    head = smooth([(50, -4), (76, 4), (88, 28), (82, 52), (84, 66), (72, 78), (50, 74), (28, 78),
                   (16, 66), (18, 52), (12, 28), (24, 4)])  # fmt: skip
    pen.shape(head, skin)
    pen.gloss(40, 9, 16, 7, -16)
    for x, y, r in ((70, 12, 4), (78, 22, 3), (64, 4, 2.6)):
        pen.shape(ellipse(x, y, r), "#cf9af2", 0, 0)
    for side in (-1, 1):
        pen.shape(ellipse(50 + side * 16, 38, 10.5, 11.5), "#ffffff", 0.7, 0)
        pen.shape(ellipse(50 + side * 14, 40, 5.6, 6.8), BLACK, 0, 0)
        pen.shape(ellipse(48 + side * 14, 37, 2), "#ffffff", 0, 0)
        pen.shape(ellipse(50 + side * 28, 54, 5, 3.6), "#ff9ac0", 0, 0)
    pen.stroke(f"M40 57Q50 {pen.vary(66, 3):.1f} 60 57", "#431a6a", 3)


def _snail(pen: Pen) -> None:
    pen.pose(turn=8, flip=True)
    flesh = pen.pick("#e9c58a", "#d9c48a", "#f0b98a", "#dcc09a")
    for x, y in ((2, 22), (18, 18)):
        pen.stroke(f"M14 50Q{x + 5} 36 {x} {y}", flesh, 4.4, 0.9)
        pen.shape(ellipse(x, y, 4.6), flesh, 0.9)
        pen.shape(ellipse(x - 0.8, y - 0.8, 2.2), BLACK, 0, 0)
    body = smooth([(2, 56), (8, 44), (20, 44), (28, 56), (34, 70), (60, 74), (92, 78), (108, 92),
                   (108, 94), (70, 96), (30, 96), (14, 88), (6, 72)])  # fmt: skip
    pen.shape(body, flesh)
    shell = pen.pick("#9a5a2c", "#a8503a", "#8a5f2a", "#94603c")
    pen.shape(ellipse(64, 50, 36, 35), shell)
    spiral, turns = [], 2.3
    for step in range(40):
        part = step / 39
        spiral.append(around(64, 50, 31 * (1 - part) + 3, 150 + 360 * turns * part))
    pen.stroke(smooth(spiral, closed=False), pen.pick("#f0c98a", "#f4d8a0", "#eebd78", "#e8cfa0"),
               pen.vary(5.4, 0.6))  # fmt: skip
    pen.gloss(54, 24, 12, 4, -24)
    pen.stroke("M8 68Q13 73 18 69", "#7a4a1c", 2.4)


def _flamingo(pen: Pen) -> None:
    pen.pose(turn=7, flip=True)
    pink = pen.pick("#ff7f9f", "#fb6f8f", "#ff8f94", "#f287a8")
    pen.stroke("M60 60L60 112M60 112L50 112", "#e0607c", 4, 0.5)
    pen.stroke(pen.pick("M68 58L82 80L62 86", "M70 58L84 84L64 84", "M68 58L78 112L68 112",
                        "M68 58L84 78L60 80"), "#e0607c", 4, 0.5)  # fmt: skip
    tail = smooth([(76, 38), (92, 34), (108, 44), (108, 44), (104, 56), (82, 60)])
    pen.shape(tail, "#f2587c")
    pen.stroke("M40 48C22 42 52 26 44 8C40 -4 24 -4 22 8", pink, 11, 1)
    pen.shape(smooth([(34, 46), (50, 34), (74, 34), (96, 46), (88, 60), (66, 70), (46, 66)]), pink)
    pen.stroke("M40 48C24 42 52 26 44 8", pink, 10)
    pen.shape(smooth([(54, 46), (70, 42), (98, 52), (98, 52), (80, 62), (60, 60)]), "#ffb0c2", 0.8)
    pen.shape(ellipse(27, 5, 12, 10), pink)
    with pen.inside(ellipse(27, 5, 12, 10)):
        pen.stroke("M38 8L44 10", pink, 9)
    bill = [(17, 2), (8, 4), (2, 14), (6, 27), (6, 27), (14, 20), (20, 12)]
    pen.shape(smooth(bill), "#fdf0e4")
    with pen.inside(smooth(bill)):
        pen.shape(ellipse(5, 26, 12, 8), BLACK, 0, 0)
    pen.outline(smooth(bill), "#fdf0e4")
    pen.shape(ellipse(26, 3, 3), "#ffffff", 0.4, 0)
    pen.shape(ellipse(25.6, 3, 1.9), BLACK, 0, 0)


PATCHES = (
    Patch("ladybird", FAMILY, ("ladybug", "ladybird", "beetle"), _ladybird),
    Patch("butterfly", FAMILY, ("butterfly", "blue butterfly"), _butterfly),
    Patch("bee", FAMILY, ("bee", "bumblebee", "wasp"), _bee),
    Patch("frog", FAMILY, ("frog", "green frog", "toad"), _frog),
    Patch("penguin", FAMILY, ("penguin",), _penguin),
    Patch("octopus", FAMILY, ("octopus", "squid"), _octopus),
    Patch("snail", FAMILY, ("snail",), _snail),
    Patch("flamingo", FAMILY, ("flamingo", "pink bird"), _flamingo),
)
