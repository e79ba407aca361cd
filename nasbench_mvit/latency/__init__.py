"""How long a network takes on a device: predictors, what they were made from, and how well."""
