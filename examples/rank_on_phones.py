"""Rank published networks by their latency on several phones, with what each rests on."""

from nasbench_mvit import count_costs, load_predictor, published

NETWORKS = ("mobilevit_xxs", "mobilevit_xs", "mobilevit_s", "mobilevitv2_0.5", "mobilevitv2_1.0")
PHONES = ("iphone12_coreml", "pixel_4_tflite", "galaxy_s10_tflite")

for name in NETWORKS:
    costs = count_costs(published(name))
    print(f"{name}: {costs.params:,} parameters, {costs.macs:,} MACs")
for phone in PHONES:
    predictor = load_predictor(phone)
    found = {name: predictor.predict(published(name)) for name in NETWORKS}
    print(f"\n{phone}")
    for name, latency in sorted(found.items(), key=lambda entry: entry[1].ms):
        mark = "*" if latency.extrapolating else ""
        bounds = f"[{latency.low:.2f}, {latency.high:.2f}]"
        print(f"  {name}: {latency.ms:.2f} ms {bounds}{mark}, {latency.kind}")
