"""The pneumatic tube in its design hour: the real core, the simulated plant, and a judge of their own ways."""
