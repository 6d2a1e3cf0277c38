"""The one renderer: what a figure says as data becomes SVG here, and no other file makes a shape of its own."""
