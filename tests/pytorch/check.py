"""PyTorch and ddpm read each other's files, and compute the same.

    pip install torch numpy safetensors
    python tests/pytorch/check.py target/debug/ddpm assets/fashion-mnist.safetensors

1. PyTorch loads our file with strict=True and computes the same eps for real images.
2. `ddpm import` reads PyTorch's own .pt file of the same weights, to the same bits."""

import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file

from unet import UNet

ddpm, weights = sys.argv[1:]
COUNT = 16


def run(*arguments):
    subprocess.run([ddpm, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


with tempfile.TemporaryDirectory() as folder, torch.no_grad():
    folder = Path(folder)
    run("export", weights, "--out", folder / "f32.safetensors")
    state = load_file(folder / "f32.safetensors")
    unet = UNet()
    unet.load_state_dict(state, strict=True)

    run("data", "--write", folder / "images.idx", "--count", COUNT)
    pixels = torch.frombuffer(bytearray((folder / "images.idx").read_bytes()[16:]), dtype=torch.uint8)
    x = (pixels.reshape(COUNT, 1, 28, 28) / 255 - 0.5) * 2
    for t in (0, 100, 199, 999):
        raw = folder / "eps"
        run("reconstruct", "--weights", weights, "--device", "cpu", "--count", COUNT, "--t", t, "--out", folder, "--raw", raw)
        ours = torch.frombuffer(bytearray(raw.read_bytes()), dtype=torch.float32).reshape(x.shape)
        difference = (unet(x, torch.full((COUNT,), t)) - ours).abs().max().item()
        print(f"t = {t}: eps differs by at most {difference:.1e}")
        assert difference < 1e-4

    torch.save(unet.state_dict(), folder / "unet.pt")
    run("import", folder / "unet.pt", "--out", folder / "imported.safetensors")
    imported = load_file(folder / "imported.safetensors")
    assert imported.keys() == state.keys()
    assert all(torch.equal(imported[name], state[name]) for name in state)
    print("ddpm import gives back PyTorch's weights to the bit")
