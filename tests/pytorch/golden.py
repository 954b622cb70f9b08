"""unet.py computes the golden numbers: outputs, losses and gradients of every size in tests/fixtures.

    pip install torch numpy safetensors
    python tests/pytorch/golden.py"""

from pathlib import Path

import torch
from safetensors.torch import load_file

from unet import UNet, time_table

FIXTURES = Path(__file__).parent.parent / "fixtures"
TOLERANCE = 1e-5


def with_prefix(prefix, tensors):
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def difference(ours, golden, floor=0.0):
    """The largest difference, relative to the largest golden number or to `floor` if that is greater."""
    return ((ours - golden).abs().max() / max(golden.abs().max(), floor)).item()


def check_tutorial():
    """The defaults are the tutorial's network, time table included."""
    state = load_file(FIXTURES / "unet_random.safetensors")
    golden = load_file(FIXTURES / "forward_random.safetensors")
    unet = UNet()
    assert difference(unet.time_embed.weight, state["time_embed.weight"]) < TOLERANCE
    unet.load_state_dict(state, strict=True)
    output = difference(unet(golden["x"], golden["t"]), golden["eps"])
    print(f"tutorial: {unet.sizes()}")
    print(f"    differs by {output:.1e} (output)")
    assert output < TOLERANCE
    assert UNet.of(state).sizes() == unet.sizes()


def check_general(path):
    golden = load_file(path)
    state = with_prefix("state.", golden) | {"time_embed.weight": time_table()}
    unet = UNet.of(state)
    unet.load_state_dict(state, strict=True)
    eps = unet(golden["x_t"], golden["t"], golden.get("y"))
    loss = torch.nn.functional.mse_loss(eps, golden["eta"])
    loss.backward()

    gradients = {name: p.grad for name, p in unet.named_parameters() if p.grad is not None}
    expected = with_prefix("grad.", golden)
    assert gradients.keys() == expected.keys(), gradients.keys() ^ expected.keys()
    # With one channel, layer 1's time embedding shifts all pixels alike and the LayerNorm undoes it. Its gradient
    # is rounding noise around zero, so small gradients are compared relative to a part of the largest one.
    floor = 1e-3 * max(gradient.abs().max() for gradient in expected.values())
    gradient = max(difference(gradients[name], expected[name], floor) for name in expected)

    output, loss = difference(eps, golden["eps"]), difference(loss, golden["loss"])
    print(f"{path.stem}: {unet.sizes()}")
    print(f"    differs by {output:.1e} (output), {loss:.1e} (loss), {gradient:.1e} (gradients)")
    assert max(output, loss, gradient) < TOLERANCE


check_tutorial()
files = sorted((FIXTURES / "general").glob("*.safetensors"))
assert files, "tests/fixtures/general holds no golden numbers"
for path in files:
    check_general(path)
