"""Four kinds of tests of every strategy: bad arguments, all valid, the nasty cases reachable, failures shrink well."""
