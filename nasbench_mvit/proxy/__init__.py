"""Does a short proxy rank networks as longer training does? Trainings, figures, a verdict."""
