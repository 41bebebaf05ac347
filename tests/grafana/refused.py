"""What the fakes share: names of the account, and the way in which a program refuses something."""

ACCOUNT = "123456789012"
STACK_ID = f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/%s/8f6d3a10-1c2d-11f0-9a3b-0a1b2c3d4e5f"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
UNKNOWN = 64  # a call that nothing here plays


class Refused(Exception):
    def __init__(self, text, status=254):
        super().__init__(text)
        self.status = status
