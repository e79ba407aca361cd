"""How a benchmark table is made, and what is to be known of it before it is trusted."""
