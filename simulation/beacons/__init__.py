"""Tagged assets walked through a site, and what its gateways hear of them: for demonstrations, tests and load."""
