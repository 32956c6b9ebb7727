"""The person at the keyboard: what they are told and asked."""

import getpass
import sys
import warnings

from deploy.errors import DeployError


class Terminal:
    """Speaks on standard output and asks on standard input; secrets are asked for without echo."""

    @property
    def is_interactive(self) -> bool:
        """Whether somebody is there to answer."""
        return sys.stdin.isatty()

    def say(self, words: str = "") -> None:
        """Tell something, at once."""
        sys.stdout.write(f"{words}\n")
        sys.stdout.flush()

    def ask(self, question: str) -> str:
        """
        Ask for something that may be seen.

        Raises:
            DeployError: nobody answers.
        """
        sys.stdout.write(question)
        sys.stdout.flush()
        answer = sys.stdin.readline()
        if not answer:
            raise DeployError("Nobody answered. Run this in a terminal.")
        return answer.strip()

    def ask_secret(self, question: str) -> str:
        """
        Ask for something that nobody may see.

        Raises:
            DeployError: there is no terminal on which typing can be hidden.
        """
        try:
            with warnings.catch_warnings():
                # Python would fall back to showing what is typed.
                warnings.simplefilter("error", getpass.GetPassWarning)
                return getpass.getpass(question).strip()
        except (getpass.GetPassWarning, EOFError):
            raise DeployError(
                "Secrets are asked for without echo, and here is no terminal that can. Run this in a terminal."
            ) from None
