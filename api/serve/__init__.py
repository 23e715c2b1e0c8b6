"""`portor serve`: the supervisor that starts the parts of the service, keeps them running and stops them together."""
