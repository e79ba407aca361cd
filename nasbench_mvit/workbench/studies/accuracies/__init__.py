"""Where a search gets its accuracies from: trainings, a benchmark table or a surrogate."""
