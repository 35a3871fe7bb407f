"""May the challenger answer? It is compared with the champion and the baselines, and checked."""
