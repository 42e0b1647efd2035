r"""Copies the LEADER network's weights out of the ONNX file into the form that the native engine reads.

    python tools/convert_leader.py            <sys.prefix>/share/tenprint/models/LEADER.onnx to LEADER.weights beside it

Nothing is computed: every number keeps its bits, so the result is the same on every machine and its SHA-256 is pinned.
Running it again changes nothing. Uses the standard library only.

The file, little-endian: the 16 bytes ``tenprint-leader\n``, u32 version, the 32 bytes of the ONNX file's SHA-256, u32
number of tensors; then for each tensor u8 length and ASCII name, u8 number of dimensions, a u32 for each, and the
float32 values in the ONNX file's order (outputs, inputs, rows, columns).
"""

from __future__ import annotations

import argparse
import hashlib
import struct
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ONNX_SHA256 = "da96e1221eea4afdf153997d6c4854ed306c146cfac76046e66cdecc14b2a1bb"
"""SHA-256 of the only network whose layers have these names. Source: tools/fetch_models.py, WEIGHTS_SHA256."""

MAGIC = b"tenprint-leader\n"
"""First bytes of the result."""

VERSION = 1
"""Version of the result's form; raised when names, order or layout change."""

PREFIX = "functional_1/"
"""What the exporter put before every layer's name. Source: the graph."""

STEMS = ("stem0", "stem1")
"""The two first layers: a 5×5 filter and one with a dilation of 2, side by side."""

SEPARABLE = ("enc0_0", "enc0_1", "enc0_2", "enc0_3", "dec0_3", "dec0_2", "dec0_1", "dec0_0")
"""Blocks of the small U-Net: depth-wise 5×5, 1×1, layer normalisation."""

BLOCKS = (
    *("enc1_0", "enc1_1", "enc1_2", "enc1_3", "dec1_3", "dec1_2", "dec1_1", "dec1_0"),
    *("head_0_ibc", "head_1_ibc", "head_2_ibc"),
)
"""Blocks of the large U-Net and the heads: depth-wise 7×7, layer normalisation, 1×1 to four times as many, 1×1 back,
1×1.
"""

HEADS = {"head_0": "pos", "head_1": "dir", "head_2": "typ"}
"""The three heads and what their last 5×5 filter gives: position, direction, type."""


class ConversionError(Exception):
    """The file is not the expected network; the text says what was found. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """Shape and float32 values, little-endian, of one constant of the graph."""

    shape: tuple[int, ...]
    values: bytes


@dataclass(frozen=True, slots=True)
class Graph:
    """The constants by name, and the names of each node's inputs by the name of its first output."""

    constants: dict[str, Tensor]
    inputs: dict[str, tuple[str, ...]]


def varint(message: bytes, at: int) -> tuple[int, int]:
    """A protobuf integer of base 128, and where the next byte is."""
    value = shift = 0
    while True:
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and content of each field of a protobuf message (wire types 0, 1, 2 and 5)."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        match key & 7:
            case 0:
                value, at = varint(message, at)
                yield key >> 3, value
                continue
            case 1:
                size = 8
            case 2:
                size, at = varint(message, at)
            case 5:
                size = 4
            case other:
                raise ConversionError(f"protobuf wire type {other} at byte {at}; allowed: 0, 1, 2, 5")
        yield key >> 3, message[at : at + size]
        at += size


def texts(message: bytes, number: int) -> list[str]:
    """All fields of that number as text."""
    return [value.decode() for key, value in fields(message) if key == number and isinstance(value, bytes)]


def tensor(message: bytes) -> tuple[str, Tensor]:
    """Name and content of a TensorProto; without values if it is not of raw float32. Source: onnx.proto3, TensorProto
    (1 dims, 2 data_type, 8 name, 9 raw_data).
    """
    shape: list[int] = []
    kind, name, values = 0, "", b""
    for key, value in fields(message):
        if key == 1 and isinstance(value, int):
            shape.append(value)
        elif key == 1 and isinstance(value, bytes):
            at = 0
            while at < len(value):
                side, at = varint(value, at)
                shape.append(side)
        elif key == 2 and isinstance(value, int):
            kind = value
        elif key == 8 and isinstance(value, bytes):
            name = value.decode()
        elif key == 9 and isinstance(value, bytes):
            values = value
    return name, Tensor(tuple(shape), values if kind == 1 else b"")


def graph(onnx: bytes) -> Graph:
    """The graph of an ONNX file. Source: onnx.proto3, ModelProto.graph = 7; GraphProto.node = 1, initializer = 5;
    NodeProto.input = 1, output = 2.
    """
    (body,) = (value for key, value in fields(onnx) if key == 7)
    if not isinstance(body, bytes):
        raise ConversionError("the model's graph is not a message")
    constants: dict[str, Tensor] = {}
    inputs: dict[str, tuple[str, ...]] = {}
    for key, value in fields(body):
        if key == 5 and isinstance(value, bytes):
            name, content = tensor(value)
            constants[name] = content
        elif key == 1 and isinstance(value, bytes):
            inputs[texts(value, 2)[0]] = tuple(texts(value, 1))
    return Graph(constants, inputs)


