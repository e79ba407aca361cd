"""From measured or published rows to a predictor file, judged by rows left out."""
