"""Networks as files of other runtimes: ONNX, Core ML, ExecuTorch, and torch's own."""
