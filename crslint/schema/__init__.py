"""Documents against schemas, as the API server judges them."""
