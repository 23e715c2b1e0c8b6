"""The store's tests run on both databases."""

from tests.support.databases import database_url, empty_database_url, engine

__all__ = ["database_url", "empty_database_url", "engine"]
