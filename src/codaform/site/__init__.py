"""The site: pages made from the code, from a project's doc and from its documents."""
