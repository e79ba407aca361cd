"""The costs of networks in the terminal."""

import pandas as pd
from rich.console import Console

from nasbench_mvit.cli.shared.console import print_table
from nasbench_mvit.workbench.costs import NetworkCosts

MB = 1e6


def show(console: Console, costs: NetworkCosts) -> None:
    """Print the costs, and whether the trace agrees where there is one."""
    rows = costs.networks
    table = pd.DataFrame(
        {
            "network": rows.network,
            "px": rows.resolution,
            "params": rows.params.map("{:,}".format),
            "MACs": rows.macs.map("{:,}".format),
            "MB, all": (rows.activation_bytes / MB).map("{:.1f}".format),
            "MB, peak": rows.peak_activation_mb.map("{:.2f}".format),
        }
    )
    if costs.agrees is False:
        table["params, traced"] = rows.traced_params.map("{:,}".format)
        table["MACs, traced"] = rows.traced_macs.map("{:,}".format)
    print_table(
        console, "for one image; MB of activations in float32, in all and at the peak", table
    )
    if costs.agrees is None:
        return
    console.print(
        "formulas and fvcore's trace agree exactly"
        if costs.agrees
        else "formulas and fvcore's trace DIFFER: please report the network"
    )
    console.print(f"not counted, by convention: {', '.join(costs.uncounted)}")
