"""The entry of ``python -m nasbench_mvit.predictor``; predictors themselves are in ``latency``."""
