"""A small TensorFlow Lite file of every operator that the face detector is made of."""

from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt
from ai_edge_litert import schema_py_generated as schema

SIDE = 192


class TinyDetector:
    """Writes a network with the face detector's input and outputs, but few and random weights."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._model = schema.ModelT()
        self._model.version = 3
        self._model.operatorCodes = []
        self._model.buffers = [schema.BufferT()]
        self._graph = schema.SubGraphT()
        self._graph.tensors = []
        self._graph.operators = []
        self._model.subgraphs = [self._graph]

    def write(self, *, activation: int = schema.ActivationFunctionType.NONE) -> bytes:
        """The file. ``activation`` is fused into the first convolution."""
        image = self._tensor("input", (1, SIDE, SIDE, 3))
        stem = self._relu(
            self._convolution(image, 8, size=3, stride=2, half=True, activation=activation)
        )
        down = self._depthwise(stem, stride=2)
        pooled = self._max_pool(stem)
        added = self._add(self._pad_channels(pooled, 8), self._convolution(down, 16))
        small = self._convolution(added, 16, size=3, stride=2)
        valid = self._convolution(small, 16, padding=schema.Padding.VALID)
        merged = self._add(added, self._resize(valid, SIDE // 4))
        boxes = self._reshape(self._convolution(merged, 16), "boxes", (1, 2304, 16))
        logits = self._reshape(self._convolution(merged, 1), "logits", (1, 2304, 1))
        self._graph.inputs, self._graph.outputs = [image], [boxes, logits]
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _tensor(
        self, name: str, shape: tuple[int, ...], values: npt.NDArray[Any] | None = None
    ) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.buffer = name, list(shape), 0
        kinds = {"e": schema.TensorType.FLOAT16, "i": schema.TensorType.INT32}
        kind = "f" if values is None else values.dtype.char
        tensor.type = kinds.get(kind, schema.TensorType.FLOAT32)
        if values is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(values.tobytes(), np.uint8)
            self._model.buffers.append(buffer)
            tensor.buffer = len(self._model.buffers) - 1
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def _values(self, values: npt.NDArray[Any]) -> int:
        return self._tensor(f"constant_{len(self._graph.tensors)}", values.shape, values)

    def _weights(self, shape: tuple[int, ...], *, half: bool = False) -> int:
        values = self._rng.normal(0, 0.3, shape).astype(np.float16 if half else np.float32)
        stored = self._values(values)
        if not half:
            return stored
        return self._node("DEQUANTIZE", [stored], shape, "Dequantize")

    def _node(
        self,
        kind: str,
        inputs: list[int],
        shape: tuple[int, ...],
        options: str | None = None,
        name: str = "",
        **fields: object,
    ) -> int:
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, kind)
        code.deprecatedBuiltinCode = code.builtinCode
        code.version = 3 if kind == "RESIZE_BILINEAR" else 1
        self._model.operatorCodes.append(code)
        node = schema.OperatorT()
        node.opcodeIndex = len(self._model.operatorCodes) - 1
        output = self._tensor(name or f"tensor_{len(self._graph.tensors)}", shape)
        node.inputs, node.outputs = inputs, [output]
        if options:
            node.builtinOptionsType = getattr(schema.BuiltinOptions, f"{options}Options")
            node.builtinOptions = getattr(schema, f"{options}OptionsT")()
            for field, value in fields.items():
                setattr(node.builtinOptions, field, value)
        self._graph.operators.append(node)
        return output

    def _shape(self, tensor: int) -> tuple[int, int, int, int]:
        batch, height, width, channels = self._graph.tensors[tensor].shape
        return batch, height, width, channels

    def _convolution(
        self,
        image: int,
        channels: int,
        *,
        size: int = 1,
        stride: int = 1,
        half: bool = False,
        padding: int = schema.Padding.SAME,
        activation: int = schema.ActivationFunctionType.NONE,
    ) -> int:
        _, height, width, before = self._shape(image)
        weights = self._weights((channels, size, size, before), half=half)
        return self._node(
            "CONV_2D",
            [image, weights, self._weights((channels,), half=half)],
            (1, height // stride, width // stride, channels),
            "Conv2D",
            padding=padding,
            strideW=stride,
            strideH=stride,
            fusedActivationFunction=activation,
        )

    def _depthwise(self, image: int, *, stride: int) -> int:
        _, height, width, channels = self._shape(image)
        return self._node(
            "DEPTHWISE_CONV_2D",
            [image, self._weights((1, 3, 3, channels)), self._weights((channels,))],
            (1, height // stride, width // stride, channels),
            "DepthwiseConv2D",
            strideW=stride,
            strideH=stride,
            depthMultiplier=1,
        )

    def _max_pool(self, image: int) -> int:
        _, height, width, channels = self._shape(image)
        shape = (1, height // 2, width // 2, channels)
        return self._node(
            "MAX_POOL_2D",
            [image],
            shape,
            "Pool2D",
            strideW=2,
            strideH=2,
            filterWidth=2,
            filterHeight=2,
        )

    def _pad_channels(self, image: int, more: int) -> int:
        batch, height, width, channels = self._shape(image)
        table = self._values(np.array([(0, 0), (0, 0), (0, 0), (0, more)], np.int32))
        return self._node("PAD", [image, table], (batch, height, width, channels + more), "Pad")

    def _resize(self, image: int, side: int) -> int:
        sizes = self._values(np.array([side, side], np.int32))
        shape = (1, side, side, self._shape(image)[3])
        return self._node(
            "RESIZE_BILINEAR", [image, sizes], shape, "ResizeBilinear", halfPixelCenters=True
        )

    def _add(self, first: int, second: int) -> int:
        return self._node("ADD", [first, second], self._shape(first), "Add")

    def _relu(self, image: int) -> int:
        return self._node("RELU", [image], self._shape(image))

    def _reshape(self, image: int, name: str, shape: tuple[int, ...]) -> int:
        sizes = self._values(np.array(shape, np.int32))
        return self._node("RESHAPE", [image, sizes], shape, name=name)
