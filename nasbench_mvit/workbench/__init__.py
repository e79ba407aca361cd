"""What a person does with the package, as functions: no console, no options."""
