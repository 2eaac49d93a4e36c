"""The few rewritings of a derivation, as of softmax with cross-entropy; imports formula."""
