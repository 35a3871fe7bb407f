"""Learning to rank, on windows inside the past: the blend's weights, then boosted trees."""
