"""Pictures as inline SVG, one file each: plain functions from numbers to markup, coloured by the page's style sheet."""
