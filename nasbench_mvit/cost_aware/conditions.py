"""Which parameters apply where, learnt from trials.

A parameter that some trials lack hangs on others that were chosen before it: it applies where each
of these has a value with which it was seen.
"""

from collections.abc import Hashable, Mapping, Sequence

from optuna.distributions import BaseDistribution, CategoricalDistribution, IntDistribution

from nasbench_mvit.cost_aware.encoding import Parameters

MAX_CHOICES = 64  # of a parameter that another may hang on
Rule = Mapping[str, set[Hashable]]


class Conditions:
    """The rules of parameters that some trials lack."""

    def __init__(
        self, tried: Sequence[Parameters], distributions: Mapping[str, BaseDistribution]
    ) -> None:
        """Learn from trials, whose parameters stand in the order in which they were chosen.

        Args:
            tried: the parameters of each trial.
            distributions: of every parameter that occurs.
        """
        #: Parameters that some trials lack.
        self.optional = {
            name for name in distributions if not all(name in parameters for parameters in tried)
        }
        switches = [name for name, d in sorted(distributions.items()) if _can_switch(d)]
        self._rules: dict[str, Rule] = {
            name: _rule(name, tried, switches) for name in sorted(self.optional)
        }
        #: All parameters, each after those that it hangs on.
        self.order = sorted(distributions, key=lambda name: (self._depth(name), name))

    def _depth(self, name: str) -> int:
        """Return how many steps a parameter hangs below one that always applies.

        Rules have no circle: whatever a parameter hangs on was chosen before it in every trial.
        """
        if name not in self._rules:
            return 0
        return 1 + max((self._depth(switch) for switch in self._rules[name]), default=0)

    def applies(self, name: str, before: Parameters) -> bool:
        """Say whether a parameter applies beside those ``before`` it in the order."""
        if (rule := self._rules.get(name)) is None:
            return True
        return all(switch in before and before[switch] in seen for switch, seen in rule.items())

    def kept(self, values: Parameters) -> dict[str, Hashable]:
        """Return those of the values, which must be given for all parameters, that apply."""
        if not self.optional:
            return {name: values[name] for name in self.order}
        applying: dict[str, Hashable] = {}
        for name in self.order:
            if self.applies(name, applying):
                applying[name] = values[name]
        return applying


def _can_switch(distribution: BaseDistribution) -> bool:
    """Say whether others may hang on a parameter; one that seldom repeats explains anything."""
    return _num_choices(distribution) <= MAX_CHOICES


def _num_choices(distribution: BaseDistribution) -> int:
    if isinstance(distribution, CategoricalDistribution):
        return len(distribution.choices)
    if isinstance(distribution, IntDistribution):
        return (distribution.high - distribution.low) // distribution.step + 1
    return MAX_CHOICES + 1


def _rule(name: str, tried: Sequence[Parameters], switches: Sequence[str]) -> Rule:
    """Return what tells the trials that have a parameter from those that lack it.

    One switch after the other is added, each time the one that explains the most trials without
    the parameter; of several, that with the fewest values, for more trials will tell them apart.
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
