"""One stored image, to begin from."""

import pytest

from gallery.models import Image
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.heart import uploaded


@pytest.fixture
def image(organization: Organization, upload: Upload) -> Image:
    return uploaded(organization, upload())
