"""What a newcomer needs to read the Arithmetic page."""

GUIDE = """
- **Code**: the few numbers into which the encoder squeezes an image; the decoder draws an image
  from them. Codes can be added and subtracted like any numbers.
- **Mean code of a group**: the average of its images' codes, here of held-out images, which the
  model was not trained on. The pictures in the brackets are what the decoder draws for it.
- **The difference**, plus − minus, is a direction: the way from one group to the other. Added to
  the code of *any* image it takes the image that way; × says how far. The map shows it: from −
  to +, and once more from the start, the ring.
- **Groups** can be classes, or whatever you draw around on the map: try the two ends of a class.
- **Inside, edge, outside**: whether there are images with such codes. Outside, the decoder
  invents.
- **With pixels**: the same sum with the pictures themselves. It lays pictures over each other,
  where the sum with codes draws one that could be an image.
- **Can the direction be trusted?** *Any* two groups have a difference, random ones too. So each
  figure stands beside the same figure for random groups or random directions.
"""
