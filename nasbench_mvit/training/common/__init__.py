"""What every training shares: device, seeds, averages, sizes, processes."""
