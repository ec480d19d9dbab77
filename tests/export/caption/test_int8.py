from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx
import onnxruntime
from onnx import helper, numpy_helper

from export.caption.int8 import BLOCK, quantise

RNG = np.random.default_rng(5)
WIDTH = 2 * BLOCK
# One row, and one block of one column, are a hundred times larger than the rest: a scale that they
# shared with the others would erase those.
TABLE = RNG.normal(size=(40, WIDTH)).astype(np.float32)
TABLE[7] *= 100
DENSE = RNG.normal(size=(WIDTH, 8)).astype(np.float32)
DENSE[:BLOCK, 3] *= 100


def plain_model(path: Path, width: int = WIDTH) -> Path:
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["table", "ids"], ["rows"], name="look_up"),
            helper.make_node("MatMul", ["rows", "dense"], ["out"], name="dense"),
        ],
        "plain",
        [helper.make_tensor_value_info("ids", onnx.TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, ["n", 8])],
        [
            numpy_helper.from_array(TABLE[:, :width], "table"),
            numpy_helper.from_array(DENSE[:width], "dense"),
        ],
    )
    opset = [helper.make_opsetid("", 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), path)
    return path


def run(path: Path, ids: list[int]) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    out: np.ndarray = session.run(None, {"ids": np.array(ids, dtype=np.int64)})[0]
    return out


def operators(path: Path) -> set[str]:
    return {node.op_type for node in onnx.load(path).graph.node}


def test_large_weights_leave_the_small_ones_their_precision(tmp_path: Path) -> None:
    plain = plain_model(tmp_path / "plain.onnx")
    quantise(plain, tmp_path / "int8.onnx")
    assert "MatMulNBits" in operators(tmp_path / "int8.onnx")
    ids = [0, 7, 39]
    expected, found = run(plain, ids), run(tmp_path / "int8.onnx", ids)
    magnitude = np.sqrt((TABLE[ids] ** 2) @ (DENSE**2))  # of the sum that each output is, (3, 8)
    assert (np.abs(found - expected) < 0.03 * magnitude).all()


def test_weights_take_a_byte_each_and_nothing_else_is_left_behind(tmp_path: Path) -> None:
    plain = plain_model(tmp_path / "plain.onnx")
    quantise(plain, tmp_path / "int8.onnx")
    weights = onnx.load(tmp_path / "int8.onnx").graph.initializer
    assert {weight.data_type for weight in weights} == {
        onnx.TensorProto.INT8,
        onnx.TensorProto.UINT8,
        onnx.TensorProto.FLOAT,
    }
    assert (tmp_path / "int8.onnx").stat().st_size < 0.4 * plain.stat().st_size
    assert sorted(path.name for path in tmp_path.iterdir()) == ["int8.onnx", "plain.onnx"]


def test_a_product_that_fits_no_block_stays_in_float(tmp_path: Path) -> None:
    plain = plain_model(tmp_path / "plain.onnx", width=BLOCK - 1)
    quantise(plain, tmp_path / "int8.onnx")
    assert "MatMul" in operators(tmp_path / "int8.onnx")
    np.testing.assert_allclose(
        run(tmp_path / "int8.onnx", [0]), run(plain, [0]), atol=0.01 * np.abs(DENSE).sum()
    )
