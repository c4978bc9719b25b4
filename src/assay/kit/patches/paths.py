"""SVG path text for the outlines that the patches are put together from (100 x 100 units)."""

import math
from collections.abc import Sequence

Point = tuple[float, float]


def _xy(point: Point) -> str:
    return f"{point[0]:.2f} {point[1]:.2f}"


def ellipse(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> str:
    """An ellipse around (x, y); a circle where ry is left out; turn in degrees, clockwise."""
    ry = rx if ry is None else ry
    dx, dy = rx * math.cos(math.radians(turn)), rx * math.sin(math.radians(turn))
    arc = f"A{rx:.2f} {ry:.2f} {turn:.1f} 1 1"
    return (
        f"M{x - dx:.2f} {y - dy:.2f}{arc} {x + dx:.2f} {y + dy:.2f}{arc} {_xy((x - dx, y - dy))}Z"
    )


def box(x: float, y: float, width: float, height: float, corner: float = 0.0) -> str:
    """A rectangle whose upper left corner is (x, y), its corners rounded by that radius."""
    ends = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
    return rounded(ends, corner)


def polygon(points: Sequence[Point]) -> str:
    """A closed outline with straight sides."""
    return "M" + "L".join(_xy(point) for point in points) + "Z"


def rounded(points: Sequence[Point], corner: float) -> str:
    """A closed outline with straight sides, each corner cut by at most that much and rounded."""
    if corner <= 0:
        return polygon(points)
    text = ""
    for index, (x, y) in enumerate(points):
        ends = []
        for other in (points[index - 1], points[(index + 1) % len(points)]):
            length = math.dist((x, y), other)
            part = min(corner, length / 2) / length
            ends.append((x + (other[0] - x) * part, y + (other[1] - y) * part))
        text += f"{'L' if text else 'M'}{_xy(ends[0])}Q{_xy((x, y))} {_xy(ends[1])}"
    return text + "Z"


def smooth(points: Sequence[Point], closed: bool = True) -> str:
    """A curve through the points (Catmull-Rom); a point given twice in a row makes a corner."""
    count = len(points)

    def at(index: int) -> Point:
        return points[index % count] if closed else points[max(0, min(index, count - 1))]

    text = "M" + _xy(points[0])
    for index in range(count if closed else count - 1):
        before, here, there, after = (at(index + step) for step in (-1, 0, 1, 2))
        if here == there:
            continue
        first = (here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6)
        second = (there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6)
        text += f"C{_xy(first)} {_xy(second)} {_xy(there)}"
    return text + ("Z" if closed else "")


def around(x: float, y: float, radius: float, angle: float) -> Point:
    """The point at that distance from (x, y); 0 degrees is up, and angles go clockwise."""
    radians = math.radians(angle)
    return x + radius * math.sin(radians), y - radius * math.cos(radians)


def ring_points(
    count: int, x: float, y: float, radii: Sequence[float], turn: float = 0.0
) -> list[Point]:
    """Count points around (x, y), the first straight up; their distances run through radii."""
    return [
        around(x, y, radii[index % len(radii)], turn + 360 * index / count)
        for index in range(count)
    ]


def sector(x: float, y: float, radius: float, start: float, end: float) -> str:
    """A slice of a disc between two angles (degrees clockwise from up, less than 180 apart)."""
    first, last = around(x, y, radius, start), around(x, y, radius, end)
    return f"M{_xy((x, y))}L{_xy(first)}A{radius:.2f} {radius:.2f} 0 0 1 {_xy(last)}Z"


def leaf(x: float, y: float, length: float, width: float, angle: float) -> str:
    """A pointed leaf whose stalk is at (x, y) and whose tip points along angle (0 is up)."""
    tip = around(x, y, length, angle)
    middle = around(x, y, length * 0.45, angle)
    left, right = around(*middle, width, angle - 90), around(*middle, width, angle + 90)
    return f"M{_xy((x, y))}Q{_xy(left)} {_xy(tip)}Q{_xy(right)} {_xy((x, y))}Z"


def petal(x: float, y: float, length: float, width: float, angle: float) -> str:
    """A petal with a round end, growing from (x, y) along angle (0 is up)."""
    reach = [(0.0, 0.0), (0.45, 0.8), (0.8, 1.0), (1.0, 0.0), (0.8, -1.0), (0.45, -0.8)]
    points = []
    for along, across in reach:
        spot = around(x, y, length * along, angle)
        points.append(around(*spot, width / 2 * across, angle + 90))
    return smooth([points[0], *points])
