"""`{% rendition %}` and `{% picture %}`: what a browser reads, whatever the words are."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, cast

import pytest
from django.template import Context, Engine, Template, TemplateSyntaxError
from django.utils.safestring import mark_safe

from gallery.exceptions import MixedRatios, UnknownRendition
from gallery.models import Image, PolymorphicImageRelation
from orgs.models import Organization
from tests.conftest import Upload
from tests.gallery.api.harness import attach, library_of
from tests.gallery.heart import SETS, uploaded, watched_storage
from tests.testapp.models import Album, Photo

Element = tuple[str, dict[str, str | None]]
WORDS = {"alt_text": 'A boat & its "sail"', "placeholder_color": "#aabbcc"}
HASH = "1QcSHQRnh493V4dIh4eXh1h4kJUI"
HOSTILE = [
    '"><script>alert(1)</script>',
    "' onerror='alert(1)",
    '" onload="alert(1)',
    "</picture><svg onload=alert(1)>",
    "--><img src=x onerror=alert(1)>{{ settings.SECRET_KEY }}",
    "&quot;><b>\n\t`",
]


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names))
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data.strip()


def written(source: str, **context: Any) -> str:
    return Template("{% load gallery %}" + source).render(Context(context))


def elements(source: str, **context: Any) -> list[Element]:
    """Return the elements that a browser finds, and show that there is no text around them."""
    parser = _Elements()
    parser.feed(written(source, **context))
    parser.close()
    assert parser.text == ""
    return parser.found


def img(source: str, **context: Any) -> dict[str, str | None]:
    """Return the attributes of the `img`."""
    tag, attributes = elements(source, **context)[-1]
    assert tag == "img"
    return attributes


def an_image(**values: Any) -> Image:
    """Return an image that is nowhere but in memory."""
    image = Image(**{"width": 1200, "height": 900, **values})
    image.__dict__["file"] = "images/a.jpg"
    return image


# --- {% rendition %} --------------------------------------------------------------------------


def test_rendition__printed__is_its_url() -> None:
    image = an_image(ppoi=(0.3, 0.7))
    relation = PolymorphicImageRelation(image=image, ppoi=(0.1, 0.2))
    photo = Photo(image_width=90, image_height=90)
    photo.__dict__["image"] = "testapp/photos/p.png"
    source = '{% rendition it "NAME" %}'

    assert written(source.replace("NAME", "md"), it=image) == "/media/images/a_md.webp"
    thumb = source.replace("NAME", "thumb")
    assert written(thumb, it=image) == "/media/images/a_thumb-30x70.webp"
    assert written(thumb, it=relation) == "/media/images/a_thumb-10x20.webp"
    wide = written(source.replace("NAME", "wide"), it=photo)
    assert wide == "/media/testapp/photos/p_wide.webp"


def test_rendition__with_as__has_url_and_size() -> None:
    source = '{% rendition it "md" as md %}{{ md }} {{ md.url }} {{ md.width }}x{{ md.height }}'

    url = "/media/images/a_md.webp"
    assert written(source, it=an_image()) == f"{url} {url} 1024x768"


def test_tags__of_urls_that_mean_something_in_html__escape_them(settings: Any) -> None:
    settings.MEDIA_URL = 'https://media.example/?a="1&amp='
    url = f"{settings.MEDIA_URL}images/a_lg.webp"

    assert elements('<i t="{% rendition it "lg" %}">', it=an_image()) == [("i", {"t": url})]
    found = img("{% picture it %}", it=an_image())
    assert found["src"] == url
    assert str(found["srcset"]).endswith(f", {url} 1200w")


@pytest.mark.parametrize("tag", ['rendition it "huge"', 'picture it names="sm huge"'])
def test_tags__of_an_unknown_name__raise_and_name_the_known(tag: str) -> None:
    with pytest.raises(UnknownRendition, match=r"'huge'; there are: thumb, sm, md, lg\."):
        written(f"{{% {tag} %}}", it=an_image())


@pytest.mark.parametrize("name", ["empty", "none", "text", "missing.cover"])
@pytest.mark.parametrize("tag", ['rendition {} "wide"', 'rendition {} "no" as no', "picture {}"])
def test_tags__of_nothing__write_nothing(tag: str, name: str) -> None:
    source = f"{{% {tag.format(name)} %}}"

    assert written(source, empty=Photo(name="empty"), none=None, text="").strip() == ""


@pytest.mark.parametrize("tag", ['rendition it "md"', "picture it"])
def test_tags__of_something_else__raise(tag: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="not a Album"):
        written(f"{{% {tag} %}}", it=Album())


# --- {% picture %} ----------------------------------------------------------------------------


def test_picture__is_what_a_browser_needs(settings: Any) -> None:
    both = [(f"{n}{size}", f"{n}_fit__{size}x{size}") for n in ("jpeg", "avif") for size in (6, 12)]
    setattr(settings, SETS, {"gallery": both})
    image = an_image(ppoi=(0.3, 0.7), placeholder_thumbhash=HASH, **WORDS)

    urls = "/media/images/a_{0}6.{1} 6w, /media/images/a_{0}12.{1} 12w"
    wide = "(min-width: 60em) 50vw, 100vw"
    assert elements(f'{{% picture it sizes="{wide}" class="hero wide" %}}', it=image) == [
        ("picture", {}),
        ("source", {"type": "image/avif", "srcset": urls.format("avif", "avif"), "sizes": wide}),
        (
            "img",
            {
                "class": "hero wide",
                "loading": "lazy",
                "decoding": "async",
                "srcset": urls.format("jpeg", "jpg"),
                "sizes": wide,
                "src": "/media/images/a_jpeg12.jpg",
                "width": "12",
                "height": "9",
                "alt": WORDS["alt_text"],
                "style": "object-position: 30% 70%; background-color: #aabbcc",
                "data-thumbhash": HASH,
            },
        ),
    ]


def test_picture__without_style__has_the_same_in_data() -> None:
    image = an_image(ppoi=(0.3, 0.7), placeholder_thumbhash=HASH, **WORDS)
    found = img("{% picture it style=False %}", it=image)

    assert "style" not in found
    assert found["data-focal-point"] == "30% 70%"
    assert found["data-placeholder-color"] == "#aabbcc"
    assert found["data-thumbhash"] == HASH


def test_picture__with_other_options__does_what_they_say() -> None:
    image = an_image(placeholder_thumbhash=HASH, **WORDS)
    hero = img(
        '{% picture it loading="eager" fetchpriority="high" alt="" placeholder=False %}', it=image
    )

    assert (hero["loading"], hero["fetchpriority"], hero["alt"]) == ("eager", "high", "")
    assert hero.keys().isdisjoint({"style", "data-thumbhash", "class"})
    quiet = img("{% picture it style=False placeholder=False %}", it=image)
    assert not any(name.startswith("data-") for name in quiet)
    assert "fetchpriority" not in quiet
    assert (quiet["sizes"], quiet["alt"]) == ("100vw", WORDS["alt_text"])
    crop = img('{% picture it names=names sizes="" %}', it=image, names=["thumb"])
    assert (crop["src"], crop["sizes"]) == ("/media/images/a_thumb.webp", "100vw")


def test_picture__of_the_original_alone__has_no_srcset(settings: Any) -> None:
    setattr(settings, SETS, {"gallery": []})
    found = img("{% picture it %}", it=an_image())

    assert (found["src"], found["width"], found["height"]) == ("/media/images/a.jpg", "1200", "900")
    assert found.keys().isdisjoint({"srcset", "sizes"})


def test_picture__numbers__are_not_written_for_people(settings: Any) -> None:
    settings.USE_THOUSAND_SEPARATOR = True

    assert img("{% picture it %}", it=an_image())["width"] == "1200"


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("around", ["{}", "{{% autoescape off %}}{}{{% endautoescape %}}"])
@pytest.mark.parametrize("mark", [str, mark_safe])
def test_picture__of_hostile_words__stays_the_same_elements(
    words: str, around: str, mark: Any
) -> None:
    options = {"it": an_image(alt_text=mark(words), title=words), "words": mark(words)}
    harmless = {"it": an_image(alt_text="a"), "words": "w"}
    for tag, name in (
        ("{% picture it %}", "alt"),
        ("{% picture it alt=words %}", "alt"),
        ("{% picture it class=words %}", "class"),
        ("{% picture it sizes=words %}", "sizes"),
    ):
        source = around.format(tag)
        found = elements(source, **options)
        assert [(tag, attributes.keys()) for tag, attributes in found] == [
            (tag, attributes.keys()) for tag, attributes in elements(source, **harmless)
        ]
        assert found[-1][1][name] == words


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ('href="x"', TemplateSyntaxError, "no option href"),
        ('loading="later"', ValueError, "not 'later'"),
        ('fetchpriority="urgent"', ValueError, "not 'urgent'"),
        ('names="thumb sm"', MixedRatios, "thumb, sm show different cuts"),
    ],
)
def test_picture__of_wrong_options__raises(
    options: str, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        written(f"{{% picture it {options} %}}", it=an_image())


def test_picture__by_a_template_of_the_projects__is_written_by_that() -> None:
    own = {"gallery/picture.html": "<i>{{ picture.img.src }}</i>"}
    engine = Engine(
        libraries={"gallery": "gallery.templatetags.gallery"},
        loaders=[("django.template.loaders.locmem.Loader", own)],
    )
    template = engine.from_string("{% load gallery %}{% picture it %}")

    assert template.render(Context({"it": an_image()})) == "<i>/media/images/a_lg.webp</i>"


# --- in a page --------------------------------------------------------------------------------

PAGE = """{% for album in albums %}
{% picture album.cover names="thumb" %}
{% for relation in album.gallery.all %}{% picture relation %}{% rendition relation "sm" %}
{% endfor %}{% endfor %}"""


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 5])
def test_page_of_galleries__costs_what_loading_them_costs(
    organization: Organization, count: int, django_assert_num_queries: Any
) -> None:
    images = iter(library_of(organization, count * count))
    for _ in range(count):
        album = Album.objects.create(organization=organization)
        for order in range(count):
            attach(next(images), album, order=order, ppoi=(0.1, 0.9), is_cover=not order)
    page = Template("{% load gallery %}" + PAGE)
    with watched_storage() as calls, django_assert_num_queries(3):
        html = page.render(Context({"albums": Album.objects.with_gallery()}))

    assert calls == []
    assert html.count("<img") == count * (count + 1)
    assert html.count("_thumb-10x90.webp") == 2 * count


@pytest.mark.django_db(transaction=True)
def test_page_of_images__shows_files_that_are_there(
    organization: Organization, upload: Upload, client: Any, django_assert_num_queries: Any
) -> None:
    uploaded(organization, upload(size=(800, 600)), title="<b>", alt_text="A boat")
    page = Template("{% load gallery %}{% for it in images %}{% picture it %}{% endfor %}")
    with watched_storage() as calls, django_assert_num_queries(2):
        html = page.render(Context({"images": Image.objects.with_renditions()}))

    assert calls == []
    parser = _Elements()
    parser.feed(html)
    found = parser.found[-1][1]
    listed = [each.split() for each in cast("str", found["srcset"]).split(", ")]
    assert [width for _, width in listed] == ["640w", "800w"]
    assert found["src"] == listed[-1][0]
    for url, _ in listed:
        response = client.get(url)
        assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
        assert response.content[8:12] == b"WEBP"
