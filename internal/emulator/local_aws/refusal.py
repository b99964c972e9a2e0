"""What the emulator answers to a request that AWS refuses."""


class Refusal(Exception):
    """AWS's error code and message, and the HTTP status that comes with them."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.status = code, status
