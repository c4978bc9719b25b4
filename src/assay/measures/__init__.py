"""Pure functions: rates, intervals, agreement. Nothing here knows of networks or stores."""

from __future__ import annotations
