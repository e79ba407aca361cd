"""The error of a sampler that was given what it cannot use."""


class SamplerError(ValueError):
    """An argument, a cheap objective or a constraint is not usable; the message says which."""
