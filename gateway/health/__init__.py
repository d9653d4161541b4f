"""Is the process alive, and can it be used?"""
