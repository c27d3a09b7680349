"""When the volume of a rule's hits is news: counts, spikes, silence, words never seen before."""
