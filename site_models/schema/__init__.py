"""The schema of a site model, a module a subject; `Site` is the whole."""

from site_models.schema.site import Site

__all__ = ["Site"]
