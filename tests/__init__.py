"""The tests; a package of their own, so that no installed package that calls itself `tests` hides them from workers."""
