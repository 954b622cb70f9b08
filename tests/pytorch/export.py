"""The network with random weights as an ONNX file, for what is in benches/.

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


def export(network, batch, file):
    """Writes the network for so many images at once to a file: its name, or where to write."""
    example = (torch.randn(batch, 1, 28, 28), torch.zeros(batch, 1, dtype=torch.int64))
    names = {"input_names": ["x", "t"], "output_names": ["eps"]}
    torch.onnx.export(network.eval(), example, file, **names, opset_version=17, dynamo=False)


if __name__ == "__main__":
    export(Batched(), 16, sys.argv[1])
