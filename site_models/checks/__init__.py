"""The rules that a site must keep beyond its schema, a module a subject; `site_models.check` calls them all."""
