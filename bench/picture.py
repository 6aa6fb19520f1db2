#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Draws the rows of results.json as an SVG: bench/picture.py results.json results.svg

A dot is the median of the ratios ours / hand, the bar through it its 95 % interval, the grey band the interval of the
hand-written code against itself, the red mark the goal. The axis is logarithmic, from the smallest value to the largest.
"""
import json
import math
import sys
from html import escape

ROW, LEFT, WIDTH, TOP = 18, 420, 640, 44
COLOURS = {"met": "#1a7f37", "missed": "#cf222e", "too noisy": "#9a6700"}


def picture(rows):
    values = [1.0] + [v for r in rows for v in (r["ratio"]["low"], r["ratio"]["high"], r["goal"])]
    low, high = math.log(min(values) * 0.97), math.log(max(values) * 1.03)

    def x(value):
        return LEFT + WIDTH * (min(max(math.log(value), low), high) - low) / (high - low)

    bottom = TOP + ROW * len(rows)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 90}" height="{bottom + 30}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        '<text x="8" y="18" font-size="13">Time of distproc / time of the code written by hand, 95 % interval</text>',
        '<text x="8" y="33" fill="#57606a">red mark: goal; grey: the hand-written code against itself</text>',
    ]
    ticks = [t for t in (0.2, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 5, 10) if low <= math.log(t) <= high]
    for tick in ticks:
        at = f"{x(tick):.1f}"
        out.append(f'<line x1="{at}" y1="{TOP}" x2="{at}" y2="{bottom}" stroke="{"#57606a" if tick == 1 else "#d0d7de"}"/>')
        out.append(f'<text x="{at}" y="{bottom + 14}" text-anchor="middle">{tick:g}</text>')
    for number, row in enumerate(rows):
        y = TOP + ROW * number + ROW / 2
        ratio, self = row["ratio"], row["hand_against_itself"]
        colour = COLOURS.get(row["verdict"], "#57606a")
        name = escape(f'{row["problem"]}: {row["distproc"]} | {row["by_hand"]}')
        grey = max(x(self["high"]) - x(self["low"]), 1)
        out += [
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{name}</text>',
            f'<rect x="{x(self["low"]):.1f}" y="{y - 6}" width="{grey:.1f}" height="12" fill="#eaeef2"/>',
            f'<line x1="{x(ratio["low"]):.1f}" y1="{y}" x2="{x(ratio["high"]):.1f}" y2="{y}" stroke="{colour}" stroke-width="2"/>',
            f'<circle cx="{x(ratio["median"]):.1f}" cy="{y}" r="3.5" fill="{colour}"/>',
            f'<line x1="{x(row["goal"]):.1f}" y1="{y - 7}" x2="{x(row["goal"]):.1f}" y2="{y + 7}" stroke="red" stroke-width="1.5"/>',
            f'<text x="{LEFT + WIDTH + 6}" y="{y + 4}" fill="{colour}">{ratio["median"]:.3f} {row["verdict"]}</text>',
        ]
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: picture.py results.json results.svg")
    with open(sys.argv[1], encoding="utf-8") as file:
        rows = [row for row in json.load(file) if "ratio" in row]
    if rows:
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            file.write(picture(rows))


if __name__ == "__main__":
    main()
