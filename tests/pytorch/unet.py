"""The general UNet in PyTorch: the yardstick for our files and engines, and a peer to measure beside.

With its defaults it is the tutorial's network. The layers' names are the tutorial's, because the names are
the file format. `golden.py` compares it with recorded numbers."""

import torch
from torch import nn
from torch.nn.functional import silu

TIME_ROWS = 1000
EMBEDDING = 100


def time_table():
    """The frozen table of time embeddings, [1000, 100], computed as the tutorial computes it.

    Sine and cosine share the frequencies of the even columns."""
    frequencies = torch.tensor([1 / 10_000 ** (2 * j / EMBEDDING) for j in range(EMBEDDING)])[None, ::2]
    t = torch.arange(TIME_ROWS)[:, None]
    table = torch.zeros(TIME_ROWS, EMBEDDING)
    table[:, ::2] = torch.sin(t * frequencies)
    table[:, 1::2] = torch.cos(t * frequencies)
    return table


class Block(nn.Module):
    def __init__(self, side, channels_in, channels_out, normalize):
        super().__init__()
        self.layer_norm = nn.LayerNorm((channels_in, side, side))
        self.conv_1 = nn.Conv2d(channels_in, channels_out, 3, padding=1)
        self.conv_2 = nn.Conv2d(channels_out, channels_out, 3, padding=1)
        self.normalize = normalize

    def forward(self, x):
        x = self.layer_norm(x) if self.normalize else x
        return silu(self.conv_2(silu(self.conv_1(x))))


class TimeEmbedding(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.layer_1 = nn.Linear(EMBEDDING, channels)
        self.layer_2 = nn.Linear(channels, channels)

    def forward(self, row):
        return self.layer_2(silu(self.layer_1(row)))[:, :, None, None]


def down(channels):
    """Halves an even side."""
    return nn.Conv2d(channels, channels, 4, 2, 1)


def up(channels):
    """Doubles a side."""
    return nn.ConvTranspose2d(channels, channels, 4, 2, 1)


class UNet(nn.Module):
    def __init__(self, side=28, channels=1, widths=(10, 20, 40), classes=None):
        super().__init__()
        if side % 4 or not 12 <= side <= 64:
            raise ValueError(f"the side must be a multiple of 4 from 12 to 64, not {side}")
        self.side, self.channels, self.widths, self.classes = side, channels, tuple(widths), classes
        w1, w2, w3 = widths
        quarter = side // 4
        odd = quarter % 2 == 1
        levels = {
            "layer_1": (side, [channels, w1, w1, w1]),
            "layer_2": (side // 2, [w1, w2, w2, w2]),
            "layer_3": (quarter, [w2, w3, w3, w3]),
            "layer_bottleneck": (quarter // 2, [w3, w2, w2, w3]),
            "layer_4": (quarter, [2 * w3, w3, w2, w2]),
            "layer_5": (side // 2, [2 * w2, w2, w1, w1]),
            "layer_6": (side, [2 * w1, w1, w1, w1]),
        }
        self.time_embed = nn.Embedding.from_pretrained(time_table(), freeze=True)
        if classes is not None:
            self.class_embed = nn.Embedding(classes + 1, EMBEDDING)  # The last row means "no class".
        for name, (level_side, widths_through) in levels.items():
            setattr(self, f"{name}_time_embedding", TimeEmbedding(widths_through[0]))
            # The very last block has a LayerNorm in the file that the tutorial does not apply.
            applied = [True, True, name != "layer_6"]
            blocks = [Block(level_side, widths_through[i], widths_through[i + 1], applied[i]) for i in range(3)]
            setattr(self, f"{name}_block", nn.Sequential(*blocks))
        self.layer_1_down = down(w1)
        self.layer_2_down = down(w2)
        # A 2x2 convolution takes an odd side to an even one, and back on the way up.
        self.layer_3_down = nn.Sequential(nn.Conv2d(w3, w3, 2), nn.SiLU(), down(w3)) if odd else down(w3)
        self.layer_4_up = nn.Sequential(up(w3), nn.SiLU(), nn.ConvTranspose2d(w3, w3, 2)) if odd else up(w3)
        self.layer_5_up = up(w2)
        self.layer_6_up = up(w1)
        self.conv_out = nn.Conv2d(w1, channels, 3, padding=1)

    @classmethod
    def of(cls, state):
        """A UNet of the sizes that the shapes in a state dict say. Its weights are not loaded yet."""
        channels, _, side = state["layer_1_block.0.layer_norm.weight"].shape
        widths = tuple(len(state[f"layer_{i}_block.0.conv_1.weight"]) for i in (1, 2, 3))
        classes = len(state["class_embed.weight"]) - 1 if "class_embed.weight" in state else None
        return cls(side, channels, widths, classes)

    def sizes(self):
        """The sizes in words."""
        kinds = "no classes" if self.classes is None else f"{self.classes} classes"
        widths = ", ".join(map(str, self.widths))
        return f"side {self.side}, channels {self.channels}, widths {widths}, {kinds}"

    def level(self, name, x, row):
        x = x + getattr(self, f"{name}_time_embedding")(row)
        return getattr(self, f"{name}_block")(x)

    def forward(self, x, t, y=None):
        """The network's output for x [N, C, H, W] at the timesteps t [N], of x's shape.

        y [N] is each image's class, where `classes` itself means "no class"; without y no image has one."""
        row = self.time_embed(t)
        if self.classes is not None:
            row = row + self.class_embed(torch.full_like(t, self.classes) if y is None else y)
        elif y is not None:
            raise ValueError("this network knows no classes")
        skip_1 = self.level("layer_1", x, row)
        skip_2 = self.level("layer_2", self.layer_1_down(skip_1), row)
        skip_3 = self.level("layer_3", self.layer_2_down(skip_2), row)
        x = self.level("layer_bottleneck", self.layer_3_down(skip_3), row)
        x = self.level("layer_4", torch.cat((skip_3, self.layer_4_up(x)), 1), row)
        x = self.level("layer_5", torch.cat((skip_2, self.layer_5_up(x)), 1), row)
        x = self.level("layer_6", torch.cat((skip_1, self.layer_6_up(x)), 1), row)
        return self.conv_out(x)
