"""network_costs: what networks cost, by closed formulas and, where asked for, by a trace."""

import dataclasses
from dataclasses import dataclass

import pandas as pd

from nasbench_mvit.cost.analytic import count_costs_many
from nasbench_mvit.cost.memory import peak_activation_mb
from nasbench_mvit.workbench.shared.named_networks import Networks, names_and_specs


@dataclass(frozen=True, kw_only=True)
class NetworkCosts:
    """The costs of networks for one image.

    Attributes:
        networks: a row for each: network (its name or id), resolution in pixels, params, macs,
            activation_bytes, peak_activation_mb; traced_params and traced_macs where they were
            asked for.
        agrees: whether formulas and trace agree in every network; None without a trace.
        uncounted: operators that ran in a trace and that the convention leaves out.
    """

    networks: pd.DataFrame
    agrees: bool | None
    uncounted: tuple[str, ...]


def network_costs(
    networks: Networks, *, resolution: int | None = None, trace: bool = False
) -> NetworkCosts:
    """Return the costs of networks, by the conventions of ``cost.analytic`` and ``cost.memory``.

    Args:
        networks: at least one.
        resolution: side of the image in pixels, in place of the networks' own.
        trace: whether to build each network and count it by fvcore too, which loads torch.

    Raises:
        SpecError: the resolution does not suit the networks.

    >>> from nasbench_mvit import published
    >>> found = network_costs([published("mobilevit_xxs")], resolution=224)
    >>> found.networks.params.tolist()
    [1272024]
    """
    names, specs = names_and_specs(networks)
    if resolution is not None:
        specs = [dataclasses.replace(spec, resolution=resolution) for spec in specs]
    costs = count_costs_many(specs)
    frame = pd.DataFrame(
        {
            "network": names,
            "resolution": [spec.resolution for spec in specs],
            "params": costs.params,
            "macs": costs.macs,
            "activation_bytes": costs.activation_bytes,
            "peak_activation_mb": peak_activation_mb(specs),
        }
    )
    if not trace:
        return NetworkCosts(networks=frame, agrees=None, uncounted=())
    from nasbench_mvit.cost.traced import trace_costs  # noqa: PLC0415 - loads torch

    traces = [trace_costs(spec) for spec in specs]
    frame = frame.assign(
        traced_params=[traced.params for traced in traces],
        traced_macs=[traced.macs for traced in traces],
    )
    agrees = (frame.params == frame.traced_params) & (frame.macs == frame.traced_macs)
    uncounted = set().union(*(traced.uncounted for traced in traces))
    return NetworkCosts(
        networks=frame, agrees=bool(agrees.all()), uncounted=tuple(sorted(uncounted))
    )
