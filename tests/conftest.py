"""What all tests share: one way to search for counterexamples, without time limits that a busy machine would break."""

from __future__ import annotations

import hypothesis

hypothesis.settings.register_profile("portor", deadline=None, max_examples=60, print_blob=True)
hypothesis.settings.load_profile("portor")
