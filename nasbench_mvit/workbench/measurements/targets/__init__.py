"""What can be measured on, one class of options for each target."""
