"""Predictors of latency: fitted to measurements, transferred, evaluated and used."""
