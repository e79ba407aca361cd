"""Exports networks as ONNX, see ``export_requests``."""

from nasbench_mvit.export.onnx import write_onnx
from nasbench_mvit.latency.collectors.export_requests import serve

if __name__ == "__main__":
    serve(write_onnx)
