"""crslint's own configuration: found, read into plain data, and asked which rules run where."""
