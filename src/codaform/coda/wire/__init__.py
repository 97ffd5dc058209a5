"""The shapes on the wire of Coda's APIs: ids, formats, values and formula texts, for both ends."""
