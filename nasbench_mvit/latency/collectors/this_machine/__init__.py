"""This machine, through ONNX Runtime or ExecuTorch."""
