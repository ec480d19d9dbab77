"""TensorFlow Lite graphs of plain convolutions to ONNX: channels first, every padding explicit.

Knows the nine operators that BlazeFace is made of. Weights that the file stores as float16 stay
float16 in the ONNX file and are cast when it is loaded, as the original's DEQUANTIZE does.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import onnx
import tflite
from onnx import TensorProto, helper, numpy_helper

OPSET: Final = 17

Array: TypeAlias = npt.NDArray[Any]
Attribute: TypeAlias = Any
"""Whatever ``onnx.helper.make_node`` takes."""
Table: TypeAlias = Any
"""A generated flatbuffer table; the ``tflite`` package has no annotations."""

_DTYPES: Final = {
    tflite.TensorType.FLOAT32: np.dtype(np.float32),
    tflite.TensorType.FLOAT16: np.dtype(np.float16),
    tflite.TensorType.INT32: np.dtype(np.int32),
}
_CHANNELS_FIRST: Final = (0, 3, 1, 2)
_CHANNELS_LAST: Final = (0, 2, 3, 1)


class UnsupportedOperatorError(Exception):
    """The TensorFlow Lite file uses something that this converter does not know."""


@dataclass
class _Graph:
    """The ONNX graph as it grows; tensors keep the number they have in the TensorFlow Lite file."""

    source: Table
    """The ``tflite.Model``."""
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    initializers: list[onnx.TensorProto] = field(default_factory=list)
    constants: dict[int, Array] = field(default_factory=dict)
    """Tensors whose values are known: weights, biases, paddings, shapes."""

    def __post_init__(self) -> None:
        self.subgraph = self.source.Subgraphs(0)
        for index in range(self.subgraph.TensorsLength()):
            tensor = self.subgraph.Tensors(index)
            buffer = self.source.Buffers(tensor.Buffer())
            if buffer.DataLength():
                values = buffer.DataAsNumpy().view(_DTYPES[tensor.Type()])
                self.constants[index] = values.reshape(self.shape(index))

    def shape(self, index: int) -> list[int]:
        """The tensor's shape as the file has it, channels last."""
        tensor = self.subgraph.Tensors(index)
        return [int(side) for side in tensor.ShapeAsNumpy()] if tensor.ShapeLength() else []

    def constant(self, index: int, axes: tuple[int, ...] | None = None) -> str:
        """Adds a known tensor, its axes reordered, and returns the name of its float32 values."""
        values = self.constants[index]
        name = f"constant_{index}"
        stored = np.ascontiguousarray(values if axes is None else values.transpose(axes))
        if stored.dtype != np.float16:
            self.initializers.append(numpy_helper.from_array(stored, name))
            return name
        self.initializers.append(numpy_helper.from_array(stored, f"{name}_half"))
        self.nodes.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
        return name

    def integers(self, name: str, values: list[int]) -> str:
        """Adds a list of int64 and returns its name."""
        self.initializers.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def add(self, kind: str, inputs: list[str], output: int, **attributes: Attribute) -> None:
        """Adds the node that makes tensor ``output``."""
        self.nodes.append(helper.make_node(kind, inputs, [_name(output)], **attributes))


@dataclass(frozen=True)
class _Operator:
    """One operator of the TensorFlow Lite file, its optional inputs left out."""

    raw: Table
    kind: int
    inputs: list[int]
    output: int

    def options(self, table: type) -> Table:
        """The operator's settings, read as the given flatbuffer table."""
        options = table()
        union = self.raw.BuiltinOptions()
        options.Init(union.Bytes, union.Pos)
        return options


def to_onnx(model: bytes, *, name: str) -> onnx.ModelProto:
    """Converts a TensorFlow Lite file with one image input.

    The input becomes ``(1, C, H, W)`` under its old name; outputs keep name, order and shape.
    Raises ``UnsupportedOperatorError`` for anything that would need guessing.
    """
    graph = _Graph(tflite.Model.GetRootAsModel(model, 0))
    for operator in _operators(graph):
        convert = _CONVERTERS.get(operator.kind)
        if convert is None:
            raise UnsupportedOperatorError(f"No rule for operator number {operator.kind}.")
        convert(graph, operator)
    source = graph.subgraph
    first = source.Inputs(0)
    batch, height, width, channels = graph.shape(first)
    outputs = [source.Outputs(i) for i in range(source.OutputsLength())]
    proto = helper.make_graph(
        nodes=_renamed(graph, [first, *outputs]),
        name=name,
        inputs=[_value(graph, first, [batch, channels, height, width])],
        outputs=[_value(graph, index, graph.shape(index)) for index in outputs],
        initializer=graph.initializers,
    )
    converted = helper.make_model(
        proto, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8, producer_name="storify"
    )
    onnx.checker.check_model(converted, full_check=True)
    return converted


def _name(index: int) -> str:
    return f"tensor_{index}"


def _public_name(graph: _Graph, index: int) -> str:
    name: str = graph.subgraph.Tensors(index).Name().decode()
    return name


