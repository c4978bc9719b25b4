"""Things of a household."""

from .patch import Patch
from .paths import around, box, ellipse, ring_points, rounded, smooth
from .pen import Pen, blend

FAMILY = "household"


def _umbrella(pen: Pen) -> None:
    pen.pose(turn=16, flip=True)
    purple = pen.pick("#8a3fd0", "#7440d8", "#a044c4", "#8f56b8")
    pen.stroke("M50 -2L50 6", "#5a3a1c", 4, 0.8)
    hook = pen.vary(0, 1.5)
    handle = f"M50 40L50 {90 + hook}C50 {104 + hook} 30 {104 + hook} 30 {90 + hook}"
    pen.stroke(handle, "#9a622a", 5, 0.9)
    cover = (
        "M50 4C78 4 98 26 100 54Q91 44 83 54Q75 44 66.5 54Q58 44 50 54"
        "Q42 44 33.5 54Q25 44 17 54Q9 44 0 54C2 26 22 4 50 4Z"
    )
    pen.shape(cover, purple, 1.1, 1.1)
    with pen.inside(cover):
        pale = blend(purple, "#ffffff", pen.pick(0.38, 0.8, 0.5, 0.3))
        for side in (-1, 1):
            gore = (
                f"M50 4Q{50 + side * 34} 16 {50 + side * 33} 58"
                f"L{50 + side * 16.5} 58Q{50 + side * 18} 22 50 4Z"
            )
            pen.shape(gore, pale, 0.5, 0.6)
    pen.outline(cover, purple, 1.1)
    pen.gloss(26, 22, 10, 4, -44)


def _bulb(pen: Pen) -> None:
    pen.pose(turn=14)
    glass = smooth([(50, 0), (72, 7), (84, 28), (78, 48), (66, 64), (64, 76), (36, 76), (34, 64),
                    (22, 48), (16, 28), (28, 7)])  # fmt: skip
    pen.shape(box(37, 74, 26, 20, 5), "#a9b2bd", ball=False)
    for y in (80, 87):
        pen.stroke(f"M38 {y + 1}L62 {y - 1}", "#5f6a78", 2.4)
    pen.shape(rounded([(43, 94), (57, 94), (53, 101), (47, 101)], 2), "#4a525e")
    pen.shape(glass, pen.pick("#ffe14a", "#ffe868", "#ffd83a", "#fbe27a"), 1.1, 1.2)
    wire = pen.pick("M42 74L38 44L46 52L50 42L54 52L62 44L58 74",
                    "M43 74L40 42Q45 52 50 42Q55 52 60 42L57 74",
                    "M44 74L44 46L50 54L56 46L56 74",
                    "M43 74L37 40L50 52L63 40L57 74")  # fmt: skip
    pen.stroke(wire, "#d9772a", 3)
    pen.gloss(33, 24, 6, 12, 18)


def _clock(pen: Pen) -> None:
    pen.pose(turn=11)
    red = pen.pick("#e2332e", "#d62f45", "#f0402a", "#d24a42")
    for side in (-1, 1):
        pen.stroke(f"M{50 + side * 24} 82L{50 + side * 34} 98", "#4a4e58", 6, 0.8)
        with pen.turned(side * 38, 50 + side * 28, 16):
            pen.shape(f"M{50 + side * 28 - 18} 18A18 17 0 0 1 {50 + side * 28 + 18} 18Z", "#f0b83a")
    pen.stroke("M50 14L50 4", "#4a4e58", 4, 0.8)
    pen.shape(box(42, -2, 16, 8, 3), "#f0b83a")
    pen.shape(ellipse(50, 54, 40), red, 1.2, 1.1)
    pen.shape(ellipse(50, 54, 30), "#fffdf6", 0.9, 0.2)
    for hour in range(12):
        start, end = (
            around(50, 54, 22 if hour % 3 == 0 else 25, 30 * hour),
            around(50, 54, 27, 30 * hour),
        )
        pen.stroke(f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}", "#2a2c34",
                   3 if hour % 3 == 0 else 1.8)  # fmt: skip
    long, short = pen.pick((60, -60), (0, 118), (180, -62), (300, 40))
    for angle, reach, width in ((short, 15, 4.4), (long, 21, 3.4)):
        x, y = around(50, 54, reach, angle)
        pen.stroke(f"M50 54L{x:.1f} {y:.1f}", "#1d1f26", width)
    pen.shape(ellipse(50, 54, 3.4), red, 0, 0)


