"""How a training run is kept while it goes on, and gone on with; imports model_file, callbacks."""
