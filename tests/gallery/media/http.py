"""Read responses to their end."""

from typing import Any


def body_of(response: Any) -> bytes:
    """Return all bytes, however they arrive."""
    if response.streaming:
        return b"".join(response.streaming_content)
    content: bytes = response.content
    return content


def status_of(response: Any) -> int:
    """Return the status and read the rest away."""
    body_of(response)
    status: int = response.status_code
    return status


def assert_refused(response: Any, status: int) -> None:
    """Show that it is a refusal in plain text that nobody keeps and that tells nothing."""
    assert response.status_code == status
    assert response["Content-Type"] == "text/plain"
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "ETag" not in response
    assert "Last-Modified" not in response
    assert b"<" not in body_of(response)
