"""How simulated robots, lifts, porters and the tube behave: pure, driven by the agent process, the twin and tests."""
