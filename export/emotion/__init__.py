"""What an expression looks like: a CNN, trained on FER-2013 and exported to ONNX."""
