"""``surrogate``: make a surrogate, or report its error."""
