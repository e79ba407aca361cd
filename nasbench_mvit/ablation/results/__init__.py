"""What the trainings of an ablation show, as data, sentences, tables and files."""
