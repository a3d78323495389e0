"""Pieces of images and volumes: cut, drawn, stacked, and put together again."""
