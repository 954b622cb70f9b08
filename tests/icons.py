"""Draws labelled icons to train on: discs, rings, squares, crosses and triangles.

    pip install pillow numpy
    python tests/icons.py FOLDER [COUNT=1000] [SIDE=32]       # colour PNG files, one subfolder a class
    python tests/icons.py --npy FILE.npy [COUNT=1000] [SIDE=16]
                                     # FILE.npy: uint8 [COUNT, SIDE, SIDE] in grey; FILE.npz: `images` and `labels`

Colours, backgrounds, sizes, places and turns vary. The same arguments and --seed draw the same icons: each icon
depends on the seed and its own number alone, so a larger set begins with the smaller one."""

import argparse
import math
import random
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

# Icons are drawn larger and scaled down, for smooth edges.
OVERSAMPLING = 8
# The least difference in brightness, of 255, between a shape and its background: it stays visible in grey.
CONTRAST = 70


def turned(points, centre, radius, angle):
    """Points of the unit circle's square, turned, scaled and moved into the picture."""
    cos, sin = radius * math.cos(angle), radius * math.sin(angle)
    return [(centre[0] + x * cos - y * sin, centre[1] + x * sin + y * cos) for x, y in points]


def on_circle(count):
    return [(math.sin(2 * math.pi * i / count), -math.cos(2 * math.pi * i / count)) for i in range(count)]


def disc(draw, centre, radius, angle, colour):
    draw.circle(centre, 0.85 * radius, fill=colour)


def ring(draw, centre, radius, angle, colour):
    draw.circle(centre, 0.9 * radius, outline=colour, width=round(0.38 * radius))


def square(draw, centre, radius, angle, colour):
    draw.polygon(turned(on_circle(4), centre, radius, angle + math.pi / 4), fill=colour)


def cross(draw, centre, radius, angle, colour):
    half = 0.27
    for x, y in ((half, 0.95), (0.95, half)):
        draw.polygon(turned([(-x, -y), (x, -y), (x, y), (-x, y)], centre, radius, angle), fill=colour)


def triangle(draw, centre, radius, angle, colour):
    draw.polygon(turned(on_circle(3), centre, radius, angle), fill=colour)


CLASSES = {"discs": disc, "rings": ring, "squares": square, "crosses": cross, "triangles": triangle}


def brightness(colour):
    """As Pillow turns colours into grey."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def random_colour(rng):
    return tuple(rng.randrange(256) for _ in range(3))


def background(rng, side):
    """One colour, or a soft gradient from it to a neighbouring one; the picture, and its two colours."""
    first = random_colour(rng)
    if rng.random() < 0.5:
        return Image.new("RGB", (side, side), first), (first, first)
    second = tuple(min(255, max(0, value + rng.randint(-50, 50))) for value in first)
    gradient = Image.linear_gradient("L").rotate(rng.choice((0, 90, 180, 270))).resize((side, side))
    colours = [Image.new("RGB", (side, side), colour) for colour in (second, first)]
    return Image.composite(*colours, gradient), (first, second)


def icon(seed, number, side):
    """Icon number `number`, an RGB picture, and the number of its class."""
    rng = random.Random(f"{seed} {number}")
    label = number % len(CLASSES)
    large = side * OVERSAMPLING
    picture, behind = background(rng, large)
    colour = random_colour(rng)
    while any(abs(brightness(colour) - brightness(other)) < CONTRAST for other in behind):
        colour = random_colour(rng)
    radius = large * rng.uniform(0.24, 0.44)
    centre = [rng.uniform(radius, large - radius) for _ in range(2)]
    angle = math.radians(rng.uniform(-20, 20))
    list(CLASSES.values())[label](ImageDraw.Draw(picture), centre, radius, angle, colour)
    return picture.resize((side, side), Image.Resampling.BOX), label


def write_folder(folder, icons):
    names = list(CLASSES)
    for number, (picture, label) in enumerate(icons):
        file = folder / names[label] / f"{number:05}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        picture.save(file)


def write_arrays(file, icons):
    pictures, labels = zip(*icons)
    images = np.stack([np.asarray(picture.convert("L")) for picture in pictures])
    np.save(file, images)
    np.savez_compressed(file.with_suffix(".npz"), images=images, labels=np.array(labels))


def positive(text):
    number = int(text)
    if number < 1:
        raise ValueError
    return number


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("out", type=Path, metavar="FOLDER|FILE.npy")
parser.add_argument("count", type=positive, nargs="?", default=1000, metavar="COUNT")
parser.add_argument("side", type=positive, nargs="?", metavar="SIDE")
parser.add_argument("--npy", action="store_true", help="write grey NumPy arrays instead of colour pictures")
parser.add_argument("--seed", type=int, default=0)
options = parser.parse_args()
if options.npy and options.out.suffix != ".npy":
    parser.error(f"with --npy the file's name must end with .npy, unlike {options.out}")
if not options.npy and options.out.exists() and any(options.out.iterdir()):
    parser.error(f"{options.out} is not empty: icons drawn earlier would mix with the new ones")
side = options.side or (16 if options.npy else 32)
icons = (icon(options.seed, number, side) for number in range(options.count))
if options.npy:
    write_arrays(options.out, icons)
else:
    write_folder(options.out, icons)
