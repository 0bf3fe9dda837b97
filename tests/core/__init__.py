"""Tests of vae_core, one file per module."""
