"""A run in MLflow: its store, its params and figures, its steps, and runs that died."""
