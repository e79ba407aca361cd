"""Full trainings: one network by the recipe of the paper."""
