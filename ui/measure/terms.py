"""What a newcomer needs to read this page, besides the guide to all of them."""

GUIDE = """
- **Held-out images** were not used for training: what a model makes of them shows what it has
  learnt, not what it remembers. All numbers are about them.
- **±** is one standard error, unless a table says otherwise: how far off the number would typically
  be with other images of the same kind. Two numbers less than about three of them apart may
  differ by chance.
- **Likelihood**: how well the model foresees an image. It is told as what the image costs, in nats:
  less is better. The **−ELBO** is an upper bound of that cost; **exact** means a sum
  over a fine grid of codes, with nothing left to chance.
- **Rate** is what the code tells of an image, **distortion** what is still missing once the code is
  known. Their sum is the −ELBO.
- **Collapse**: a VAE may stop using a dimension of its code; its posterior is then the prior,
  and says nothing of the image.
- **Exact posterior**: how likely each code is to be the one that made this image. The
  encoder's answer, an ellipse, is an approximation of it.
- **Anomaly score**: how strange an image is to the model. **AUROC** is how often a strange image
  gets the higher score than a normal one: 1 always, 0.5 by chance.
"""
