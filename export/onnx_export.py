"""From a torch module to a checked ONNX file: names, free axes, and values compared with torch."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

OPSET: Final = 18


def export_onnx(
    module: nn.Module,
    examples: Sequence[torch.Tensor],
    path: Path,
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    free_axes: Mapping[str, Mapping[int, str]],
) -> None:
    """Writes ``module`` in evaluation mode to ``path``; ``free_axes`` names the axes left open.

    Raises ``onnx.checker.ValidationError`` if the file is not a sound ONNX model.
    """
    module.eval()
    with warnings.catch_warnings():
        # The exporter that traces is announced to go; its successor needs one more package, and
        # what it writes is compared with torch all the same.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            tuple(examples),
            path,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={name: dict(axes) for name, axes in free_axes.items()},
            opset_version=OPSET,
            dynamo=False,
        )
    onnx.checker.check_model(onnx.load(path), full_check=True)


def assert_parity(
    module: nn.Module, path: Path, examples: Sequence[torch.Tensor], *, tolerance: float
) -> float:
    """The largest absolute difference between torch and ONNX Runtime over all outputs.

    Raises ``ValueError`` if it exceeds ``tolerance``: such a file must not be shipped.
    """
    with torch.inference_mode():
        expected = module.eval()(*examples)
    if isinstance(expected, torch.Tensor):
        expected = (expected,)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    feed: dict[str, Any] = {
        node.name: example.numpy()
        for node, example in zip(session.get_inputs(), examples, strict=True)
    }
    difference = max(
        float(np.abs(reference.numpy() - found).max())
        for reference, found in zip(expected, session.run(None, feed), strict=True)
    )
    if difference > tolerance:
        raise ValueError(
            f"{path} differs from torch by {difference:.2g}, not at most {tolerance:.2g}; "
            "not shipped."
        )
    return difference
