"""Makes the model: reads events, fits, evaluates, and hands the result to MLflow."""