def wanted() -> Iterator[tuple[str, str, int]]:
    """For every tensor of the result its name, the graph's node that uses it (by its output) and which input it is."""
    for stem in STEMS:
        yield f"{stem}.plain", f"{stem}_conv_1/BiasAdd:0", 1
        yield f"{stem}.plain.bias", f"{stem}_conv_1/BiasAdd:0", 2
        yield f"{stem}.dilated", f"{stem}_dilated_conv_1/convolution:0", 1
        yield f"{stem}.dilated.bias", f"{stem}_dilated_conv_1/BiasAdd:0", 1
        yield from norm(stem)
    for block in SEPARABLE:
        yield f"{block}.depthwise", f"{block}_conv_1/separable_conv2d/depthwise:0", 1
        yield f"{block}.pointwise", f"{block}_conv_1/BiasAdd:0", 1
        yield f"{block}.pointwise.bias", f"{block}_conv_1/BiasAdd:0", 2
        yield from norm(block)
    yield "attention.d1", "attention_conv_d1_1/BiasAdd:0", 1
    yield "attention.d1.bias", "attention_conv_d1_1/BiasAdd:0", 2
    for dilated in ("d3", "d6"):
        yield f"attention.{dilated}", f"attention_conv_{dilated}_1/convolution:0", 1
        yield f"attention.{dilated}.bias", f"attention_conv_{dilated}_1/BiasAdd:0", 1
    yield "attention.gate", "attention_s_1/BiasAdd:0", 1
    yield "attention.gate.bias", "attention_s_1/BiasAdd:0", 2
    for block in BLOCKS:
        yield f"{block}.depthwise", f"{block}_depthwise_conv_1/depthwise:0", 1
        yield from norm(block)
        for short in ("exp", "red", "adj"):
            yield f"{block}.{short}", f"{block}_conv_{short}_1/BiasAdd:0", 1
            yield f"{block}.{short}.bias", f"{block}_conv_{short}_1/BiasAdd:0", 2
    for head, kind in HEADS.items():
        for number in (1, 2):
            yield f"{head}.conv{number}", f"{head}_conv{number}_1/BiasAdd:0", 1
            yield f"{head}.conv{number}.bias", f"{head}_conv{number}_1/BiasAdd:0", 2
        yield from norm(head)
        last = {"pos": "/Conv__3172:0", "dir": "head_conv_dir_1/BiasAdd:0", "typ": "/Conv__3000:0"}[kind]
        yield f"{head}.last", last, 1
        yield f"{head}.last.bias", last, 2
    yield "blur", "nms_Gaussian_blur_1/convolution:0", 1


def norm(layer: str) -> Iterator[tuple[str, str, int]]:
    """Scale and shift of a layer normalisation."""
    yield f"{layer}.gamma", f"{layer}_ln_1/mul:0", 1
    yield f"{layer}.beta", f"{layer}_ln_1/add_1:0", 1


def converted(onnx: bytes) -> bytes:
    """The engine's file. Raises ConversionError if the ONNX file is not the pinned one."""
    digest = hashlib.sha256(onnx).digest()
    if digest.hex() != ONNX_SHA256:
        raise ConversionError(
            f"SHA-256 is {digest.hex()}; allowed: {ONNX_SHA256} [LEADER.onnx]. Nothing was written. Run "
            "tools/fetch_models.py."
        )
    network = graph(onnx)
    parts = []
    for name, node, place in wanted():
        output = node.removeprefix("/") if node.startswith("/") else PREFIX + node
        constant = network.constants[network.inputs[output][place]]
        if not constant.values:
            raise ConversionError(f"{name}: the graph holds no float32 values for it. Nothing was written.")
        label = name.encode("ascii")
        parts.append(struct.pack("<B", len(label)) + label + struct.pack("<B", len(constant.shape)))
        parts.append(struct.pack(f"<{len(constant.shape)}I", *constant.shape) + constant.values)
    head = MAGIC + struct.pack("<I", VERSION) + digest + struct.pack("<I", len(parts) // 2)
    return head + b"".join(parts)


def place(content: bytes, target: Path) -> None:
    """Write the file so that it is there whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as out:
        out.write(content)
    Path(out.name).chmod(0o644)
    Path(out.name).replace(target)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns 0, or 1 after printing what went wrong."""
    parser = argparse.ArgumentParser(description="Convert LEADER.onnx for the native engine.")
    parser.add_argument("--models", type=Path, metavar="DIR", help="folder that holds LEADER.onnx",
                        default=Path(sys.prefix) / "share" / "tenprint" / "models")  # fmt: skip
    folder: Path = parser.parse_args(arguments).models
    target = folder / "LEADER.weights"
    try:
        content = converted((folder / "LEADER.onnx").read_bytes())
        if target.is_file() and target.read_bytes() == content:
            print(f"{target}: already there, content checked")
            return 0
        place(content, target)
    except ConversionError as error:
        print(f"convert_leader: {folder / 'LEADER.onnx'}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"convert_leader: {error}. Nothing was written. Run tools/fetch_models.py first.", file=sys.stderr)
        return 1
    print(f"{target}: installed, SHA-256 {hashlib.sha256(content).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
