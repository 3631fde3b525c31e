from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_guards")]
    operations = [migrations.AddIndex("event", models.Index(fields=["kind", "seq"], name="ledger_kind"))]
