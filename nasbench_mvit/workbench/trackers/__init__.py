"""Studies, ablations and full trainings in TensorBoard, MLflow, Weights & Biases and Trackio."""
