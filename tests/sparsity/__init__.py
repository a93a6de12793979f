"""Maximum sparsity: the optimum, the crossings, and the exhaustive oracle."""
