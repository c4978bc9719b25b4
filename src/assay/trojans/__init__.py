"""Trojans: what they are, how they get into a network, and the certificate that they work."""

from __future__ import annotations
