"""THE RULES. Pure Python: scales, status, roll-ups, periods and silence, as functions of dates and never of now()."""
