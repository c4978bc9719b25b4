"""Pictures that somebody hands in, judged without the code that made them."""
