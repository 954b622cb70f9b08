"""The tutorial's UNet in PyTorch, for checks of our files and as a peer to measure beside.

The layers' names are the tutorial's, because the names are the format; the layout comes from the
same table as src/arch.rs."""

import torch
from torch import nn
from torch.nn.functional import silu

LEVELS = {
    "layer_1": (28, [1, 10, 10, 10]),
    "layer_2": (14, [10, 20, 20, 20]),
    "layer_3": (7, [20, 40, 40, 40]),
    "layer_bottleneck": (3, [40, 20, 20, 40]),
    "layer_4": (7, [80, 40, 20, 20]),
    "layer_5": (14, [40, 20, 10, 10]),
    "layer_6": (28, [20, 10, 10, 10]),
}


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
        self.layer_1 = nn.Linear(100, channels)
        self.layer_2 = nn.Linear(channels, channels)

    def forward(self, embedding):
        return self.layer_2(silu(self.layer_1(embedding)))[:, :, None, None]


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.time_embed = nn.Embedding(1000, 100).requires_grad_(False)
        for name, (side, channels) in LEVELS.items():
            setattr(self, f"{name}_time_embedding", TimeEmbedding(channels[0]))
            last = [name == "layer_6" and i == 2 for i in range(3)]
            blocks = [Block(side, channels[i], channels[i + 1], not last[i]) for i in range(3)]
            setattr(self, f"{name}_block", nn.Sequential(*blocks))
        self.layer_1_down = nn.Conv2d(10, 10, 4, 2, 1)
        self.layer_2_down = nn.Conv2d(20, 20, 4, 2, 1)
        self.layer_3_down = nn.Sequential(nn.Conv2d(40, 40, 2), nn.SiLU(), nn.Conv2d(40, 40, 4, 2, 1))
        self.layer_4_up = nn.Sequential(
            nn.ConvTranspose2d(40, 40, 4, 2, 1), nn.SiLU(), nn.ConvTranspose2d(40, 40, 2)
        )
        self.layer_5_up = nn.ConvTranspose2d(20, 20, 4, 2, 1)
        self.layer_6_up = nn.ConvTranspose2d(10, 10, 4, 2, 1)
        self.conv_out = nn.Conv2d(10, 1, 3, padding=1)

    def level(self, name, x, embedding):
        x = x + getattr(self, f"{name}_time_embedding")(embedding)
        return getattr(self, f"{name}_block")(x)

    def forward(self, x, t):
        """x: [N, 1, 28, 28], t: [N]; the predicted noise, [N, 1, 28, 28]."""
        embedding = self.time_embed(t)
        skip_1 = self.level("layer_1", x, embedding)
        skip_2 = self.level("layer_2", self.layer_1_down(skip_1), embedding)
        skip_3 = self.level("layer_3", self.layer_2_down(skip_2), embedding)
        x = self.level("layer_bottleneck", self.layer_3_down(skip_3), embedding)
        x = self.level("layer_4", torch.cat((skip_3, self.layer_4_up(x)), 1), embedding)
        x = self.level("layer_5", torch.cat((skip_2, self.layer_5_up(x)), 1), embedding)
        x = self.level("layer_6", torch.cat((skip_1, self.layer_6_up(x)), 1), embedding)
        return self.conv_out(x)
