# What `makemigrations` writes when the fields become ours, but for the constraints (docs/migrating.md).

import gallery.models.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("testapp", "0004_legacy_photos"),
    ]

    operations = [
        migrations.AddField(
            model_name="keptphoto",
            name="image_height",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="keptphoto",
            name="image_ppoi",
            field=gallery.models.fields.FocalPointField(
                default="0.5x0.5", editable=False, max_length=20, verbose_name="focal point"
            ),
        ),
        migrations.AddField(
            model_name="keptphoto",
            name="image_width",
            field=models.PositiveIntegerField(editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="keptphoto",
            name="image",
            field=gallery.models.fields.ImageField(
                db_index=True,
                height_field="image_height",
                max_length=255,
                upload_to="",
                width_field="image_width",
            ),
        ),
        migrations.AlterField(
            model_name="keptversatilephoto",
            name="photo",
            field=gallery.models.fields.ImageField(
                blank=True,
                height_field="height",
                max_length=255,
                upload_to="",
                width_field="width",
            ),
        ),
        migrations.AlterField(
            model_name="keptversatilephoto",
            name="ppoi",
            field=gallery.models.fields.FocalPointField(
                default="0.5x0.5", editable=False, max_length=20
            ),
        ),
    ]
