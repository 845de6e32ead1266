"""Static files with hashed names, compressed once with gzip."""

from typing import Any

from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class GzipOnly(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Brotli is here because PDF needs it for fonts; at its slowest, which is what WhiteNoise asks of it, it makes the start of the
    tracker 25 s longer and the pages 4 kB smaller."""

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(use_brotli=False, **options)
