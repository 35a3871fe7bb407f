"""What a user can mend: shown as one line, without a trace."""


class InputError(ValueError):
    """Something given to us is not usable; the message names the value and what is allowed."""
