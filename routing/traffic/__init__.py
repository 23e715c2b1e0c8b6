"""Who goes first where robots share the ways: cells, drives in safe intervals, and the order that execution keeps."""
