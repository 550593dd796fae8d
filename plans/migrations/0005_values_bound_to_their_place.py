import coach.encryption
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0004_own_lines_of_notes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='chatmessage',
            name='text',
            field=coach.encryption.EncryptedTextField(verbose_name='a line of the conversation'),
        ),
        migrations.AlterField(
            model_name='dailyreview',
            name='rationale',
            field=coach.encryption.EncryptedTextField(blank=True, default='', verbose_name='what a daily review says'),
        ),
        migrations.AlterField(
            model_name='planbrief',
            name='weaknesses',
            field=coach.encryption.EncryptedTextField(blank=True, default='', verbose_name='where you feel weak'),
        ),
        migrations.AlterField(
            model_name='planproposal',
            name='base_topics',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, verbose_name='the plan before a proposal'),
        ),
        migrations.AlterField(
            model_name='planproposal',
            name='changes',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, verbose_name='the changes of a proposal'),
        ),
        migrations.AlterField(
            model_name='planproposal',
            name='declined',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, verbose_name='the changes that you declined'),
        ),
        migrations.AlterField(
            model_name='planproposal',
            name='feedback',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, verbose_name='what you wished for in a plan'),
        ),
        migrations.AlterField(
            model_name='planproposal',
            name='overview',
            field=coach.encryption.EncryptedJSONField(blank=True, default=dict, verbose_name='why a plan was proposed'),
        ),
        migrations.AlterField(
            model_name='planproposal',
            name='rejection_reason',
            field=coach.encryption.EncryptedTextField(blank=True, default='', verbose_name='why you rejected a proposal'),
        ),
        migrations.AlterField(
            model_name='planproposal',
            name='topics',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, verbose_name='the topics of a proposal'),
        ),
        migrations.AlterField(
            model_name='plantopic',
            name='description',
            field=coach.encryption.EncryptedTextField(blank=True, default='', verbose_name='what a topic of your plan is about'),
        ),
        migrations.AlterField(
            model_name='plantopic',
            name='expected_outcome',
            field=coach.encryption.EncryptedTextField(blank=True, default='', verbose_name='what a topic should bring you'),
        ),
        migrations.AlterField(
            model_name='plantopic',
            name='name',
            field=coach.encryption.EncryptedTextField(verbose_name='the name of a topic of your plan'),
        ),
        migrations.AlterField(
            model_name='topicprogress',
            name='next_focus',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, owner='topic_id', verbose_name='what comes next in a topic'),
        ),
        migrations.AlterField(
            model_name='topicprogress',
            name='note',
            field=coach.encryption.EncryptedTextField(blank=True, default='', owner='topic_id', verbose_name='the note on a topic'),
        ),
        migrations.AlterField(
            model_name='topicprogress',
            name='own_lines',
            field=coach.encryption.EncryptedJSONField(blank=True, default=list, owner='topic_id', verbose_name='your own lines in a note'),
        ),
    ]
