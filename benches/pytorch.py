"""The forward and the training step beside PyTorch's, on this machine, in turns.

    pip install torch numpy
    python benches/pytorch.py target/debug/ddpm [rounds]

Each round runs PyTorch and then `ddpm bench`; printed is each side's median over the rounds."""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "pytorch"))
from unet import UNet  # noqa: E402

ddpm = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
threads = len(os.sched_getaffinity(0))
torch.set_num_threads(threads)
unet = UNet()
optimizer = torch.optim.Adam((p for p in unet.parameters() if p.requires_grad), lr=1e-3)


def forward(batch):
    with torch.no_grad():
        unet(torch.randn(batch, 1, 28, 28), torch.full((batch,), 100))


def train(batch):
    eps = torch.randn(batch, 1, 28, 28)
    loss = torch.nn.functional.mse_loss(unet(eps, torch.randint(0, 200, (batch,))), eps)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    loss.item()


def median_ms(function, batch, repeat=5):
    function(batch)
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function(batch)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


CASES = [("forward", 16, forward), ("forward", 128, forward), ("training step", 128, train)]
theirs, ours = {}, {}
for _ in range(rounds):
    for what, batch, function in CASES:
        theirs.setdefault((what, batch), []).append(median_ms(function, batch))
    lines = subprocess.run([ddpm, "bench", "--device", "cpu"], check=True, capture_output=True, text=True).stdout
    for line in map(json.loads, lines.splitlines()):
        engine = line["engine"].split()[0]
        ours.setdefault((line["what"], line["batch"]), {}).setdefault(engine, []).append(line["ms_median"])

print(f"{threads} threads, PyTorch {torch.__version__}, medians of {rounds} rounds, ms")
for case, times in theirs.items():
    for engine, own in ours[case].items():
        a, b = statistics.median(times), statistics.median(own)
        print(f"{case[0]:14} batch {case[1]:3}: PyTorch {a:7.1f}, {engine:4} {b:7.1f}, ratio {a / b:.2f}")
