"""The look of every page and the parts that pages are made of. Knows no cases, no officers and no database rows of its own."""
