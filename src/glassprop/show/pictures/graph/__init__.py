"""Where all is in the picture of a graph: rows, order, edges; imports text_width."""
