"""The dispatcher process: the shell around the orchestrator core, and the only writer of the fleet's state."""
