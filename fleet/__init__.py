"""Who carries what, now? Jobs, carriers, the orchestrator core, its store and its agents."""
