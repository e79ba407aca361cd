"""Networks as ONNX files, see ``model_files``."""

from pathlib import Path

from nasbench_mvit.latency.collectors.model_files import ModelFiles

WORKER = "nasbench_mvit.latency.collectors.onnxruntime.export"


class OnnxModels(ModelFiles):
    """Files of float32 networks for ONNX Runtime, here, on a phone or in a browser."""

    def __init__(self, folder: Path) -> None:
        """Use ``folder``, which is made when the first file is."""
        super().__init__(folder, suffix=".onnx", worker=WORKER, title="ONNX")
