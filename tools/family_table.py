"""Makes the table of the published networks in ``docs/family.md``."""

from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs

HEADER = (
    "| name | network | parameters | multiply-adds | ImageNet top-1, % | iPhone 12, ms | "
    "in `mobilevit_family` | sources |"
)


def family_table() -> str:
    """Return a row for each published network, with the sources of its figures."""
    space = SearchSpace.load("mobilevit_family")
    rows = [HEADER, "|---|---|---|---|---|---|---|---|"]
    for name in PUBLISHED:
        figures, spec = FIGURES[name], published(name)
        costs = count_costs(spec)
        ms = "–" if figures.latency_ms is None else f"{figures.latency_ms:g}"
        sources = dict.fromkeys(filter(None, (figures.top1_source, figures.latency_source)))
        rows.append(
            f"| `{name}` | {figures.title} | {costs.params:,} | {costs.macs / 1e9:.2f} G | "
            f"{figures.top1:g} | {ms} | {'yes' if space.contains(spec) else 'no'} | "
            f"{'; '.join(sources)} |"
        )
    return "\n".join(rows) + "\n"
