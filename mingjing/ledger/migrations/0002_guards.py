"""Triggers that refuse to change the ledger. The statements stand in `guards`, because the check of the ledger compares them with what it finds."""

from django.db import migrations

from mingjing.ledger import guards


def install(apps, schema_editor):
    guards.install(schema_editor.connection)


def remove(apps, schema_editor):
    guards.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunPython(install, remove)]
