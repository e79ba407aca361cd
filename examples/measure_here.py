"""Time two networks on this machine's CPU, beside what a shipped predictor says of another."""

from nasbench_mvit import OnnxRuntimeTarget, load_predictor, measure_latency, published

predictor = load_predictor("epyc_onnxruntime")
networks = [published(name, resolution=128) for name in ("mobilevit_xxs", "mobilevit_xs")]
target = OnnxRuntimeTarget(device="this machine", seconds=0.2)
found = measure_latency(networks, target, run_dir="runs/times")
for latency in found.latencies:
    elsewhere = predictor.predict(latency.spec)
    print(f"{latency.ms:.1f} ms measured here, {elsewhere.ms:.1f} ms estimated for an EPYC")
