"""What the functions share: run directories, engines, plans of trainings, progress."""
