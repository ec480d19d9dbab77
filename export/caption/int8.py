"""A float32 ONNX file with its weights in int8, in blocks fine enough to keep its readings.

ONNX Runtime's own dynamic quantisation has one scale for all activations of a layer, and a few
massive ones (Sun et al., 2024) leave the others no room on it: on the caption model that cost up to
0.012 of Pearson's r. Its operator ``MatMulNBits`` scales weights and activations by the block.
"""

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper
from onnxruntime.quantization.shape_inference import quant_pre_process

BLOCK: Final = 128
"""Weights, along the axis that is summed over, that share a scale."""

_CONTRIB: Final = "com.microsoft"
_INT8_ARITHMETIC: Final = 4
"""The operator's ``accuracy_level`` at which activations are int8 too, one scale for each block."""


def quantise(plain: Path, path: Path) -> None:
    """Writes ``plain`` to ``path`` with int8 matrix products and embeddings.

    Embeddings have one scale per row, matrices one per block of each output channel. Products whose
    inner size is no multiple of ``BLOCK`` stay in float32.
    """
    prepared = path.with_suffix(".prepared")
    quant_pre_process(plain, prepared, skip_symbolic_shape=True)
    model = onnx.load(prepared)
    prepared.unlink()
    quantise_weights(model.graph)
    model.opset_import.append(helper.make_opsetid(_CONTRIB, 1))
    onnx.save(model, path)


def quantise_weights(graph: onnx.GraphProto) -> None:
    """Replaces, in place, every look-up of rows in a table and every product with a matrix."""
    matrices = {weight.name: weight for weight in graph.initializer if len(weight.dims) == 2}
    nodes = []
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] in matrices:
            nodes += _look_up(graph, node, matrices[node.input[0]])
        elif node.op_type == "MatMul" and _fits(matrices.get(node.input[1])):
            nodes.append(_product(graph, node, matrices[node.input[1]]))
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)


def _fits(matrix: onnx.TensorProto | None) -> bool:
    return matrix is not None and matrix.dims[0] % BLOCK == 0


def _look_up(
    graph: onnx.GraphProto, node: onnx.NodeProto, table: onnx.TensorProto
) -> list[onnx.NodeProto]:
    values, scales = _int8(numpy_helper.to_array(table))
    rows, row_scales = _replace(graph, table, values, scales[:, None])
    indices, output = node.input[1], node.output[0]
    return [
        helper.make_node("Gather", [rows, indices], [f"{output}.int8"]),
        helper.make_node(
            "Cast", [f"{output}.int8"], [f"{output}.float"], to=onnx.TensorProto.FLOAT
        ),
        helper.make_node("Gather", [row_scales, indices], [f"{output}.scale"]),
        helper.make_node("Mul", [f"{output}.float", f"{output}.scale"], [output]),
    ]


def _product(
    graph: onnx.GraphProto, node: onnx.NodeProto, matrix: onnx.TensorProto
) -> onnx.NodeProto:
    inner, outer = matrix.dims
    blocks = numpy_helper.to_array(matrix).T.reshape(outer * (inner // BLOCK), BLOCK)
    values, scales = _int8(blocks)
    # The operator takes unsigned bytes, with 128 for zero, as (outer, blocks, bytes in a block).
    packed = (values.astype(np.int16) + 128).astype(np.uint8).reshape(outer, -1, BLOCK)
    return helper.make_node(
        "MatMulNBits",
        [node.input[0], *_replace(graph, matrix, packed, scales)],
        node.output,
        name=node.name,
        domain=_CONTRIB,
        K=inner,
        N=outer,
        bits=8,
        block_size=BLOCK,
        accuracy_level=_INT8_ARITHMETIC,
    )


def _int8(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``(N, M) float32`` as int8 and one scale per row ``(N,)``: row = int8 * scale."""
    scales = np.maximum(np.abs(rows).max(axis=1) / 127, 1e-12).astype(np.float32)
    return np.rint(rows / scales[:, None]).astype(np.int8), scales


def _replace(
    graph: onnx.GraphProto, weight: onnx.TensorProto, values: np.ndarray, scales: np.ndarray
) -> tuple[str, str]:
    names = f"{weight.name}.int8", f"{weight.name}.scales"
    graph.initializer.remove(weight)
    arrays = (values, scales)
    graph.initializer.extend(map(numpy_helper.from_array, arrays, names))
    return names
