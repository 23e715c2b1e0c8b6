"""Engines that think longer about a dispatch problem, in the worker process."""
