"""From named axes to positions: which product is which array operation; imports formula."""
