"""PyTorch and ddpm read each other's files, and compute the same, whatever the network's sizes.

    pip install torch numpy safetensors
    python tests/pytorch/check.py target/debug/ddpm assets/fashion-mnist.safetensors [FILE...]

For each weights file:
1. PyTorch loads `ddpm export`'s file with strict=True, into a UNet of the sizes that its shapes say.
2. `ddpm predict` and PyTorch give the same output for one batch of mixed timesteps and classes.
3. `ddpm import` reads PyTorch's own .pt files of the same weights, to the same bits: a state dict, in both formats,
   in a training checkpoint, and whole modules, wrapped and halved.

That the PyTorch side is right is checked by golden.py."""

import subprocess
import sys
import tempfile
from copy import deepcopy
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import interpolate

from unet import UNet

# Every timestep stands here twice, so that it meets two classes; 999 is the last row of the time table.
TIMESTEPS = torch.tensor([0, 1, 4, 50, 100, 161, 199, 200, 500, 998, 999] * 2)
TOLERANCE = 1e-4


class DDPM(torch.nn.Module):
    """The tutorial's whole model: the network, and the tables of its schedule."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        betas = torch.linspace(0.0001, 0.03, 150)
        for name, table in (("betas", betas), ("alphas", 1 - betas), ("alpha_bars", (1 - betas).cumprod(0))):
            self.register_buffer(name, table)


def example_batch(unet):
    """Smooth pictures that are the noisier the later their timestep, as `ddpm predict` reads them."""
    count = len(TIMESTEPS)
    generator = torch.Generator().manual_seed(0)
    coarse = 2 * torch.rand(count, unet.channels, 4, 4, generator=generator) - 1
    x0 = interpolate(coarse, size=unet.side, mode="bilinear")
    noise = torch.randn(x0.shape, generator=generator)
    alpha_bar = 1 - (TIMESTEPS[:, None, None, None] + 1) / 1000
    batch = {"x": alpha_bar.sqrt() * x0 + (1 - alpha_bar).sqrt() * noise, "t": TIMESTEPS}
    if unet.classes is not None:
        # From class 0 to "no class", which is the row after the last class, in an order unlike the timesteps'.
        evenly = torch.linspace(0, unet.classes, count).round().long()
        batch["y"] = evenly[torch.randperm(count, generator=generator)]
    return batch


def check(ddpm, weights, folder):
    def run(*arguments):
        done = subprocess.run([ddpm, *map(str, arguments)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    # 1. PyTorch loads our file.
    run("export", weights, "--out", folder / "f32.safetensors")
    state = load_file(folder / "f32.safetensors")
    unet = UNet.of(state)
    unet.load_state_dict(state, strict=True)
    print(f"{weights}: {unet.sizes()}")

    # 2. Both compute the same.
    batch = example_batch(unet)
    save_file(batch, folder / "x.safetensors")
    files = ("--weights", weights, "--input", folder / "x.safetensors", "--out", folder / "y.safetensors")
    run("predict", *files, "--engine", "cpu")
    ours = load_file(folder / "y.safetensors")["prediction"]
    expected = unet(**batch)
    assert ours.dtype == torch.float32, ours.dtype
    assert ours.shape == expected.shape, f"shape {tuple(ours.shape)} instead of {tuple(expected.shape)}"
    # Rows of the time table that training never used can lead to large outputs, so large ones set the scale.
    scale = max(1, expected.abs().max().item())
    worst, place = ((ours - expected).abs().flatten(1).amax(1) / scale).max(0)
    where = ", ".join(f"{name} = {batch[name][place]}" for name in ("t", "y") if name in batch)
    print(f"    predictions differ by at most {worst:.1e} of {scale:.1f} ({where})")
    assert worst < TOLERANCE, "`ddpm predict` and PyTorch disagree"

    # 3. We load PyTorch's file.
    adam = torch.optim.Adam(unet.parameters())
    halved = DDPM(deepcopy(unet)).half()
    for name, saved, expected, options in (
        ("state dict", unet.state_dict(), state, {}),
        ("old format", unet.state_dict(), state, {"_use_new_zipfile_serialization": False}),
        ("checkpoint", {"model": unet.state_dict(), "optimizer": adam.state_dict(), "epoch": 3}, state, {}),
        ("whole module", unet, state, {}),
        ("DataParallel", torch.nn.DataParallel(unet).state_dict(), state, {}),
        ("whole DDPM", DDPM(unet), state, {}),
        ("DDPM, compiled", torch.compile(DDPM(unet)).state_dict(), state, {}),
        ("DDPM, halved", halved.state_dict(), {k: v.float() for k, v in halved.network.state_dict().items()}, {}),
    ):
        torch.save(saved, folder / "unet.pt", **options)
        run("import", folder / "unet.pt", "--out", folder / "imported.safetensors")
        imported = load_file(folder / "imported.safetensors")
        assert imported.keys() == state.keys(), imported.keys() ^ state.keys()
        changed = [key for key in expected if not torch.equal(imported[key], expected[key])]
        assert not changed, f"`ddpm import` changed {changed} ({name})"
        if "DDPM" in name:
            info = run("info", folder / "imported.safetensors")
            assert "linear, T = 150, β from 0.0001 to 0.03" in info, info
    print("    ddpm import gives back PyTorch's weights to the bit, in whatever wrapping")


if len(sys.argv) < 3:
    sys.exit(__doc__)
for weights in sys.argv[2:]:
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        check(sys.argv[1], weights, Path(folder))
