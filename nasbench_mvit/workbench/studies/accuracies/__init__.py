"""The sources of accuracies of a search: trainings, a benchmark table, a surrogate, a supernet."""
