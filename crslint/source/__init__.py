"""Bytes to documents: plain data, positions on demand, embedded layers opened."""
