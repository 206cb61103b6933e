"""monitor: decides what is wrong with the water and who must act, and keeps the records database."""
