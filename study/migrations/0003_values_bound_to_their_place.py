import coach.encryption
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('study', '0002_schedule_the_sweep'),
    ]

    operations = [
        migrations.AlterField(
            model_name='question',
            name='answer_anchors',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, verbose_name='what a good answer hits'),
        ),
        migrations.AlterField(
            model_name='question',
            name='text',
            field=coach.encryption.EncryptedTextField(verbose_name='a question'),
        ),
        migrations.AlterField(
            model_name='questionattempt',
            name='anchors',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, verbose_name='what to hit next time'),
        ),
        migrations.AlterField(
            model_name='questionattempt',
            name='feedback',
            field=coach.encryption.EncryptedJSONField(blank=True, default=dict, verbose_name='the feedback on an answer'),
        ),
        migrations.AlterField(
            model_name='questionattempt',
            name='raw_answer',
            field=coach.encryption.EncryptedTextField(blank=True, default='', verbose_name='an answer of yours'),
        ),
        migrations.AlterField(
            model_name='reconciliation',
            name='next_focus',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, owner='session_id', verbose_name='what comes next after a session'),
        ),
        migrations.AlterField(
            model_name='reconciliation',
            name='note',
            field=coach.encryption.EncryptedTextField(blank=True, default='', owner='session_id', verbose_name='the note after a session'),
        ),
        migrations.AlterField(
            model_name='reconciliation',
            name='summary',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, owner='session_id', verbose_name='the summary of a session'),
        ),
        migrations.AlterField(
            model_name='story',
            name='gaps',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, verbose_name='what a story still lacks'),
        ),
        migrations.AlterField(
            model_name='story',
            name='notes',
            field=coach.encryption.EncryptedTextField(blank=True, default='', verbose_name='your notes for a story'),
        ),
        migrations.AlterField(
            model_name='story',
            name='suggestion',
            field=coach.encryption.EncryptedTextField(blank=True, default='', verbose_name='what the coach wrote for a story'),
        ),
        migrations.AlterField(
            model_name='story',
            name='text',
            field=coach.encryption.EncryptedTextField(blank=True, default='', verbose_name='a story'),
        ),
    ]
