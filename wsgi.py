"""The application object that servers and the `flask` command load."""

from incubator.app import create_app

app = create_app()
