"""The laws of the operators and norms as properties, with the data and the checks they share."""