def _key(pen: Pen) -> None:
    pen.pose(turn=10, flip=True)
    gold = pen.pick("#e0a526", "#d8982a", "#ecb52e", "#d0a040")
    with pen.turned(pen.pick(40, 30, 52, 35)):
        teeth = [(44, 40), (56, 40), (56, 72), (74, 72), (74, 80), (64, 80), (64, 86), (78, 86),
                 (78, 96), (56, 96), (56, 104), (44, 104)]  # fmt: skip
        pen.shape(rounded(teeth, 2), gold, 1.2, 1.1, ball=False)
        ring = f"{ellipse(50, 20, 27)}{hole(pen)}"
        pen.shape(ring, gold, 1.2, 1.1)
        pen.shape(box(38, 43, 24, 9, 3), gold, 1.1)
        pen.gloss(34, 6, 8, 3, -38)


def hole(pen: Pen) -> str:
    """The hole in the bow of the key, run through the other way so that it stays open."""
    size = pen.vary(11.5, 1.0)
    arc = f"A{size:.1f} {size:.1f} 0 1 0"
    return f"M{50 - size:.1f} 16{arc} {50 + size:.1f} 16{arc} {50 - size:.1f} 16Z"


def _teapot(pen: Pen) -> None:
    pen.pose(turn=8, flip=True)
    blue = pen.pick("#2f7fd6", "#3a6fd0", "#2c96d8", "#4a86c0")
    pen.stroke("M82 44C108 34 110 74 78 76", blue, 8, 1)
    spout = smooth([(30, 72), (12, 60), (8, 40), (-6, 34), (-6, 34), (2, 26), (18, 32), (22, 46),
                    (34, 50)])  # fmt: skip
    pen.shape(spout, blue)
    pen.shape(box(36, 90, 30, 8, 3), blue)
    fat = pen.vary(0, 2.5)
    body = smooth([(50, 30), (74, 36), (88 + fat, 60), (76, 86), (50, 93), (26, 86), (13 - fat, 60),
                   (27, 36)])  # fmt: skip
    pen.shape(body, blue, 1.1, 1.1)
    with pen.inside(body):
        if pen.pick(True, False, True, False):
            for x, y in ((36, 60), (51, 68), (66, 60), (44, 78), (60, 80), (28, 72), (76, 70)):
                pen.shape(ellipse(x, y, 4.6), "#ffffff", 0, 0)
        else:
            pen.stroke("M0 62Q50 80 100 62", "#ffffff", 8)
    pen.outline(body, blue, 1.1)
    pen.shape("M30 35Q50 16 70 35Q50 42 30 35Z", blue)
    pen.shape(ellipse(50, 18, 7), "#ffd23c")
    pen.gloss(32, 47, 6, 9, 30)


def _scissors(pen: Pen) -> None:
    pen.pose(turn=10, flip=True)
    grip = pen.pick("#f2662a", "#f04a3a", "#ff8a2a", "#e8703a")
    open_angle = pen.vary(24, 4)
    for side in (-1, 1):
        with pen.turned(side * open_angle, 50, 56):
            blade = [(50 - side * 8, 62), (50 - side * 8.5, 30), (50 + side * 3, -4),
                     (50 + side * 8, 26), (50 + side * 8, 62)]  # fmt: skip
            pen.shape(rounded(blade, 2), "#c3ccd6", 1.1, ball=False)
            pen.shape(box(43, 56, 14, 18, 4), grip)
    for side in (-1, 1):
        x = 50 - side * 24
        with pen.turned(side * 24, x, 84):
            outer = ellipse(x, 84, 19, 21)
            inner = f"M{x - 8.5} 84A8.5 10.5 0 1 0 {x + 8.5} 84A8.5 10.5 0 1 0 {x - 8.5} 84Z"
            pen.shape(outer + inner, grip, 1.1)
    pen.shape(ellipse(50, 56, 4.2), "#6a7480", 0.8, 0.5)


