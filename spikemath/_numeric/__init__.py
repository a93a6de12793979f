"""Private numerical layer: the compiled kernels and the door to the compiler (`jit.compiled`)."""
