"""Makes the table of the published networks in ``docs/family.md``."""

from nasbench_mvit.architecture.published import PUBLISHED, published
from nasbench_mvit.architecture.published_figures import FIGURES
from nasbench_mvit.architecture.space import SearchSpace
from nasbench_mvit.cost.analytic import count_costs
from nasbench_mvit.io.cells import number_cell
from nasbench_mvit.io.markdown import markdown_table

HEADER = ("name", "network", "parameters", "multiply-adds", "ImageNet top-1, %", "iPhone 12, ms",
          "in `mobilevit_family`", "sources")  # fmt: skip


def family_table() -> str:
    """Return a row for each published network, with the sources of its figures."""
    space = SearchSpace.load("mobilevit_family")
    rows = []
    for name in PUBLISHED:
        figures, spec = FIGURES[name], published(name)
        costs = count_costs(spec)
        sources = dict.fromkeys(filter(None, (figures.top1_source, figures.latency_source)))
        rows.append(
            (
                f"`{name}`",
                figures.title,
                f"{costs.params:,}",
                f"{costs.macs / 1e9:.2f} G",
                f"{figures.top1:g}",
                number_cell(figures.latency_ms, "g"),
                "yes" if space.contains(spec) else "no",
                "; ".join(sources),
            )
        )
    return markdown_table(HEADER, rows) + "\n"
