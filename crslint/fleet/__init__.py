"""Documents resolved into entities: what they say and how they relate, each fact with an address, no opinion."""
