"""Patient flows as data: what is declared in a site's YAML, what is wrong with it, and the plan that engines run."""
