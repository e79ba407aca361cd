"""Fits predictor files to measured or published rows, evaluated on held-out rows."""
