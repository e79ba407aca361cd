"""Exports networks as Core ML packages, see ``export_requests``."""

from nasbench_mvit.export.coreml import write_coreml
from nasbench_mvit.latency.collectors.export_requests import serve

if __name__ == "__main__":
    serve(write_coreml)
