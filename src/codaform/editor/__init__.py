"""codaform inside an editor: a language server over stdin and stdout, and the grammar that editors colour with."""
