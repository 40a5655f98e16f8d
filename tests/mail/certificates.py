"""Certificates for mail servers, made when a test needs them."""

from pathlib import Path

import trustme


class Certificates:
    """An authority made for one test run, and what it vouches for."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self.authority = folder / "authority.pem"
        authority.cert_pem.write_to_path(self.authority)
        self.good = self._issue(authority, "127.0.0.1", folder / "good.pem")
        self.of_another_host = self._issue(authority, "mail.example.org", folder / "other.pem")
        self.of_nobody = self._issue(trustme.CA(), "127.0.0.1", folder / "nobody.pem")

    def _issue(self, authority: trustme.CA, host: str, path: Path) -> Path:
        authority.issue_cert(host).private_key_and_cert_chain_pem.write_to_path(path)
        return path
