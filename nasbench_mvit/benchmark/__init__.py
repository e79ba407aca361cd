"""The making of benchmark tables and surrogates, and their data sheets."""
