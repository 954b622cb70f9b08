"""The forward and the training step beside PyTorch's, torch.compile's, OpenVINO's and ONNX Runtime's, on this machine, in turns.

    pip install torch numpy onnx onnxruntime openvino
    python benches/native.py target/debug/ddpm [rounds]

Each round runs each peer and then `ddpm bench`; printed is each side's median over the rounds, and the
median of the rounds' ratios. All use as many threads as there are cores. torch.compile needs a C++ compiler.
A peer that is not installed is left out, and said to be."""

import importlib.util
import io
import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "pytorch"))
from export import Batched, export  # noqa: E402
from unet import UNet  # noqa: E402

warnings.filterwarnings("ignore")
ddpm = sys.argv[1]
rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
threads = len(os.sched_getaffinity(0))
torch.set_num_threads(threads)
FORWARDS = (16, 128)
TRAINED = 128


def images(batch):
    return torch.randn(batch, 1, 28, 28)


def pytorch_forward(unet, batch):
    x, t = images(batch), torch.full((batch,), 100)

    def run():
        with torch.no_grad():
            unet(x, t)

    return run


def pytorch_training(unet, loss_of, batch):
    optimizer = torch.optim.Adam((p for p in unet.parameters() if p.requires_grad), lr=1e-3)

    def run():
        eps = images(batch)
        loss = loss_of(eps, torch.randint(0, 200, (batch,)), eps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss.item()

    return run


def loss_of(unet):
    return lambda x, t, eps: torch.nn.functional.mse_loss(unet(x, t), eps)


def as_onnx(batch):
    file = io.BytesIO()
    export(Batched(), batch, file)
    return file.getvalue()


def inputs(batch):
    return {"x": images(batch).numpy(), "t": np.full((batch, 1), 100, dtype=np.int64)}


def onnxruntime_forward(batch):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(as_onnx(batch), options, providers=["CPUExecutionProvider"])
    given = inputs(batch)
    return lambda: session.run(None, given)


def openvino_forward(batch):
    import openvino

    core = openvino.Core()
    settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    model = core.compile_model(core.read_model(as_onnx(batch)), "CPU", settings)
    given = inputs(batch)
    return lambda: model(given)


def median_ms(function, repeat=7):
    function()
    function()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


# A case, the peer, and what it runs.
cases = []
unet = UNet()
for batch in FORWARDS:
    cases.append((("forward", batch), "PyTorch", pytorch_forward(unet, batch)))
    for package, name, make in (
        ("onnxruntime", "ONNX Runtime", onnxruntime_forward),
        ("openvino", "OpenVINO", openvino_forward),
    ):
        if importlib.util.find_spec(package) is None:
            print(f"{name}: left out, as {package} is not installed", file=sys.stderr)
        else:
            cases.append((("forward", batch), name, make(batch)))
training = ("training step", TRAINED)
cases.append((training, "PyTorch", pytorch_training(unet, loss_of(unet), TRAINED)))
other = UNet()
cases.append((training, "torch.compile", pytorch_training(other, torch.compile(loss_of(other)), TRAINED)))

theirs, ours = {}, {}
for _ in range(rounds):
    for case, peer, function in cases:
        theirs.setdefault((case, peer), []).append(median_ms(function))
    lines = subprocess.run([ddpm, "bench", "--device", "cpu"], check=True, capture_output=True, text=True).stdout
    for line in map(json.loads, lines.splitlines()):
        engine = line["engine"].split()[0]
        ours.setdefault((line["what"], line["batch"]), {}).setdefault(engine, []).append(line["ms_median"])

print(f"{threads} threads, medians of {rounds} rounds, ms")
for (case, peer), times in theirs.items():
    for engine, own in ours[case].items():
        a, b = statistics.median(times), statistics.median(own)
        ratio = statistics.median(x / y for x, y in zip(times, own))
        print(f"{case[0]:14} batch {case[1]:3}: {peer:13} {a:7.1f}, {engine:4} {b:7.1f}, ratio {ratio:.2f}")
