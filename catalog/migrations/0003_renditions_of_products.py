"""Galleries of products show the renditions of products: `warm_renditions` makes what is missing."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def show_those_of_products(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    relations = apps.get_model("gallery", "PolymorphicImageRelation").objects
    of_products = relations.filter(content_type__app_label="catalog", content_type__model="product")
    of_products.update(rendition_set="products")


def show_their_own(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    relations = apps.get_model("gallery", "PolymorphicImageRelation").objects
    relations.filter(rendition_set="products").update(rendition_set="")


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_product_image"),
        ("gallery", "0006_decorative_uses"),
    ]

    operations = [migrations.RunPython(show_those_of_products, show_their_own)]
