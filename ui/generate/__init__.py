"""The Generate page: samples, one code and its dimensions, the decoded map."""
