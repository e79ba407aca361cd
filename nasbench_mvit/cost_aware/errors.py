"""The error for invalid input to the sampler."""


class SamplerError(ValueError):
    """An argument, a cheap objective or a constraint is invalid; the message names it."""
