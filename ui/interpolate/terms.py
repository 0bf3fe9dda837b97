"""What a newcomer needs to read the page."""

GUIDE = """
- **A and B**: two codes. Each is that of an image, the mean of a class, a place of the map, or
  numbers of your own. The pictures on the way are what the decoder draws for the codes between.
- **Straight**: the shortest way for the codes. **Spherical**: around zero. **Geodesic**: the
  shortest way for the *pictures*. The decoder bends space: where it changes its mind fast, a small
  step of the code is a long way for the picture, and the geodesic goes around.
- **Change of the picture**: how far the picture travels, the root of the summed squared changes of
  its pixels (0 is black, 1 is white), added up along the path. One pixel from black to white is 1.
- **Equal steps in code** are equally long on the map (in all dimensions of the code); the picture
  may stand still and then jump. **Equal steps in picture** change the picture equally.
- **Near**: how many real images have codes close to a step. Where there are none, the decoder was
  never taught what to draw.
- **The dot** on the path goes with the large picture; **Play** takes it there and back.
"""
