"""A formula as understood: names resolved, functions chosen, every silent conversion written down."""
