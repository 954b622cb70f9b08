"""The network with random weights as an ONNX file, for benches/onnxruntime.mjs.

    pip install torch onnx
    python tests/pytorch/export.py unet_b16.onnx

Inputs x, f32 [16, 1, 28, 28], and t, i64 [16, 1]; output eps."""

import sys

import torch

from unet import UNet


class Batched(torch.nn.Module):
    """With t as the peers' runtimes have it: [N, 1]."""

    def __init__(self):
        super().__init__()
        self.unet = UNet()

    def forward(self, x, t):
        return self.unet(x, t[:, 0])


example = (torch.randn(16, 1, 28, 28), torch.zeros(16, 1, dtype=torch.int64))
torch.onnx.export(
    Batched().eval(), example, sys.argv[1], input_names=["x", "t"], output_names=["eps"], opset_version=17, dynamo=False
)
