"""pytorch-fid's Inception v3 with made-up weights: what the tests of src/inception and src/weights
compare with. Needs torch, torchvision and pytorch-fid 0.3.0; downloads nothing.

    inception.py network     > tests/it/inception/network.json
    inception.py resize      > tests/it/inception/resize.json
    inception.py state-dicts tests/it/weights
    inception.py weights FILE [--zip]     a file of the published one's size, legacy by default:
        GAN_SWEEP_TEST_INCEPTION_FILE=FILE cargo test --lib full_size -- --ignored
    inception.py speed [--images N]       seconds an image on one core

The weights are a formula over the place of a tensor in the network and of a value in the tensor, so
that the tests can make the same ones without a file.
"""

import argparse
import collections
import json
import pathlib
import sys
import time

import numpy
import torch

IMAGE = (3, 40, 28)
PROBES = 40


def network():
    """pytorch-fid's network, as its `fid_inception_v3` builds it before it loads the file."""
    from pytorch_fid import inception as fid

    built = fid._inception_v3(num_classes=1008, aux_logits=False, weights=None)
    built.Mixed_5b = fid.FIDInceptionA(192, pool_features=32)
    built.Mixed_5c = fid.FIDInceptionA(256, pool_features=64)
    built.Mixed_5d = fid.FIDInceptionA(288, pool_features=64)
    built.Mixed_6b = fid.FIDInceptionC(768, channels_7x7=128)
    built.Mixed_6c = fid.FIDInceptionC(768, channels_7x7=160)
    built.Mixed_6d = fid.FIDInceptionC(768, channels_7x7=160)
    built.Mixed_6e = fid.FIDInceptionC(768, channels_7x7=192)
    built.Mixed_7b = fid.FIDInceptionE_1(1280)
    built.Mixed_7c = fid.FIDInceptionE_2(2048)
    return built.eval()


def uniform(tensor, count):
    """`count` numbers in (-1, 1): MurmurHash3's finaliser of (tensor, place), centred."""
    with numpy.errstate(over="ignore"):
        x = (numpy.arange(1, count + 1, dtype=numpy.uint32) * numpy.uint32(0x9E3779B1)
             + numpy.uint32(tensor * 0x85EBCA77 % 2**32))
        x ^= x >> numpy.uint32(16)
        x *= numpy.uint32(0x85EBCA6B)
        x ^= x >> numpy.uint32(13)
        x *= numpy.uint32(0xC2B2AE35)
        x ^= x >> numpy.uint32(16)
    return 2 * ((x.astype(numpy.float64) + 0.5) / 2**32) - 1


def made_up(name, place, shape):
    """The values of a tensor: convolutions as He et al. draw them, so that no layer dies out."""
    noise = uniform(place, int(numpy.prod(shape)))
    if name.endswith("conv.weight"):
        values = noise * numpy.sqrt(6 / numpy.prod(shape[1:]))
    elif name == "fc.weight":
        values = noise * numpy.sqrt(3 / shape[1])
    elif name.endswith(("bn.weight", "running_var")):
        values = 1 + 0.2 * noise
    else:
        values = 0.1 * noise
    return torch.from_numpy(values.astype(numpy.float32).reshape(shape))


def fill(built):
    state = collections.OrderedDict()
    place = 0
    for name, tensor in built.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state[name] = tensor
        else:
            state[name] = made_up(name, place, tuple(tensor.shape))
            place += 1
    built.load_state_dict(state)
    return built


