"""What a newcomer needs to read the Draw page."""

GUIDE = """
- **What the model sees**: your picture, cut out, scaled and centred as the images were that the
  model has learnt from. Drawn otherwise, the same digit would land elsewhere.
- **The ring** is your picture's code on the map. The encoder is not sure of it: the ellipse is one
  sigma wide, and shown enlarged, since it is small. **P** is a code that you can drag.
- **Codes it could have had**: drawn from that ellipse, and decoded.
- **Nearest images**: those whose codes are nearest, with the distance in latent units.
- **Compression**: the code is all that is kept of the picture. The decoder that unpacks it is not
  counted, since it is the same for all pictures.
"""
