"""A model in MLflow: logged, registered, promoted, rolled back, exported."""
