"""What an event is in bytes: content, typed data, heads, disclosures. Pure."""
