"""Parts of the drawing of a flow: words for people, blocks that place themselves, and their looks."""
