"""How the training images of a class differ, or which are alike: new images are made from that."""
