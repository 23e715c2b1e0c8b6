"""The addresses that gateways and tags of a scene send under: one number after the other, as plain ids."""

from __future__ import annotations

GATEWAY, TAG = 0xAC233FC00000, 0xC30000000000
"""Where the addresses of gateways and tags begin; of the size of a Bluetooth address."""


def gateway_address(number: int) -> str:
    """The address of the gateway at this position of `Scene.gateways.ids`."""
    return f"{GATEWAY + number:012x}"


def tag_address(number: int) -> str:
    """The address of the tag at this position of `Scene.tags`."""
    return f"{TAG + number:012x}"
