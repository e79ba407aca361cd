"""The scores by name, with where each was defined; no torch."""

SOURCES = {
    "grad_norm": "Abdelfattah et al. 2021",
    "snip": "Lee et al. 2019",
    "synflow": "Tanaka et al. 2020",
    "naswot": "Mellor et al. 2021",
    "zico": "Li et al. 2023",
    "jacob_cov": "Mellor et al. 2020",
}
NAMES = tuple(SOURCES)
