"""This machine through ONNX Runtime."""
