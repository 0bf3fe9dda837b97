"""What a newcomer needs to read the Generate page."""

GUIDE = """
- **The prior**: the bell curve around zero that a VAE's codes are trained to fill. Codes drawn from
  it become new pictures. Where the prior draws but no image has its code, it has a *hole*: the
  decoder was never taught what to draw there.
- **From where the codes are**: codes drawn from a mixture of Gaussians, bell curves laid over the
  codes of real images. Pictures from there are better wherever the prior has holes.
- **Temperature**: codes are drawn so many times as far from the middle; 1 is the prior itself.
- **Framed pictures**: no image has a code near theirs (red), or few have (dashed).
- **Spread**: how much the codes of real images differ along one dimension, their standard
  deviation. The sliders count in spreads. A dimension that is *unused* has next to no spread.
- **Traversal**: one dimension changes along each row, all others stay.
- **Decoded map**: what the decoder draws at evenly spaced places. *Quantiles of the prior* spaces
  them so that each is equally likely to be drawn.
"""
