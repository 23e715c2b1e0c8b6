"""The OpenAPI description: what FastAPI writes, with every error in the one shape and no other."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from api.problems import MEDIA_TYPE, ProblemOut

FIRST_ERROR = 400


class DescribedApp(FastAPI):
    """An application whose errors are problems, in its description too."""

    def openapi(self) -> dict[str, Any]:
        """Return the description; of the errors only the problem shape is left."""
        description = super().openapi()
        schemas = description["components"]["schemas"]
        problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
        for name, shape in {**problem.pop("$defs"), ProblemOut.__name__: problem}.items():
            schemas.setdefault(name, shape)
        for operations in description["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= FIRST_ERROR:
                        answer["content"] = {
                            MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemOut.__name__}"}}
                        }
        return description
