"""What is said to people, and the platforms it is said on."""
