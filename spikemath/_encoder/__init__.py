"""How operators encode: kernels with a filter, exact arithmetic where it stops; shared by all operators."""
