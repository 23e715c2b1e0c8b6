"""How one gets there, and who goes: the floor graph, paths, travel times, the tube and the dispatch problems."""