def images():
    """Two images of bytes, each pixel a formula of image, channel, row and column."""
    channels, height, width = IMAGE
    k, c, y, x = numpy.meshgrid(*map(numpy.arange, (2, channels, height, width)), indexing="ij")
    return (x * 7 * (c + 1) + y * 5 + k * 90 + x * y * (k + 1) // 4) % 256


def blocks(built):
    """The parts of the network whose outputs are compared, in order."""
    names = ("Conv2d_1a_3x3 Conv2d_2a_3x3 Conv2d_2b_3x3 maxpool1 Conv2d_3b_1x1 Conv2d_4a_3x3 "
             "maxpool2 Mixed_5b Mixed_5c Mixed_5d Mixed_6a Mixed_6b Mixed_6c Mixed_6d Mixed_6e "
             "Mixed_7a Mixed_7b Mixed_7c")
    return [(name, getattr(built, name)) for name in names.split()]


def run(built, dtype):
    """Outputs of every block, features and unbiased logits in one number type."""
    built = built.to(dtype)
    outputs = collections.OrderedDict()
    with torch.no_grad():
        x = torch.from_numpy(images()).to(dtype) / 255
        x = torch.nn.functional.interpolate(
            x, size=(299, 299), mode="bilinear", align_corners=False)
        x = 2 * x - 1
        for name, block in blocks(built):
            x = outputs[name] = block(x)
        outputs["features"] = x = torch.nn.functional.adaptive_avg_pool2d(x, (1, 1)).flatten(1)
        outputs["unbiased logits"] = x @ built.fc.weight.T
        outputs["logits"] = built.fc(x)
    return {name: x.double() for name, x in outputs.items()}


def rounded(tensor):
    return [[float(f"{x:.8g}") for x in row] for row in tensor.tolist()]


def write_network():
    built = fill(network())
    single = run(built, torch.float32)
    double = run(built, torch.float64)
    rows = []
    for name, exact in double.items():
        flat = exact.flatten(1)
        count = flat.shape[1]
        row = {"name": name, "shape": list(exact.shape[1:]),
               "torch_f32_differs_by": float(f"{distance(single[name], exact):.2e}")}
        if name not in ("features", "unbiased logits"):
            places = [(i * count // PROBES + i * 7919) % count for i in range(PROBES)]
            row["mean"] = rounded(flat.mean(1, keepdim=True))
            row["root_mean_square"] = rounded(flat.square().mean(1, keepdim=True).sqrt())
            row["places"] = places
            row["values"] = rounded(flat[:, places])
        else:
            row["values"] = rounded(flat)
        rows.append(row)
    print(json.dumps({
        "made_by": f"benches/peers/inception.py network; torch {torch.__version__}, pytorch-fid "
                   "0.3.0's network in float64",
        "image": IMAGE,
        "outputs": rows,
    }).replace('{"name"', '\n{"name"'))


def distance(x, y):
    return ((x - y).norm() / y.norm()).item()


def write_resize():
    """torch's own f32 on small images with values (37 i mod 256) / 255."""
    rows = []
    for (height, width), (to_height, to_width) in [
            ((2, 2), (5, 3)), ((7, 5), (4, 9)), ((28, 28), (299, 299)), ((32, 48), (299, 299)),
            ((299, 299), (299, 299)), ((350, 310), (299, 299)), ((1, 1), (3, 2))]:
        pixels = torch.arange(height * width).mul(37).remainder(256).float() / 255
        out = torch.nn.functional.interpolate(
            pixels.view(1, 1, height, width), size=(to_height, to_width), mode="bilinear",
            align_corners=False).flatten()
        places = [(i * out.numel() // 40 + i * 13) % out.numel() for i in range(40)]
        rows.append({"from": [height, width], "to": [to_height, to_width],
                     "mean": out.double().mean().item(), "places": places,
                     "values": [float(f"{out[i].item():.9g}") for i in places]})
    print(json.dumps({
        "made_by": f"benches/peers/inception.py resize; torch {torch.__version__}'s "
                   "F.interpolate(mode='bilinear', align_corners=False) in float32",
        "cases": rows,
    }).replace('{"from"', '\n{"from"'))


def write_state_dicts(folder):
    """One small state_dict in the formats that torch writes, and what a reader should not take."""
    base = torch.arange(12, dtype=torch.float32)
    layers = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    with torch.no_grad():
        for place, parameter in enumerate(layers.parameters()):
            numbers = torch.arange(parameter.numel(), dtype=torch.float32)
            parameter.copy_((numbers / 8 + place).view(parameter.shape))
    state = layers.state_dict()  # With the attribute _metadata.
    state["transposed"] = base.view(3, 4).t()
    state["part"] = base[2:10:3]
    state["whole"] = base
    state["repeated"] = torch.tensor([[0.5], [1.5]]).expand(2, 3)
    state["half"] = torch.tensor([1.0, -2.5, 65504.0]).half()
    state["bfloat"] = torch.tensor([1.0, -2.5, 3.0e38]).bfloat16()
    state["double"] = torch.tensor([[0.1, 1e-3]], dtype=torch.float64)
    state["not finite"] = torch.tensor([1.0, float("inf")])
    state["parameter"] = torch.nn.Parameter(torch.tensor([[[7.0]]]))
    state["empty"] = torch.zeros(0, 4)
    state["scalar"] = torch.tensor(2.5)
    state["integers"] = torch.tensor([1, 2, 3], dtype=torch.int32)
    state["yes"] = torch.tensor([True, False])
    for name, options in [
            ("legacy.pth", {"_use_new_zipfile_serialization": False}),
            ("zip.pth", {}),
            ("legacy-protocol-4.pth",
             {"_use_new_zipfile_serialization": False, "pickle_protocol": 4})]:
        torch.save(state, folder / name, **options)
    torch.save(layers, folder / "module.pth")
    torch.save({"epoch": 3, "state_dict": state}, folder / "checkpoint.pth")


def write_weights(path, zipped):
    torch.save(fill(network()).state_dict(), path, _use_new_zipfile_serialization=zipped)


def speed(count):
    """The fastest of five runs on one thread, in processor seconds an image."""
    torch.set_num_threads(1)
    built = fill(network())
    x = torch.rand(count, 3, 32, 32)
    seconds = []
    with torch.inference_mode():
        for _ in range(5):
            start = time.process_time()
            y = 2 * torch.nn.functional.interpolate(
                x, size=(299, 299), mode="bilinear", align_corners=False) - 1
            for _, block in blocks(built):
                y = block(y)
            seconds.append(time.process_time() - start)
    print(f"torch {torch.__version__}: {min(seconds) / count:.4f} s an image")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    tasks = parser.add_subparsers(dest="task", required=True)
    tasks.add_parser("network")
    tasks.add_parser("resize")
    tasks.add_parser("state-dicts").add_argument("folder", type=pathlib.Path)
    weights = tasks.add_parser("weights")
    weights.add_argument("file", type=pathlib.Path)
    weights.add_argument("--zip", action="store_true")
    tasks.add_parser("speed").add_argument("--images", type=int, default=8)
    options = parser.parse_args()
    match options.task:
        case "network":
            write_network()
        case "resize":
            write_resize()
        case "state-dicts":
            write_state_dicts(options.folder)
        case "weights":
            write_weights(options.file, options.zip)
        case "speed":
            speed(options.images)


if __name__ == "__main__":
    sys.exit(main())
