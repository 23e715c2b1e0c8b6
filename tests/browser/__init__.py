"""The pages in a real browser: a package, so that its one service ends with the last of its tests."""
