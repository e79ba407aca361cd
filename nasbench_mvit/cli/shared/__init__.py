"""What the commands share: the parser, engines, run directories."""
