"""Where the faces are: BlazeFace, converted to ONNX."""
