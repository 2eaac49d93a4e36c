"""What a run computed: forward passes, targets and costs, by their values. Imports `execution`."""
