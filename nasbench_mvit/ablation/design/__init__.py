"""The design of an ablation: its schema, arms, and what is compared with what."""
