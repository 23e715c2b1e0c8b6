"""Many robots on Køge for a day and more: nobody locks, nobody meets, and how much of the free flow is delivered."""
