"""What a study has found, as rows: fronts, claims, choices."""
