"""One way to open and run an ONNX model: checked against its manifest, threads bounded."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from inference.errors import ModelError
from inference.manifest import MODELS_DIR, ModelManifest


class OnnxModel:
    """A model held open by ONNX Runtime. ``run`` frees the GIL and may be called from threads."""

    def __init__(self, name: str, *, threads: int = 1, folder: Path = MODELS_DIR) -> None:
        """Opens ``folder/name.onnx``; raises ``ModelError`` if it does not fit its manifest."""
        self.manifest = ModelManifest.load(name, folder)
        path = self.manifest.verify(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # A waiting thread must not burn the core that the next stage of the pipeline needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        # ONNX Runtime's exceptions share no base of their own.
        except Exception as error:
            raise ModelError(f"The model {path} cannot be opened: {error}") from error
        if self.manifest.input_name not in {node.name for node in self._session.get_inputs()}:
            raise ModelError(
                f"The model {path} has no input {self.manifest.input_name!r}; export it anew."
            )

    def run(self, inputs: Mapping[str, np.ndarray[Any, Any]]) -> Sequence[np.ndarray[Any, Any]]:
        """All outputs, in the order of the file, for the given named inputs."""
        outputs: Sequence[np.ndarray[Any, Any]] = self._session.run(None, dict(inputs))
        return outputs
