"""THE ONE DOOR IN. Every write to the record is an entry: numbered without gaps, in commit order, chained by hash."""
