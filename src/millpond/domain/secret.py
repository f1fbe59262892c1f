"""What must not be read by whoever happens to look."""

from pydantic import PlainSerializer, SecretStr

PLAIN_IN_JSON = PlainSerializer(SecretStr.get_secret_value, return_type=str, when_used="json")
"""Makes a ``SecretStr`` that is printed as ``***`` but plain in JSON: that is the wire between servers."""
