"""The Compare page: two or three models of the same images, under one cursor."""
