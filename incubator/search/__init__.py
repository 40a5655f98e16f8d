"""What is found by which words: one index of stemmed text over all kinds of records."""
