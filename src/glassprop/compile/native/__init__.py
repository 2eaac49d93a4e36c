"""Emitted modules as machine code, kept between processes; imports numpy_source, system."""
