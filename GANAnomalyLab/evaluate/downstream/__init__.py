"""What classifiers that learnt from other images are worth on the same real ones: numbers, tests and a page."""
