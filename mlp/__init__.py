"""A multi-layer perceptron from scratch in NumPy: a stack of networks trained together."""
