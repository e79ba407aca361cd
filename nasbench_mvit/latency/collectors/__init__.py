"""Ways to time networks; ``contract`` says what each of them offers."""
