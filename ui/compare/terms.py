"""What a newcomer needs to read this page, besides the guide to all of them."""

GUIDE = """
- **One cursor**: over a dot, every model decodes the same image, each from its own code of it, and
  a small ring marks that image on every map. Elsewhere every model decodes the same two
  coordinates, marked by a cross. Their numbers mean something else to each model, so the pictures
  need not be alike: that is no fault of any.
- **Turned, mirrored**: a model is as good if its map is turned about zero, so B and C are turned
  to lie as A does, as well as a turn can do it for all held-out images (Procrustes). Nothing is
  shifted or stretched. Turned axes have a prime, such as z1′. **Agreement** says how alike the
  maps are then, whatever their sizes: 1 for the same map, 0 for nothing in common.
- **±, not told apart**: other images would give slightly other scores. ± is one standard error:
  how far off they would typically be. A difference of less than two of them may be chance.
- **Holes**: places where the prior would draw codes, but no data is.
"""
