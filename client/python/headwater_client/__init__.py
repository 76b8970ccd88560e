"""Headwater's API as typed methods."""

from .client import Client, HeadwaterError, pages

__all__ = ["Client", "HeadwaterError", "pages"]
