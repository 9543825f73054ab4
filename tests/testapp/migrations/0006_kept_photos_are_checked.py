# The constraints, which hold once `record_originals` has run (docs/migrating.md).

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("testapp", "0005_kept_photos_are_ours"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="keptphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("image_ppoi__regex", "^(0\\.[0-9]{1,2}|1\\.0)x(0\\.[0-9]{1,2}|1\\.0)$")
                ),
                name="testapp_keptphoto_focal_point_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="keptphoto",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("image", ""), ("image_height", None), ("image_width", None)),
                    models.Q(
                        models.Q(("image", ""), _negated=True),
                        ("image_height__isnull", False),
                        ("image_width__isnull", False),
                        ("image_height__gt", 0),
                        ("image_width__gt", 0),
                    ),
                    _connector="OR",
                ),
                name="testapp_keptphoto_image_has_size",
            ),
        ),
        migrations.AddConstraint(
            model_name="keptversatilephoto",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ppoi__regex", "^(0\\.[0-9]{1,2}|1\\.0)x(0\\.[0-9]{1,2}|1\\.0)$")
                ),
                name="kept_versatile_photo_point",
            ),
        ),
    ]
