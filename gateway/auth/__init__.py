"""Who is asking: API keys of parties and of the operator."""
