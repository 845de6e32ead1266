"""The desk: pages for those who keep the record."""
