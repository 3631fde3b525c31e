"""The table that the search looks into, what each database needs to look fast, and indexes for the lists and the home page.

A later migration that makes cases_searchtext anew on SQLite loses the triggers and must run `install` again.
"""

import django.db.models.functions.comparison
from django.db import migrations, models

# rowid is the id of the row in cases_searchtext, whose words it does not keep a second time
SQLITE = (
    "CREATE VIRTUAL TABLE cases_searchwords USING fts5(words, content='cases_searchtext', content_rowid='id', detail=none, tokenize=\"unicode61 remove_diacritics 0\")",
    "CREATE TRIGGER search_added AFTER INSERT ON cases_searchtext BEGIN INSERT INTO cases_searchwords(rowid, words) VALUES (new.id, new.words); END",
    """CREATE TRIGGER search_removed AFTER DELETE ON cases_searchtext
BEGIN INSERT INTO cases_searchwords(cases_searchwords, rowid, words) VALUES ('delete', old.id, old.words); END""",
    """CREATE TRIGGER search_changed AFTER UPDATE ON cases_searchtext BEGIN
  INSERT INTO cases_searchwords(cases_searchwords, rowid, words) VALUES ('delete', old.id, old.words);
  INSERT INTO cases_searchwords(rowid, words) VALUES (new.id, new.words);
END""",
)
SQLITE_BACK = (
    "DROP TRIGGER search_added", "DROP TRIGGER search_removed", "DROP TRIGGER search_changed", "DROP TABLE cases_searchwords",
)
# cut at the spaces and nowhere else: the parser of PostgreSQL treats Chinese differently from one locale to the next
POSTGRES = ("CREATE INDEX search_by_words ON cases_searchtext USING gin (array_to_tsvector(string_to_array(words, ' ')))",)
POSTGRES_BACK = ("DROP INDEX search_by_words",)


def install(apps, schema_editor):
    run(schema_editor, {"sqlite": SQLITE, "postgresql": POSTGRES})


def remove(apps, schema_editor):
    run(schema_editor, {"sqlite": SQLITE_BACK, "postgresql": POSTGRES_BACK})


def run(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('cases', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('code', models.CharField(max_length=64)),
                ('words', models.TextField()),
            ],
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['-accepted_at'], name='case_open'),
        ),
        migrations.AddIndex(
            model_name='decision',
            index=models.Index(fields=['-decided_at'], name='decision_by_time'),
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(condition=models.Q(('handled_at__isnull', True)), fields=['-reported_at'], name='incident_unhandled'),
        ),
        migrations.AddIndex(
            model_name='interview',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['started_at'], name='interview_running'),
        ),
        migrations.AddIndex(
            model_name='measure',
            index=models.Index(django.db.models.functions.comparison.Coalesce('started_at', 'approved_at', 'entered_at'), name='measure_since'),
        ),
        migrations.AddIndex(
            model_name='measure',
            index=models.Index(condition=models.Q(('started_at__isnull', True)), fields=['entered_at'], name='measure_waiting'),
        ),
        migrations.AddIndex(
            model_name='party',
            index=models.Index(fields=['name'], name='party_by_name', opclasses=('varchar_pattern_ops',)),
        ),
        migrations.AddIndex(
            model_name='propertyitem',
            index=models.Index(fields=['-seized_at'], name='item_by_time'),
        ),
        migrations.AddIndex(
            model_name='propertyitem',
            index=models.Index(condition=models.Q(('checked_in_at__isnull', True), ('disposed_at__isnull', True)), fields=['seized_at'], name='item_outside'),
        ),
        migrations.AddIndex(
            model_name='summons',
            index=models.Index(condition=models.Q(('left_at__isnull', True)), fields=['arrived_at'], name='summons_here'),
        ),
        migrations.AddIndex(
            model_name='interview',
            index=models.Index(fields=['-started_at'], name='interview_by_time'),
        ),
        migrations.AddIndex(
            model_name='summons',
            index=models.Index(fields=['-arrived_at'], name='summons_by_time'),
        ),
        migrations.AddConstraint(
            model_name='searchtext',
            constraint=models.UniqueConstraint(fields=('kind', 'code'), name='one_text_a_row'),
        ),
        migrations.RunPython(install, remove),
    ]
