"""What each style does to the pixels of a painted scene."""
