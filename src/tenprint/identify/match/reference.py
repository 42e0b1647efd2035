"""MCC bit cylinders with relaxed local similarity (LSS-R), in integers: *the* definition of the scores of `mcc-lssr-1`.

The native kernel must return the same integers; where the two differ, this file is right. There is no floating point
but one `sqrt` (IEEE-exact) that is floored at once; all other curves come from the integer tables. Lengths are
sixteenths of a pixel in the cylinders and quarters in the relaxation; angles are binary (65536 a turn),
counter-clockwise, y up.

Source: [MCC10] Cappelli, Ferrara, Maltoni, "Minutia Cylinder-Code", IEEE TPAMI 32(12):2128-2141, 2010, sections 3, 4.
Unlike there, pairs are chosen greedily without repetition, before the relaxation: measured better at the tail.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tenprint.identify.match.table_file import Tables

WORDS = 8
"""64-bit words of one cylinder: one for each of 6 directions, the valid cells, and x | y << 16 | theta << 32.

Source: layout of this matcher; one cache line of 64 bytes.
"""

Ints = NDArray[np.int64]
Code = NDArray[np.uint64]


def isqrt(squares: Ints) -> Ints:
    """The floor of the square root of integers below 2**52; IEEE `sqrt` is exact enough for it on every machine."""
    return np.asarray(np.floor(np.sqrt(squares.astype(np.float64))), dtype=np.int64)


def turn(angles: Ints) -> Ints:
    """The absolute value, 0 to 32768, of binary angles taken modulo one turn."""
    wrapped = angles & 65535
    return np.asarray(np.minimum(wrapped, 65536 - wrapped), dtype=np.int64)


def hull(points: Ints) -> list[tuple[int, int]]:
    """The corners of the convex hull of (n, 2) points, counter-clockwise, no three on a line; fewer than 3 if
    degenerate.
    """
    ordered = sorted({(int(x), int(y)) for x, y in points})
    if len(ordered) < 3:
        return ordered

    def chain(run: list[tuple[int, int]]) -> list[tuple[int, int]]:
        corners: list[tuple[int, int]] = []
        for x, y in run:
            while len(corners) > 1:
                (ax, ay), (bx, by) = corners[-2:]
                if (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0:
                    break
                corners.pop()
            corners.append((x, y))
        return corners[:-1]

    return chain(ordered) + chain(ordered[::-1])


def inside(cells: Ints, corners: list[tuple[int, int]], *, margin: int) -> NDArray[np.bool_]:
    """Which of the (n, 2) cells lie in the hull or within ``margin`` of it; all in sixteenths of a pixel."""
    within = np.full(len(cells), len(corners) >= 3)
    near = np.zeros(len(cells), dtype=bool)
    for index, (ax, ay) in enumerate(corners):
        bx, by = corners[(index + 1) % len(corners)]
        ex, ey = bx - ax, by - ay
        px, py = cells[:, 0] - ax, cells[:, 1] - ay
        cross = ex * py - ey * px
        dot = ex * px + ey * py
        square = ex * ex + ey * ey
        length = int(isqrt(np.array(square, dtype=np.int64)))
        within &= cross >= 0
        near |= px * px + py * py <= margin * margin
        near |= (dot >= 0) & (dot <= square) & (np.abs(cross) <= margin * length)
    return within | near


def cylinders(points: Ints, tables: Tables) -> Code:
    """The cylinders of one finger's minutiae [MCC10, section 3].

    points:  (n, 3) int64, columns x, y (pixels, y down) and theta (binary angle), in template order, at most 255.
    Returns: (m, 8) uint64 with m <= n, rows in the same order; minutiae without enough valid cells or neighbours are
    left out.
    """
    if not len(points):
        return np.zeros((0, WORDS), dtype=np.uint64)
    s = tables.scalars
    place = np.stack([points[:, 0] * 16, -points[:, 1] * 16], axis=1)  # y up from here on
    corners = hull(place)
    rows = []
    for m, (x, y, theta) in enumerate(points.tolist()):
        others = np.arange(len(points)) != m
        step = ((theta + 32) >> 6) & 1023
        sine, cosine = int(tables.sine[step]), int(tables.sine[(step + 256) & 1023])
        u, v = tables.cells[:, 0], tables.cells[:, 1]
        cells = place[m] + np.stack([(u * cosine - v * sine) >> 15, (u * sine + v * cosine) >> 15], axis=1)
        valid = inside(cells, corners, margin=s["omega"])
        away = place[others] - place[m]
        near_by = int(((away * away).sum(axis=1) <= s["reach"]).sum())
        if int(valid.sum()) < s["min_valid"] or near_by < s["min_minutiae"]:
            continue
        gap = place[others][None, :, :] - cells[:, None, :]
        square = ((gap * gap).sum(axis=2)) >> 6  # quarter square pixels
        spatial = np.where(square < len(tables.spatial), tables.spatial[np.minimum(square, len(tables.spatial) - 1)], 0)
        sector = ((theta - points[others][:, 2] + 128) >> 8) & 255
        word = []
        for k in range(6):
            mass = (spatial * tables.directional[k * 256 + sector][None, :]).sum(axis=1)  # int64: exact
            on = valid & (mass >= s["mu_psi"])
            word.append(int((on.astype(np.uint64) << tables.bits).sum()))
        mask = int((valid.astype(np.uint64) << tables.bits).sum())
        rows.append([*word, mask, x | y << 16 | theta << 32])
    return np.array(rows, dtype=np.uint64).reshape(-1, WORDS)


def similarities(a: Code, b: Code, tables: Tables) -> Ints:
    """The local similarity of every cylinder of ``a`` with every one of ``b``: (na, nb), 0 to 32768 (= alike) [MCC10,
    eq. 15, 19].

    0 also stands for pairs that can't be compared: turned by more than 90 degrees, or too few common valid cells.
    """
    s = tables.scalars
    mask_a, mask_b = a[:, None, 6], b[None, :, 6]
    both = mask_a & mask_b
    ones_a = np.zeros((len(a), len(b)), dtype=np.int64)
    ones_b, differ = ones_a.copy(), ones_a.copy()
    for k in range(6):
        ones_a += np.bitwise_count(a[:, None, k] & mask_b)
        ones_b += np.bitwise_count(b[None, :, k] & mask_a)
        differ += np.bitwise_count((a[:, None, k] ^ b[None, :, k]) & both)
    norm = tables.root[ones_a] + tables.root[ones_b]
    alike = 32768 - (tables.root[differ] << 15) // np.maximum(norm, 1)
    angle_a, angle_b = (a[:, 7] >> np.uint64(32)).astype(np.int64), (b[:, 7] >> np.uint64(32)).astype(np.int64)
    usable = (turn(angle_a[:, None] - angle_b[None, :]) <= s["max_turn"]) & (norm > 0)
    return np.where(usable & (np.bitwise_count(both) >= s["min_both"]), np.maximum(alike, 0), 0)


def choose(alike: Ints, wanted: int, *, repeats: int) -> list[tuple[int, int, int]]:
    """The ``wanted`` best pairs as (similarity, i, j), best first, ties by (i, j); no minutia in more than ``repeats``
    pairs.
    """
    every = sorted(((-int(g), int(i), int(j)) for (i, j), g in np.ndenumerate(alike) if g > 0))
    used_a, used_b = [0] * alike.shape[0], [0] * alike.shape[1]
    chosen: list[tuple[int, int, int]] = []
    for g, i, j in every:
        if len(chosen) == wanted:
            break
        if used_a[i] < repeats and used_b[j] < repeats:
            used_a[i] += 1
            used_b[j] += 1
            chosen.append((-g, i, j))
    return chosen


def geometry(code: Code, rows: list[int], tables: Tables) -> tuple[Ints, Ints, Ints]:
    """Between each two of the rows: distance (quarter pixels), bearing from the first to the second, and each row's
    direction.
    """
    word = code[rows, 7]
    x = (word & np.uint64(65535)).astype(np.int64)
    y = ((word >> np.uint64(16)) & np.uint64(65535)).astype(np.int64)
    dx, dy = x[None, :] - x[:, None], -(y[None, :] - y[:, None])
    distance = isqrt(16 * (dx * dx + dy * dy))
    wide, narrow = np.maximum(np.abs(dx), np.abs(dy)), np.minimum(np.abs(dx), np.abs(dy))
    bearing = tables.arctan[(narrow << 10) // np.maximum(wide, 1)]
    bearing = np.where(np.abs(dy) > np.abs(dx), 16384 - bearing, bearing)
    bearing = np.where(dx < 0, 32768 - bearing, bearing)
    bearing = np.where(dy < 0, -bearing, bearing) & 65535
    return distance, bearing, (word >> np.uint64(32)).astype(np.int64)


def agreement(a: Code, b: Code, pairs: list[tuple[int, int, int]], tables: Tables) -> Ints:
    """How well each pair t agrees with each pair k in distance, direction and bearing: (n, n), 0 to 32768, 0 on the
    diagonal.

    The product of three sigmoids of [MCC10, eq. 24-25], read from tables; differences beyond a table's end count as 0.
    """
    distance_a, bearing_a, theta_a = geometry(a, [i for _, i, _ in pairs], tables)
    distance_b, bearing_b, theta_b = geometry(b, [j for _, _, j in pairs], tables)
    stretch = np.abs(distance_a - distance_b)
    twist = turn((theta_a[:, None] - theta_a[None, :]) - (theta_b[:, None] - theta_b[None, :])) >> 6
    swing = turn((bearing_a - theta_a[:, None]) - (bearing_b - theta_b[:, None])) >> 6

    def read(table: Ints, at: Ints) -> Ints:
        return np.where(at < len(table), table[np.minimum(at, len(table) - 1)], 0)

    product = (read(tables.stretch, stretch) * read(tables.twist, twist)) * read(tables.swing, swing)
    rho = product >> 30
    np.fill_diagonal(rho, 0)
    return rho


def score(a: Code, b: Code, tables: Tables) -> int:
    """The points of two fingers: 0 (nothing in common) to 10000; the same whichever comes first [MCC10, section
    4.4].
    """
    if (len(b), b.tobytes()) < (len(a), a.tobytes()):
        a, b = b, a
    if len(a) < 2:
        return 0
    s = tables.scalars
    pairs = choose(similarities(a, b, tables), len(a), repeats=s["repeats"])
    if len(pairs) < 2:
        return 0
    first = np.array([g for g, _, _ in pairs], dtype=np.int64) << 15
    rho = agreement(a, b, pairs, tables)
    value = first
    for _ in range(s["relaxations"]):
        support = ((rho * value[None, :]).sum(axis=1)) >> 15  # int64: at most 255 * 2**45
        value = (value + support // (len(a) - 1)) >> 1
    efficiency = (value << 20) // first
    best = sorted(range(len(pairs)), key=lambda t: (-int(efficiency[t]), t))
    wanted = int(tables.pairs[min(len(a), len(tables.pairs) - 1)])
    total = 0
    for t in best[:wanted]:
        total += int(value[t])
    return (total * 10000 // wanted) >> 30
