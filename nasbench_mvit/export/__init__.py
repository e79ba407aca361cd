"""Networks as files of other runtimes: ONNX, Core ML, ExecuTorch, LiteRT, and torch's own."""
