"""Units, officers, their duties, and the one function that says what an officer may see."""
