"""A device: one key, one scheme (section 2, "Device keys")."""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from .keccak import keccak256

SCHEMES = {1: "ed25519", 2: "p256"}


@dataclass(frozen=True)
class DeviceKey:
    scheme: int
    key: bytes

    @property
    def id(self) -> bytes:
        """The key itself under Ed25519, keccak256(x ‖ y) under P-256: 32 bytes."""
        return self.key if SCHEMES[self.scheme] == "ed25519" else keccak256(self.key)

    def is_valid(self) -> bool:
        valid: bool = self._scheme().is_valid_key(self.key)
        return valid

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether the device signed the message. The key is one that `is_valid` accepts."""
        signed: bool = self._scheme().verify(self.key, message, signature)
        return signed

    def _scheme(self) -> ModuleType:
        """A module of `is_valid_key` and `verify`, loaded when a device has that scheme."""
        return import_module(f".{SCHEMES[self.scheme]}", __package__)
