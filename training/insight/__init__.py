"""Look closer than the means: slices, beyond accuracy, revenue, half-lives, earlier origins."""
