"""Rules for conditional parameters, inferred from trials.

A parameter that some trials lack depends on others that were chosen before it: it applies where
each of these has a value with which it was observed.
"""

from collections.abc import Hashable, Mapping, Sequence

from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

from nasbench_mvit.cost_aware.encoding import Parameters

MAX_CHOICES = 64  # of a parameter that another may depend on
Rule = Mapping[str, set[Hashable]]


class Conditions:
    """The rules of the parameters that some trials lack."""

    def __init__(
        self, tried: Sequence[Parameters], distributions: Mapping[str, BaseDistribution]
    ) -> None:
        """Infer the rules from trials, whose parameters are in the order in which they were chosen.

        Args:
            tried: the parameters of each trial.
            distributions: the distribution of every parameter.
        """
        #: Names of the parameters that some trials lack.
        self.optional = {
            name for name in distributions if not all(name in parameters for parameters in tried)
        }
        switches = [name for name, d in sorted(distributions.items()) if _can_switch(d)]
        self._rules: dict[str, Rule] = {
            name: _rule(name, tried, switches) for name in sorted(self.optional)
        }
        #: All parameters, each after those that it depends on.
        self.order = sorted(distributions, key=lambda name: (self._depth(name), name))

    def _depth(self, name: str) -> int:
        """Return the length of a parameter's longest chain of dependencies.

        Rules have no cycle: a parameter depends only on those chosen before it in every trial.
        """
        if name not in self._rules:
            return 0
        return 1 + max((self._depth(switch) for switch in self._rules[name]), default=0)

    def applies(self, name: str, before: Parameters) -> bool:
        """Return whether a parameter applies, given those ``before`` it in the order."""
        if (rule := self._rules.get(name)) is None:
            return True
        return all(switch in before and before[switch] in seen for switch, seen in rule.items())

    def active(self, values: Parameters) -> dict[str, Hashable]:
        """Return the entries of ``values`` whose parameters apply.

        ``values`` has every parameter.
        """
        if not self.optional:
            return {name: values[name] for name in self.order}
        applying: dict[str, Hashable] = {}
        for name in self.order:
            if self.applies(name, applying):
                applying[name] = values[name]
        return applying


def _can_switch(distribution: BaseDistribution) -> bool:
    """Return whether others may depend on a parameter: values that rarely repeat overfit."""
    return _num_choices(distribution) <= MAX_CHOICES


def _num_choices(distribution: BaseDistribution) -> int:
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    if isinstance(distribution, IntDistribution):
        return (distribution.high - distribution.low) // distribution.step + 1
    return MAX_CHOICES + 1


def _rule(name: str, tried: Sequence[Parameters], switches: Sequence[str]) -> Rule:
    """Infer the rule that separates the trials with a parameter from those without it.

    Switches are added greedily: each time the one that explains the most trials without the
    parameter, and among equals the one with the fewest values.
    """
    having = [parameters for parameters in tried if name in parameters]
    lacking = [parameters for parameters in tried if name not in parameters]
    orders = {tuple(parameters) for parameters in having}  # few, however many trials there are
    earlier = [set(order[: order.index(name)]) for order in orders]
    before = set.intersection(*earlier) if earlier else set()
    allowed = {
        switch: {parameters[switch] for parameters in having}
        for switch in switches
        if switch in before
    }
    rule: dict[str, set[Hashable]] = {}
    while lacking and allowed:
        explained = {
            switch: sum(p.get(switch, _NEVER) not in seen for p in lacking)
            for switch, seen in allowed.items()
        }
        best = min(allowed, key=lambda s: (-explained[s], len(allowed[s]), s))
        if not explained[best]:
            break
        rule[best] = allowed.pop(best)
        lacking = [p for p in lacking if p.get(best, _NEVER) in rule[best]]
    return rule


_NEVER = object()  # no value of any parameter
