"""The engine: any chain of geometric transforms is one affine map plus one displacement, and one resampling."""
