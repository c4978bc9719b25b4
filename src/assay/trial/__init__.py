"""The judge on trial: what is known of its answers where people answered too."""
