"""Nielsen's network.py and mnist_loader.py, public as glassprop.nielsen; imports all but cli."""
