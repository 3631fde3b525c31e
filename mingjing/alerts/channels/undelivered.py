"""What a channel raises when a message did not arrive; the text says why, without contents of the message."""


class Undelivered(Exception):
    pass
