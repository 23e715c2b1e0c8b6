"""Who carries what, in which order: the dispatch problem, its checker, insertion and the solving engines."""
