"""The planner's pages and interface: flows, scenarios, experiments and what came of them."""