def _candle(pen: Pen) -> None:
    pen.pose(turn=5, flip=True)
    wax = pen.pick("#fff3dc", "#fde3e6", "#f3ecd0", "#fbeee0")
    lean = pen.vary(0, 3)
    flame = [(50 + lean, -16), (50 + lean, -16), (61, 4), (60, 16), (50, 22), (40, 16), (39, 4)]
    pen.shape(smooth(flame), "#ff9a1e", 0.9, 0.9)
    pen.shape(smooth([(50 + lean / 2, -3), (50 + lean / 2, -3), (55, 9), (50, 17), (45, 9)]),
              "#fff3a0", 0, 0)  # fmt: skip
    pen.stroke("M50 17L50 29", "#3a2a1c", 2.8)
    pen.shape(box(35, 28, 30, 58, 5), wax, 1.1, 1.0, ball=False)
    drip = "M35 30Q50 22 65 30L65 46Q62 54 59 46Q57 38 54 44L54 56Q51 64 48 56L48 42" \
           "Q45 36 42 44Q39 52 35 46Z"  # fmt: skip
    pen.shape(drip, blend(wax, "#ffffff", 0.6), 0.8, 0)
    holder = pen.pick("#c0392f", "#2f7f8a", "#b87a2a", "#5a66a8")
    pen.stroke("M82 88C100 84 100 66 84 72", holder, 5.5, 0.9)
    pen.shape(rounded([(30, 78), (70, 78), (70, 88), (30, 88)], 3), holder)
    pen.shape("M10 86L90 86Q86 102 66 102L34 102Q14 102 10 86Z", holder, 1, 1, ball=False)


def _watering_can(pen: Pen) -> None:
    pen.pose(turn=9, flip=True)
    green = pen.pick("#3aa655", "#2f9e46", "#4fb04a", "#58a468")
    pen.stroke("M36 44C38 14 92 12 96 48C98 64 92 74 84 78", green, 7, 1)
    pen.shape(rounded([(42, 86), (38, 70), (10, 28), (18, 24), (44, 54)], 3), green, ball=False)
    with pen.turned(-32, 13, 25):
        pen.shape(rounded([(-3, 16), (29, 16), (20, 30), (6, 30)], 3), green)
        pen.shape(ellipse(13, 16, 17, 5.5), blend(green, "#ffffff", 0.45), 0.9, 0.3)
    body = rounded([(38, 44), (84, 44), (90, 98), (32, 98)], 6)
    pen.shape(body, green, 1.1, 1, ball=False)
    with pen.inside(body):
        for y in (54, 88):
            pen.stroke(f"M20 {y}L100 {y}", blend(green, "#000000", 0.25), 3)
    flower = pen.pick("#ffffff", "#ffe24a", "#ffd6e4", "#fff3c0")
    for x, y in ring_points(5, 61, 71, (7,)):
        pen.shape(ellipse(x, y, 4.6), flower, 0, 0)
    pen.shape(ellipse(61, 71, 4), "#f29a1e", 0, 0)
    pen.gloss(44, 66, 2.6, 14, 6)


PATCHES = (
    Patch("umbrella", FAMILY, ("umbrella", "purple umbrella"), _umbrella),
    Patch("light_bulb", FAMILY, ("light bulb", "bulb", "lamp"), _bulb),
    Patch("alarm_clock", FAMILY, ("alarm clock", "clock", "red clock"), _clock),
    Patch("key", FAMILY, ("key", "gold key"), _key),
    Patch("teapot", FAMILY, ("teapot", "blue teapot", "kettle"), _teapot),
    Patch("scissors", FAMILY, ("scissors", "pair of scissors"), _scissors),
    Patch("candle", FAMILY, ("candle", "candlestick", "lit candle"), _candle),
    Patch("watering_can", FAMILY, ("watering can", "green watering can"), _watering_can),
)
