"""Talk to the gallery API with nothing but the standard library.

    python client.py http://127.0.0.1:8000 member@example.com PASSWORD acme a.jpg b.jpg

uploads pictures into the gallery of an organisation, makes the last one its cover and prints it.
"""

import json
import random
import sys
import time
import uuid
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ATTEMPTS = 5
MAY_PASS = {429, 502, 503, 504}  # and 409, while the first attempt still runs
JSON = "application/json"


class GalleryError(Exception):
    """A refusal: `problem` is the whole answer, and programs branch on `code` (docs/api.md)."""

    def __init__(self, refusal: HTTPError) -> None:
        is_json = refusal.headers.get_content_subtype().endswith("json")
        self.problem = json.loads(refusal.read()) if is_json else {}
        self.status = refusal.code
        self.code = self.problem.get("code", "")
        seconds = refusal.headers.get("Retry-After", "")
        self.retry_after = int(seconds) if seconds.isdecimal() else 0
        super().__init__(self.problem.get("detail", f"status {refusal.code}"))


class Gallery:
    """The images of one organisation, and its own gallery."""

    def __init__(self, site: str, email: str, password: str, slug: str) -> None:
        self.api = f"{site.rstrip('/')}/api/v1/"
        self.headers = {"Accept": JSON}
        tokens = self.send("POST", "token/pair/", {"email": email, "password": password})
        self.headers["Authorization"] = f"Bearer {tokens['access']}"
        self.library = f"images/orgs/{slug}/images/"
        self.path = f"{self.library}orgs/organization/{self.send('GET', f'orgs/{slug}/')['id']}/"

    def upload(self, picture: Path, **fields: str) -> Any:
        """Upload a picture; return the image."""
        return self.send("POST", self.library, *form(picture, fields))

    def attach(self, *image_ids: int) -> Any:
        """Attach images, all or none; return their relations."""
        return self.send("POST", self.path, {"image_ids": image_ids})

    def set_cover(self, image_id: int) -> None:
        """Make an attached image the cover."""
        self.send("POST", f"{self.path}set_cover/", {"image_id": image_id})

    def set_focal_point(self, image_id: int, x: float, y: float) -> Any:
        """Move the point that crops keep, as fractions from the top left; return the image."""
        return self.send("PATCH", f"{self.library}{image_id}/", {"focal_point": {"x": x, "y": y}})

    def relations(self) -> Any:
        """Return the gallery, in order."""
        return self.send("GET", f"{self.path}?limit=200")["results"]

    def send(self, method: str, path: str, body: Any = None, content_type: str = JSON) -> Any:
        """Send a request, again with the same key while that may help; return the answer."""
        content = json.dumps(body).encode() if content_type == JSON and body is not None else body
        key = {"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}
        headers = {**self.headers, **key, "Content-Type": content_type}
        request = Request(self.api + path, content, headers, method=method)
        for attempt in range(1, ATTEMPTS):
            pause = 0.5 * 2**attempt * random.random()
            try:
                return answer_to(request)
            except GalleryError as error:
                if error.status not in MAY_PASS and error.code != "idempotency_key_in_use":
                    raise
                pause = max(pause, error.retry_after)
            except (URLError, HTTPException, ConnectionError, TimeoutError):
                pass  # perhaps only the answer was lost
            time.sleep(pause)
        return answer_to(request)


def answer_to(request: Request) -> Any:
    """Send a request once; raise GalleryError if it is refused."""
    try:
        with urlopen(request, timeout=120) as answer:
            return json.loads(answer.read() or b"null")
    except HTTPError as refusal:
        raise GalleryError(refusal) from None


def form(picture: Path, fields: dict[str, str]) -> tuple[bytes, str]:
    """Write a form with one file; return it with its content type."""
    boundary = uuid.uuid4().hex
    begin = f"--{boundary}\r\nContent-Disposition: form-data; name="
    head = "".join(f'{begin}"{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    head += f'{begin}"file"; filename={json.dumps(picture.name, ensure_ascii=False)}\r\n\r\n'
    content = head.encode() + picture.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
    return content, f"multipart/form-data; boundary={boundary}"


def main(site: str, email: str, password: str, slug: str, *pictures: str) -> None:
    """Fill the gallery of an organisation, and say what it looks like then."""
    gallery = Gallery(site, email, password, slug)
    images = [gallery.upload(Path(each), title=Path(each).stem) for each in pictures]
    gallery.attach(*(image["id"] for image in images))
    gallery.set_cover(images[-1]["id"])
    gallery.set_focal_point(images[-1]["id"], 0.25, 0.5)
    for each in gallery.relations():
        print(each["title"], each["image"]["focal_point"], "cover" if each["is_cover"] else "")


if __name__ == "__main__":
    main(*sys.argv[1:])
