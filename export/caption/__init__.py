"""What a caption says: a multilingual DistilBERT, fine-tuned and exported to int8 ONNX."""
