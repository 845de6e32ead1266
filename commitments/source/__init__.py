"""THE TEXT. Pure Python: from the bytes of an edition to its outline, its anchors and its names."""
