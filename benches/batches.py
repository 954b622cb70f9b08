"""What an image costs in batches of 1 to 1024: the time of a step, and the most memory that the process held.

    python benches/batches.py target/debug/ddpm assets/evaluation/batches

writes batches.jsonl and batches.svg. Each batch is timed by a process of its own (`ddpm bench`, on the CPU), and all in
turns, three rounds of them: the median of a batch counts. It needs Linux, and nothing beside Python.
"""

import json
import math
import os
import statistics
import sys

BATCHES = [2**k for k in range(11)]
ROUNDS = 3
SIZE, MARGIN, GAP = (800, 360), 70, 40
COLOUR = "#1F77B4"


def measure(program, batch):
    """Milliseconds of a step for an image, the most bytes in memory, and what the engine calls itself."""
    read, write = os.pipe()
    arguments = [program, "bench", "--device", "cpu", "--engine", "cpu", "--forward", str(batch), "--train"]
    child = os.posix_spawn(program, arguments, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, write, 1)])
    os.close(write)
    with os.fdopen(read) as output:
        text = output.read()
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"{' '.join(arguments)} failed")
    line = json.loads(text)
    return line["ms_per_step"] / batch, usage.ru_maxrss * 1024, line["engine"]


def panel(left, width, title, values):
    """A panel of the plot: values by batch, both axes logarithmic."""
    bottom, top = SIZE[1] - MARGIN + 10, 50
    low, high = math.floor(math.log10(min(values)) - 0.1), math.ceil(math.log10(max(values)) + 0.1)

    def at(batch, value):
        x = left + width * math.log2(batch) / math.log2(BATCHES[-1])
        return x, bottom - (bottom - top) * (math.log10(value) - low) / (high - low)

    points = [at(batch, value) for batch, value in zip(BATCHES, values)]
    yield f'<text x="{left}" y="30" font-size="16">{title}</text>'
    for power in range(low, high + 1):
        _, y = at(1, 10.0**power)
        yield f'<line x1="{left}" x2="{left + width}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        yield f'<text x="{left - 8}" y="{y + 5:.1f}" text-anchor="end">{10.0**power:g}</text>'
    for batch, (x, _) in list(zip(BATCHES, points))[::2]:
        yield f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle">{batch}</text>'
    yield f'<text x="{left + width / 2}" y="{bottom + 42}" text-anchor="middle" font-size="16">images in a batch</text>'
    yield f'<polyline fill="none" stroke="{COLOUR}" stroke-width="2" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'
    yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{COLOUR}"/>' for x, y in points)


def main():
    program, to = sys.argv[1:]
    rounds = [[measure(program, batch) for batch in BATCHES] for _ in range(ROUNDS)]
    times = [statistics.median(each[0] for each in batch) for batch in zip(*rounds)]
    bytes_held = [statistics.median(each[1] for each in batch) for batch in zip(*rounds)]
    engine = rounds[0][0][2]
    with open(f"{to}.jsonl", "w") as file:
        for batch, ms, held in zip(BATCHES, times, bytes_held):
            line = {"batch": batch, "engine": engine, "ms_an_image": round(ms, 4), "peak_mib": round(held / 2**20, 1)}
            print(json.dumps(line), file=file)
    width = (SIZE[0] - 2 * MARGIN - GAP) / 2
    parts = [
        *panel(MARGIN, width, "milliseconds a step, for an image", times),
        *panel(MARGIN + width + GAP + 30, width, "MiB that the process held at most", [held / 2**20 for held in bytes_held]),
    ]
    with open(f"{to}.svg", "w") as file:
        print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE[0]} {SIZE[1]}" font-family="sans-serif" font-size="13">', file=file)
        print('<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>", sep="\n", file=file)


main()