def _value(graph: _Graph, index: int, shape: list[int]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(_public_name(graph, index), TensorProto.FLOAT, shape)


def _renamed(graph: _Graph, public: list[int]) -> list[onnx.NodeProto]:
    """The nodes, with inputs and outputs of the whole graph under the names of the source file."""
    names = {_name(index): _public_name(graph, index) for index in public}
    for node in graph.nodes:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    return graph.nodes


def _operators(graph: _Graph) -> Iterator[_Operator]:
    for i in range(graph.subgraph.OperatorsLength()):
        raw = graph.subgraph.Operators(i)
        code = graph.source.OperatorCodes(raw.OpcodeIndex())
        # Files older than schema version 3a hold the number in the deprecated field alone.
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        inputs = [int(index) for index in raw.InputsAsNumpy() if index >= 0]
        yield _Operator(raw, kind, inputs, int(raw.Outputs(0)))


def _no_activation(options: Table) -> None:
    if options.FusedActivationFunction() != tflite.ActivationFunctionType.NONE:
        raise UnsupportedOperatorError("Fused activations are not converted.")


def _pads(graph: _Graph, operator: _Operator, options: Table, kernel: list[int]) -> list[int]:
    """ONNX ``pads``: top, left, bottom, right. SAME gives the odd pixel to the bottom and right."""
    if options.Padding() == tflite.Padding.VALID:
        return [0, 0, 0, 0]
    sides = zip(
        graph.shape(operator.inputs[0])[1:3],
        graph.shape(operator.output)[1:3],
        (options.StrideH(), options.StrideW()),
        kernel,
        strict=True,
    )
    totals = [max(0, (out - 1) * stride + size - side) for side, out, stride, size in sides]
    before = [total // 2 for total in totals]
    return before + [total - half for total, half in zip(totals, before, strict=True)]


def _convolution(graph: _Graph, operator: _Operator, *, depthwise: bool) -> None:
    table = tflite.DepthwiseConv2DOptions if depthwise else tflite.Conv2DOptions
    options = operator.options(table)
    _no_activation(options)
    if (options.DilationHFactor(), options.DilationWFactor()) != (1, 1):
        raise UnsupportedOperatorError("Dilated convolutions are not converted.")
    image, weights, bias = operator.inputs
    kernel = graph.shape(weights)[1:3]
    # Depthwise weights lie as (1, H, W, C), the others as (out, H, W, in).
    axes = (3, 0, 1, 2) if depthwise else _CHANNELS_FIRST
    graph.add(
        "Conv",
        [_name(image), graph.constant(weights, axes), graph.constant(bias)],
        operator.output,
        group=graph.shape(image)[3] if depthwise else 1,
        kernel_shape=kernel,
        strides=[options.StrideH(), options.StrideW()],
        pads=_pads(graph, operator, options, kernel),
    )


def _conv_2d(graph: _Graph, operator: _Operator) -> None:
    _convolution(graph, operator, depthwise=False)


def _depthwise_conv_2d(graph: _Graph, operator: _Operator) -> None:
    _convolution(graph, operator, depthwise=True)


def _max_pool_2d(graph: _Graph, operator: _Operator) -> None:
    options = operator.options(tflite.Pool2DOptions)
    _no_activation(options)
    kernel = [options.FilterHeight(), options.FilterWidth()]
    graph.add(
        "MaxPool",
        [_name(operator.inputs[0])],
        operator.output,
        kernel_shape=kernel,
        strides=[options.StrideH(), options.StrideW()],
        pads=_pads(graph, operator, options, kernel),
    )


def _resize_bilinear(graph: _Graph, operator: _Operator) -> None:
    options = operator.options(tflite.ResizeBilinearOptions)
    if options.AlignCorners() or not options.HalfPixelCenters():
        raise UnsupportedOperatorError("Only resizing about half-pixel centres is converted.")
    image, _ = operator.inputs
    batch, height, width, channels = graph.shape(operator.output)
    sizes = graph.integers(f"sizes_{operator.output}", [batch, channels, height, width])
    graph.add(
        "Resize",
        [_name(image), "", "", sizes],
        operator.output,
        mode="linear",
        coordinate_transformation_mode="half_pixel",
    )


def _pad(graph: _Graph, operator: _Operator) -> None:
    image, paddings = operator.inputs
    table = graph.constants[paddings][list(_CHANNELS_FIRST)]
    pads = graph.integers(f"pads_{operator.output}", [*table[:, 0].tolist(), *table[:, 1].tolist()])
    graph.add("Pad", [_name(image), pads], operator.output, mode="constant")


def _reshape(graph: _Graph, operator: _Operator) -> None:
    image = _name(operator.inputs[0])
    last = f"{image}_channels_last"
    graph.nodes.append(helper.make_node("Transpose", [image], [last], perm=_CHANNELS_LAST))
    shape = graph.integers(f"shape_{operator.output}", graph.shape(operator.output))
    graph.add("Reshape", [last, shape], operator.output)


def _add(graph: _Graph, operator: _Operator) -> None:
    _no_activation(operator.options(tflite.AddOptions))
    graph.add("Add", [_name(index) for index in operator.inputs], operator.output)


def _relu(graph: _Graph, operator: _Operator) -> None:
    graph.add("Relu", [_name(operator.inputs[0])], operator.output)


def _dequantize(graph: _Graph, operator: _Operator) -> None:
    """Hands the float16 values on: ``constant`` casts them where they are used."""
    graph.constants[operator.output] = graph.constants[operator.inputs[0]]


_CONVERTERS: Final[dict[int, Callable[[_Graph, _Operator], None]]] = {
    tflite.BuiltinOperator.ADD: _add,
    tflite.BuiltinOperator.CONV_2D: _conv_2d,
    tflite.BuiltinOperator.DEPTHWISE_CONV_2D: _depthwise_conv_2d,
    tflite.BuiltinOperator.DEQUANTIZE: _dequantize,
    tflite.BuiltinOperator.MAX_POOL_2D: _max_pool_2d,
    tflite.BuiltinOperator.PAD: _pad,
    tflite.BuiltinOperator.RELU: _relu,
    tflite.BuiltinOperator.RESHAPE: _reshape,
    tflite.BuiltinOperator.RESIZE_BILINEAR: _resize_bilinear,
}
