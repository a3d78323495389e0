"""Copies of the images of a folder, each altered by a preset."""
