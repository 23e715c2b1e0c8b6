"""How the parts talk: typed messages over ZeroMQ with CURVE, numbered so that each is accepted once."""
